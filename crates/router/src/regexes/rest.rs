//! The commonest expression, `^/text(.*)`, without an automaton: every rewrite-target of an Ingress is one.

use std::ops::Range;

/// Texts that start so; the group is what follows, up to the end of the line.
#[derive(Debug)]
pub(super) struct Rest {
    start: Box<[u8]>,
}

impl Rest {
    /// Reads an expression of this form; `None` if it is of another.
    pub(super) fn parse(expression: &str) -> Option<Self> {
        let mut literal = expression.strip_prefix('^')?.strip_suffix("(.*)")?.chars();
        let mut start = String::new();
        while let Some(next) = literal.next() {
            match next {
                '\\' => start.push(literal.next().filter(char::is_ascii_punctuation)?),
                '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
                other => start.push(other),
            }
        }
        Some(Self { start: start.into_bytes().into() })
    }

    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        text.starts_with(&self.start)
    }

    /// The only match there can be, and its group.
    pub(super) fn groups(&self, text: &[u8]) -> Option<[Option<Range<usize>>; 2]> {
        let rest = text.strip_prefix(&*self.start)?;
        let end = self.start.len() + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        Some([Some(0..end), Some(self.start.len()..end)])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_texts_before_the_group_are_taken() {
        for expression in ["^/api(.*)", "^(.*)", r"^/a\.b\-c(.*)", "^/é(.*)"] {
            assert!(Rest::parse(expression).is_some(), "{expression}");
        }
        for expression in
            ["/api(.*)", "^/a.b(.*)", "^/a(.*)$", r"^/\d(.*)", r"^/a\(.*)", "^/a+(.*)", "^/(a)(.*)", "^a|b(.*)"]
        {
            assert!(Rest::parse(expression).is_none(), "{expression}");
        }
    }

    #[test]
    fn it_finds_what_the_automaton_finds() {
        for expression in ["^/api(.*)", "^(.*)", r"^/a\.b(.*)", "^/é(.*)"] {
            let (rest, regex) = (Rest::parse(expression).unwrap(), regex::bytes::Regex::new(expression).unwrap());
            for text in ["/api", "/apix/y", "/ap", "", "/a.b/c", "/axb", "/é/é", "/api/x\ny", "x/api", "\n"] {
                let groups =
                    |captures: regex::bytes::Captures<'_>| [0, 1].map(|at| captures.get(at).map(|m| m.range()));
                assert_eq!(
                    rest.groups(text.as_bytes()),
                    regex.captures(text.as_bytes()).map(groups),
                    "{expression} {text:?}"
                );
                assert_eq!(rest.is_match(text.as_bytes()), regex.is_match(text.as_bytes()));
            }
        }
    }
}
