//! Character classes of RE2 syntax: `[…]`, `\d`, `[:alpha:]`, `\p{Greek}`.

use super::cursor::Cursor;
use std::fmt::Write;

type Ranges = &'static [(char, char)];

const DIGIT: Ranges = &[('0', '9')];
const SPACE: Ranges = &[('\t', '\n'), ('\x0C', '\r'), (' ', ' ')];
const WORD: Ranges = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

const POSIX: &[(&str, Ranges)] = &[
    ("alnum", &[('0', '9'), ('A', 'Z'), ('a', 'z')]),
    ("alpha", &[('A', 'Z'), ('a', 'z')]),
    ("ascii", &[('\0', '\x7F')]),
    ("blank", &[('\t', '\t'), (' ', ' ')]),
    ("cntrl", &[('\0', '\x1F'), ('\x7F', '\x7F')]),
    ("digit", DIGIT),
    ("graph", &[('!', '~')]),
    ("lower", &[('a', 'z')]),
    ("print", &[(' ', '~')]),
    ("punct", &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
    ("space", &[('\t', '\r'), (' ', ' ')]),
    ("upper", &[('A', 'Z')]),
    ("word", WORD),
    ("xdigit", &[('0', '9'), ('A', 'F'), ('a', 'f')]),
];

/// The class of `\d`, `\S` and so on, in brackets; ASCII, as in RE2.
pub(super) fn perl(letter: char) -> Option<String> {
    let ranges = match letter.to_ascii_lowercase() {
        'd' => DIGIT,
        's' => SPACE,
        'w' => WORD,
        _ => return None,
    };
    Some(bracketed(ranges, letter.is_ascii_uppercase()))
}

fn bracketed(ranges: Ranges, negated: bool) -> String {
    let mut out = String::from(if negated { "[^" } else { "[" });
    ranges.iter().for_each(|&(low, high)| push_range(&mut out, low, high));
    out.push(']');
    out
}

fn push_range(out: &mut String, low: char, high: char) {
    let _ = write!(out, "\\x{{{:X}}}", u32::from(low));
    if low != high {
        let _ = write!(out, "-\\x{{{:X}}}", u32::from(high));
    }
}

/// Reads a class after its `[` and writes it in the `regex` crate's syntax.
pub(super) fn bracket(cursor: &mut Cursor<'_>, out: &mut String) -> Result<(), String> {
    out.push('[');
    if cursor.eat('^') {
        out.push('^');
    }
    let mut first = true;
    loop {
        match cursor.peek() {
            None => return Err("a `[` has no `]`".to_owned()),
            Some(']') if !first => {
                cursor.next();
                out.push(']');
                return Ok(());
            }
            Some(_) => item(cursor, out)?,
        }
        first = false;
    }
}

fn item(cursor: &mut Cursor<'_>, out: &mut String) -> Result<(), String> {
    if let Some(name) = cursor.posix_name() {
        let (negated, bare) = name.strip_prefix('^').map_or((false, name), |bare| (true, bare));
        let (_, ranges) = POSIX
            .iter()
            .find(|(known, _)| *known == bare)
            .ok_or_else(|| format!("`[:{name}:]` is no character class"))?;
        out.push_str(&bracketed(ranges, negated));
        return Ok(());
    }
    if let Some(letter) = cursor.escaped_letter() {
        if let Some(class) = perl(letter) {
            cursor.skip(2);
            out.push_str(&class);
            return Ok(());
        }
        if matches!(letter, 'p' | 'P') {
            cursor.skip(1);
            return unicode(cursor, out);
        }
    }
    range(cursor, out)
}

fn range(cursor: &mut Cursor<'_>, out: &mut String) -> Result<(), String> {
    let low = character(cursor)?;
    if cursor.peek() != Some('-') || matches!(cursor.peek_second(), Some(']') | None) {
        push_range(out, low, low);
        return Ok(());
    }
    cursor.next();
    let high = character(cursor)?;
    if high < low {
        return Err(format!("the range `{low}-{high}` is backwards"));
    }
    push_range(out, low, high);
    Ok(())
}

fn character(cursor: &mut Cursor<'_>) -> Result<char, String> {
    match cursor.next() {
        Some('\\') => cursor.escape(),
        Some(other) => Ok(other),
        None => Err("a `[` has no `]`".to_owned()),
    }
}

/// Reads `pN`, `p{Name}`, `P{^Name}` after their backslash.
pub(super) fn unicode(cursor: &mut Cursor<'_>, out: &mut String) -> Result<(), String> {
    let mut negated = cursor.next() == Some('P');
    let name = match cursor.next() {
        Some('{') => cursor.until('}').ok_or("a `\\p{` has no `}`")?,
        Some(letter) => letter.to_string(),
        None => return Err("`\\p` ends the expression".to_owned()),
    };
    let bare = name.strip_prefix('^').map_or(name.as_str(), |bare| {
        negated = !negated;
        bare
    });
    if bare.is_empty() || !bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(format!("`\\p{{{name}}}` is no Unicode class"));
    }
    cursor.needs_unicode();
    let _ = write!(out, "\\{}{{{bare}}}", if negated { 'P' } else { 'p' });
    Ok(())
}
