//! Regular expressions in RE2 syntax, as Go's `regexp` understands them, on bytes that may be any.

mod classes;
mod cursor;
mod lossy;
mod rest;
mod translate;

use lossy::Lossy;
use regex::bytes;
use rest::Rest;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock, Weak};
use translate::Translated;

/// Most memory, in bytes, that one compiled expression may take. In the worst case a search takes as many steps as the
/// expression has states, for each byte of a path: some ten milliseconds at this size.
const SIZE: usize = 64 << 10;
/// The same with counted repetitions, by which a short text makes a large expression.
const COUNTED_SIZE: usize = 32 << 10;
/// How much larger the copy that reads UTF-8 may be.
const UNICODE: usize = 8;
/// Most memory for a search's cache, per thread that uses it.
const CACHE: usize = 512 << 10;

/// A compiled expression. Two automata at most: one that reads bytes, for ASCII text, and one that reads characters, made
/// when the first other text comes.
#[derive(Debug)]
pub struct Regex {
    source: Box<str>,
    names: Box<[(Box<str>, usize)]>,
    /// Instead of automata.
    rest: Option<Rest>,
    ascii: Option<bytes::Regex>,
    unicode: OnceLock<Option<bytes::Regex>>,
}

impl Regex {
    /// Compiles.
    ///
    /// # Errors
    /// What is wrong with the expression, or that it is too large.
    pub fn new(source: &str) -> Result<Self, String> {
        let rest = Rest::parse(source);
        if rest.is_some() {
            let (ascii, unicode) = (None, OnceLock::from(None));
            return Ok(Self { source: source.into(), names: Box::default(), rest, ascii, unicode });
        }
        let translated = translate::translate(source)?;
        let ascii = if translated.ascii { Some(compile(&translated, false)?) } else { None };
        let unicode = OnceLock::new();
        if ascii.is_none() {
            let _ = unicode.set(Some(compile(&translated, true)?));
        }
        Ok(Self { source: source.into(), names: translated.names.into(), rest, ascii, unicode })
    }

    /// The expression as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it matches anywhere in `text`.
    #[must_use]
    pub fn is_match(&self, text: &[u8]) -> bool {
        if let Some(rest) = &self.rest {
            return rest.is_match(text);
        }
        if let Some(ascii) = self.ascii.as_ref().filter(|_| text.is_ascii()) {
            return ascii.is_match(text);
        }
        let Some(regex) = self.reading_characters() else { return false };
        if std::str::from_utf8(text).is_ok() { regex.is_match(text) } else { regex.is_match(&Lossy::new(text).text) }
    }

    /// Where its first match is.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Option<Range<usize>> {
        let mut found = None;
        self.each_match(text, |groups| {
            found = groups.first().cloned().flatten();
            false
        });
        found
    }

    /// Calls `each` with the places of the groups (0 is the whole) of every match from left to right, until it returns
    /// false. Matches don't overlap; an empty one directly after another is none.
    pub fn each_match(&self, text: &[u8], mut each: impl FnMut(&[Option<Range<usize>>]) -> bool) {
        if let Some(rest) = &self.rest {
            if let Some(groups) = rest.groups(text) {
                each(&groups);
            }
            return;
        }
        if let Some(ascii) = self.ascii.as_ref().filter(|_| text.is_ascii()) {
            return each_match(ascii, text, |offset| offset, each);
        }
        let Some(regex) = self.reading_characters() else { return };
        if std::str::from_utf8(text).is_ok() {
            return each_match(regex, text, |offset| offset, each);
        }
        let lossy = Lossy::new(text);
        each_match(regex, &lossy.text, |offset| lossy.original(offset), each);
    }

    /// Number of the group with this name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<usize> {
        self.names.iter().find(|(known, _)| **known == *name).map(|&(_, number)| number)
    }

    fn reading_characters(&self) -> Option<&bytes::Regex> {
        let compiled = self.unicode.get_or_init(|| {
            let translated = translate::translate(&self.source).ok()?;
            compile(&translated, true).ok()
        });
        compiled.as_ref().or(self.ascii.as_ref())
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Regex {}

fn compile(translated: &Translated, unicode: bool) -> Result<bytes::Regex, String> {
    let size = if translated.counted { COUNTED_SIZE } else { SIZE };
    bytes::RegexBuilder::new(&translated.pattern)
        .unicode(unicode)
        .size_limit(if unicode { UNICODE * size } else { size })
        .dfa_size_limit(CACHE)
        .nest_limit(2 * translate::DEPTH as u32)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the expression is too large".to_owned(),
            other => other.to_string().lines().last().unwrap_or_default().trim().to_owned(),
        })
}

fn each_match(
    regex: &bytes::Regex,
    text: &[u8],
    place: impl Fn(usize) -> usize,
    mut each: impl FnMut(&[Option<Range<usize>>]) -> bool,
) {
    let mut groups = Vec::with_capacity(regex.captures_len());
    for captures in regex.captures_iter(text) {
        // The crate goes on byte by byte after an empty match; Go character by character.
        if captures.get(0).is_some_and(|whole| inside_character(text, whole.start())) {
            continue;
        }
        groups.clear();
        groups.extend(captures.iter().map(|group| group.map(|found| place(found.start())..place(found.end()))));
        if !each(&groups) {
            return;
        }
    }
}

/// Whether this place in a UTF-8 text is none between characters.
fn inside_character(text: &[u8], place: usize) -> bool {
    text.get(place).is_some_and(|byte| byte & 0xC0 == 0x80)
}

/// Expressions in use, each compiled once.
#[derive(Debug, Default)]
pub struct Regexes {
    known: HashMap<Box<str>, Weak<Regex>>,
    sweep_at: usize,
}

impl Regexes {
    /// The compiled expression, shared with everyone who has asked for the same.
    ///
    /// # Errors
    /// As `Regex::new`.
    pub fn get(&mut self, source: &str) -> Result<Arc<Regex>, String> {
        if let Some(regex) = self.known.get(source).and_then(Weak::upgrade) {
            return Ok(regex);
        }
        let regex = Arc::new(Regex::new(source)?);
        if self.known.len() >= self.sweep_at {
            self.known.retain(|_, weak| weak.strong_count() > 0);
            self.sweep_at = (2 * self.known.len()).max(64);
        }
        self.known.insert(source.into(), Arc::downgrade(&regex));
        Ok(regex)
    }
}
