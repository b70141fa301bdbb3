//! RE2 syntax, as Go reads it, to the syntax of the `regex` crate with the same meaning. What differs: `\d \w \s \b` are
//! ASCII in RE2; `[`, `&&`, `--`, `~~` mean nothing special inside its classes; `{` that starts no repetition is a
//! character; repetitions are not stacked and count to 1000 at most; `(?x)`, `(?u)`, `(?R)`, `(?<name>…)` are unknown.

use super::classes;
use super::cursor::Cursor;
use std::fmt::Write;

/// Most times anything may be repeated, counting repetitions inside repetitions.
const REPETITIONS: u32 = 1000;
/// Deepest nesting of groups.
pub(super) const DEPTH: usize = 200;

/// An expression in the `regex` crate's syntax.
#[derive(Debug)]
pub(super) struct Translated {
    /// Its groups are all unnamed.
    pub(super) pattern: String,
    /// Names of groups with their numbers.
    pub(super) names: Vec<(Box<str>, usize)>,
    /// Whether, on ASCII text, it may be matched byte by byte.
    pub(super) ascii: bool,
    /// Whether anything is repeated a counted number of times.
    pub(super) counted: bool,
}

/// What stands before a repetition operator.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Atom,
    Repetition,
}

struct Group {
    last: Last,
    /// Repetitions inside the last atom, and the most inside any atom of the group.
    atom: u32,
    most: u32,
}

impl Group {
    fn new() -> Self {
        Self { last: Last::Nothing, atom: 1, most: 1 }
    }
}

struct Translator<'p> {
    cursor: Cursor<'p>,
    out: String,
    open: Vec<Group>,
    groups: usize,
    counted: bool,
    names: Vec<(Box<str>, usize)>,
}

/// Translates, or says what is wrong.
pub(super) fn translate(pattern: &str) -> Result<Translated, String> {
    let mut translator = Translator {
        cursor: Cursor::new(pattern),
        out: String::with_capacity(pattern.len() + 16),
        open: vec![Group::new()],
        groups: 0,
        counted: false,
        names: Vec::new(),
    };
    while let Some(next) = translator.cursor.next() {
        translator.step(next)?;
    }
    if translator.open.len() > 1 {
        return Err("a `(` has no `)`".to_owned());
    }
    let Translator { cursor, out, counted, names, .. } = translator;
    Ok(Translated { pattern: out, names, ascii: cursor.ascii(), counted })
}

impl Translator<'_> {
    fn step(&mut self, next: char) -> Result<(), String> {
        match next {
            '(' => return self.open_group(),
            ')' => return self.close_group(),
            '|' => {
                self.out.push('|');
                self.group().last = Last::Nothing;
            }
            '*' | '+' | '?' => return self.repeat(&next.to_string(), 1),
            '{' => match self.counts()? {
                Some((operator, count)) => return self.repeat(&operator, count),
                None => self.literal('{'),
            },
            '[' => {
                classes::bracket(&mut self.cursor, &mut self.out)?;
                self.atom(1);
            }
            '^' | '$' | '.' => {
                self.out.push(next);
                self.atom(1);
            }
            '\\' => return self.escape(),
            other => self.literal(other),
        }
        Ok(())
    }

    fn group(&mut self) -> &mut Group {
        if self.open.is_empty() {
            self.open.push(Group::new());
        }
        let top = self.open.len() - 1;
        &mut self.open[top]
    }

    fn atom(&mut self, repetitions: u32) {
        let group = self.group();
        group.last = Last::Atom;
        group.atom = repetitions;
        group.most = group.most.max(repetitions);
    }

    fn literal(&mut self, character: char) {
        if matches!(
            character,
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' | '#' | '&' | '-' | '~'
        ) {
            self.out.push('\\');
        }
        self.out.push(character);
        self.atom(1);
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(letter) = self.cursor.peek() else { return Err("a backslash ends the expression".to_owned()) };
        if let Some(class) = classes::perl(letter) {
            self.cursor.next();
            self.out.push_str(&class);
            self.atom(1);
            return Ok(());
        }
        match letter {
            'A' | 'z' | 'b' | 'B' => {
                self.cursor.next();
                let _ = write!(self.out, "(?-u:\\{letter})");
                self.atom(1);
            }
            'Q' => {
                self.cursor.next();
                self.quoted();
            }
            'p' | 'P' => {
                classes::unicode(&mut self.cursor, &mut self.out)?;
                self.atom(1);
            }
            _ => {
                let character = self.cursor.escape()?;
                if character.is_control() {
                    let _ = write!(self.out, "\\x{{{:X}}}", u32::from(character));
                    self.atom(1);
                } else {
                    self.literal(character);
                }
            }
        }
        Ok(())
    }

    fn quoted(&mut self) {
        while !self.cursor.eat_str("\\E") {
            match self.cursor.next() {
                Some(character) => self.literal(character),
                None => return,
            }
        }
    }

    /// The counts of a repetition after its `{`; `None`, with nothing read, if there is none.
    fn counts(&mut self) -> Result<Option<(String, u32)>, String> {
        let Some((inside, _)) = self.cursor.rest().split_once('}') else { return Ok(None) };
        let (low, high) = inside
            .split_once(',')
            .map_or((inside, Some(inside)), |(low, high)| (low, if high.is_empty() { None } else { Some(high) }));
        if !is_count(low) || !high.is_none_or(is_count) {
            return Ok(None);
        }
        let most = |digits: &str| digits.parse::<u32>().ok().filter(|&count| count <= REPETITIONS);
        let low = most(low).ok_or_else(too_many)?;
        let high = high.map(|digits| most(digits).ok_or_else(too_many)).transpose()?;
        if high.is_some_and(|high| high < low) {
            return Err(format!("`{{{inside}}}` counts backwards"));
        }
        self.cursor.skip(inside.len() + 1);
        self.counted = true;
        Ok(Some((format!("{{{inside}}}"), high.unwrap_or(low))))
    }

    fn repeat(&mut self, operator: &str, count: u32) -> Result<(), String> {
        match self.group().last {
            Last::Nothing => return Err(format!("there is nothing for `{operator}` to repeat")),
            Last::Repetition => return Err(format!("`{operator}` follows another repetition")),
            Last::Atom => {}
        }
        let total = self.group().atom * count.max(1);
        if total > REPETITIONS {
            return Err(too_many());
        }
        self.out.push_str(operator);
        if self.cursor.eat('?') {
            self.out.push('?');
        }
        self.atom(total);
        self.group().last = Last::Repetition;
        Ok(())
    }

    fn open_group(&mut self) -> Result<(), String> {
        if self.open.len() >= DEPTH {
            return Err(format!("groups are nested deeper than {DEPTH}"));
        }
        if self.cursor.eat_str("?P<") {
            let name = self.cursor.until('>').ok_or("a `(?P<` has no `>`")?;
            self.name_group(&name)?;
        } else if self.cursor.eat('?') {
            return self.flags();
        } else {
            self.groups += 1;
        }
        self.out.push('(');
        self.open.push(Group::new());
        Ok(())
    }

    fn name_group(&mut self, name: &str) -> Result<(), String> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(format!("`{name}` is no name for a group"));
        }
        if self.names.iter().any(|(known, _)| **known == *name) {
            return Err(format!("two groups are named `{name}`"));
        }
        self.groups += 1;
        self.names.push((name.into(), self.groups));
        Ok(())
    }

    /// `(?flags)` and `(?flags:…)` after their `(?`.
    fn flags(&mut self) -> Result<(), String> {
        let (mut on, mut off, mut negative) = (String::new(), String::new(), false);
        let end = loop {
            match self.cursor.next() {
                Some(flag @ ('i' | 'm' | 's' | 'U')) => {
                    on.retain(|known| known != flag);
                    off.retain(|known| known != flag);
                    if negative { off.push(flag) } else { on.push(flag) }
                }
                Some('-') if !negative => negative = true,
                Some(end @ (':' | ')')) if !negative || !off.is_empty() => break end,
                _ => {
                    return Err("a group begins with `(?` and an unknown flag; look-around is not supported".to_owned());
                }
            }
        };
        let flags = if off.is_empty() { on } else { format!("{on}-{off}") };
        if end == ':' {
            let _ = write!(self.out, "(?{flags}:");
            self.open.push(Group::new());
        } else if !flags.is_empty() {
            let _ = write!(self.out, "(?{flags})");
            // Go lets a repetition reach over flags to what stands before them; nobody means that.
            self.group().last = Last::Nothing;
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), String> {
        if self.open.len() < 2 {
            return Err("a `)` has no `(`".to_owned());
        }
        let most = self.open.pop().map_or(1, |group| group.most);
        self.out.push(')');
        self.atom(most);
        Ok(())
    }
}

fn is_count(text: &str) -> bool {
    // As in Go, `{01}` is no repetition but text.
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'))
}

fn too_many() -> String {
    format!("more than {REPETITIONS} repetitions")
}
