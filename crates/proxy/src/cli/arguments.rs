//! Arguments, one at a time: `--name value`, `--name=value`, `-H value`, and words.

use std::collections::VecDeque;
use std::ffi::OsString;

/// What is wrong with the command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake(pub(super) String);

/// One argument.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// `--name` or `-n`, without the dashes' meaning: as written.
    Option(String),
    /// Anything else.
    Word(String),
}

/// The rest of the command line.
#[derive(Debug)]
pub(super) struct Arguments {
    rest: VecDeque<OsString>,
    /// Came after the `=` of the option just returned.
    attached: Option<String>,
}

impl Arguments {
    /// `arguments` without the program's name.
    pub(super) fn new(arguments: impl Iterator<Item = OsString>) -> Self {
        Self { rest: arguments.collect(), attached: None }
    }

    /// The first argument, whatever it looks like.
    pub(super) fn command(&mut self) -> Result<String, Mistake> {
        self.text()?.ok_or_else(|| Mistake("a command is missing".to_owned()))
    }

    /// The next argument.
    pub(super) fn next(&mut self) -> Result<Option<Argument>, Mistake> {
        if let Some(value) = self.attached.take() {
            return Err(Mistake(format!("`{value}` is a value, where none is wanted")));
        }
        let Some(text) = self.text()? else { return Ok(None) };
        if !text.starts_with('-') || text == "-" {
            return Ok(Some(Argument::Word(text)));
        }
        Ok(Some(match text.split_once('=') {
            Some((name, value)) if text.starts_with("--") => {
                self.attached = Some(value.to_owned());
                Argument::Option(name.to_owned())
            }
            _ => Argument::Option(text),
        }))
    }

    /// The value of the option just returned.
    pub(super) fn value(&mut self, option: &str) -> Result<String, Mistake> {
        let attached = self.attached.take();
        let value = if attached.is_some() { attached } else { self.text()? };
        value.ok_or_else(|| Mistake(format!("{option} wants a value")))
    }

    fn text(&mut self) -> Result<Option<String>, Mistake> {
        let into_text = |word: OsString| word.into_string().map_err(|w| Mistake(format!("{w:?} is not UTF-8")));
        self.rest.pop_front().map(into_text).transpose()
    }
}

/// The message for an argument a command doesn't know.
pub(super) fn unexpected(argument: &Argument) -> Mistake {
    let (Argument::Option(text) | Argument::Word(text)) = argument;
    Mistake(format!("`{text}` is not understood"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> Arguments {
        Arguments::new(words.iter().map(Into::into))
    }

    #[test]
    fn values_follow_or_are_attached() {
        let mut line = arguments(&["--a=b=c", "-H", "K: v", "word", "--last"]);
        assert_eq!(line.next(), Ok(Some(Argument::Option("--a".to_owned()))));
        assert_eq!(line.value("--a"), Ok("b=c".to_owned()));
        assert_eq!(line.next(), Ok(Some(Argument::Option("-H".to_owned()))));
        assert_eq!(line.value("-H"), Ok("K: v".to_owned()));
        assert_eq!(line.next(), Ok(Some(Argument::Word("word".to_owned()))));
        assert_eq!(line.next(), Ok(Some(Argument::Option("--last".to_owned()))));
        assert!(line.value("--last").is_err());
    }

    #[test]
    fn a_value_nobody_took_is_a_mistake() {
        let mut line = arguments(&["--switch=on"]);
        assert!(line.next().is_ok());
        assert!(line.next().is_err());
    }
}
