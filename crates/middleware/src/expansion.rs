//! Replacement texts as Go's `regexp` expands them: `$1`, `${1}`, `$name`, `${name}`, `$$`.

use crate::template::Value;
use pointsman_router::Regex;

/// A replacement with its groups looked up.
#[derive(Debug)]
pub(crate) struct Expansion {
    pieces: Box<[Piece]>,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    Group(usize),
    /// Of the request.
    Value(Value),
}

impl Expansion {
    /// A `$` that begins no reference is text; a reference to a group that is not there is nothing.
    pub(crate) fn new(replacement: &str, regex: &Regex) -> Self {
        let (mut pieces, mut text, mut rest) = (Vec::new(), String::new(), replacement);
        while let Some((before, after)) = rest.split_once('$') {
            text.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                text.push('$');
                rest = after;
            } else if let Some((name, after)) = reference(after) {
                push_text(&mut pieces, &mut text);
                // A name that is no group leaves a trace: the replacement is not empty.
                pieces.push(group(name, regex).map_or_else(|| Piece::Text(Box::default()), Piece::Group));
                rest = after;
            } else {
                text.push('$');
                rest = after;
            }
        }
        text.push_str(rest);
        push_text(&mut pieces, &mut text);
        Self { pieces: pieces.into() }
    }

    /// The same with values of the request where the replacement has Go template actions.
    ///
    /// # Errors
    /// Says which action is not supported.
    pub(crate) fn of_template(replacement: &str, regex: &Regex) -> Result<Self, String> {
        let (mut pieces, mut rest) = (Vec::new(), replacement);
        while let Some((before, action)) = rest.split_once("{{") {
            let (action, after) = action.split_once("}}").ok_or("`{{` is not closed by `}}`")?;
            pieces.extend(Self::new(before, regex).pieces);
            pieces.push(Piece::Value(Value::parse(action)?));
            rest = after;
        }
        pieces.extend(Self::new(rest, regex).pieces);
        Ok(Self { pieces: pieces.into() })
    }

    /// Whether it was written as nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// `text` with all matches of `regex` replaced.
    pub(crate) fn replace_all(&self, regex: &Regex, text: &[u8]) -> Vec<u8> {
        self.fill(regex, text, &mut |_, _| {})
    }

    /// The same; `write` appends the request's values.
    pub(crate) fn fill(&self, regex: &Regex, text: &[u8], write: &mut dyn FnMut(&Value, &mut Vec<u8>)) -> Vec<u8> {
        let (mut out, mut done) = (Vec::with_capacity(text.len() + 32), 0);
        regex.each_match(text, |groups| {
            let Some(Some(whole)) = groups.first() else { return false };
            out.extend_from_slice(&text[done..whole.start]);
            for piece in &self.pieces {
                match piece {
                    Piece::Text(fixed) => out.extend_from_slice(fixed.as_bytes()),
                    Piece::Group(number) => {
                        if let Some(Some(place)) = groups.get(*number) {
                            out.extend_from_slice(&text[place.clone()]);
                        }
                    }
                    Piece::Value(value) => write(value, &mut out),
                }
            }
            done = whole.end;
            true
        });
        out.extend_from_slice(&text[done..]);
        out
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &mut String) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text).into()));
    }
}

/// The name after a `$`, and what follows it.
fn reference(after: &str) -> Option<(&str, &str)> {
    let (braced, body) = after.strip_prefix('{').map_or((false, after), |body| (true, body));
    let end = body.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(body.len());
    let (name, rest) = body.split_at(end);
    let rest = if braced { rest.strip_prefix('}')? } else { rest };
    (!name.is_empty()).then_some((name, rest))
}

fn group(name: &str, regex: &Regex) -> Option<usize> {
    let number = name.bytes().all(|byte| byte.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
    if number { name.parse().ok() } else { regex.group(name) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn replaced(regex: &str, replacement: &str, text: &str) -> String {
        let regex = Regex::new(regex).unwrap();
        let out = Expansion::new(replacement, &regex).replace_all(&regex, text.as_bytes());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn references_are_gos() {
        for (regex, replacement, text, expected) in [
            ("^/whoami/(.*)", "/who-am-i/$1", "/whoami/and/whoami", "/who-am-i/and/whoami"),
            ("/whoami", "/who-am-i", "/whoami/and/whoami", "/who-am-i/and/who-am-i"),
            ("(a)(b)", "$2$1", "abab", "baba"),
            ("(a)", "${1}x", "a", "ax"),
            ("(a)", "$1x", "a", ""),
            ("(?P<first>a)", "<$first>", "ba", "b<a>"),
            ("(?P<first>a)", "<${first}>", "ba", "b<a>"),
            ("(a)", "$$1 $ ${ ${1 $9 $name.", "a", "$1 $ ${ ${1  ."),
            ("(a)|(b)", "[$1$2]", "ab", "[a][b]"),
            ("a*", "x", "baaac", "xbxcx"),
            ("(a)", "$01$1", "a", "a"),
            ("^", "/", "x", "/x"),
            ("(é+)", "<$1>", "aéé", "a<éé>"),
        ] {
            assert_eq!(replaced(regex, replacement, text), expected, "{regex} {replacement} {text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay_in_place() {
        let regex = Regex::new("^(.)/(.*)$").unwrap();
        let out = Expansion::new("$2:$1", &regex).replace_all(&regex, b"\xff/a\xc3b");
        assert_eq!(out, b"a\xc3b:\xff");
    }
}
