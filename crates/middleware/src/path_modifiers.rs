//! Path modifiers: what the upstream is asked for, when it is not what the client asked for.

use crate::BuildError;
use crate::expansion::Expansion;
use pointsman_plan as plan;
use pointsman_router::{Regex, Regexes, decode_path, encode_path};
use std::borrow::Cow;
use std::sync::Arc;

const FORWARDED_PREFIX: &str = "X-Forwarded-Prefix";
const REPLACED_PATH: &str = "X-Replaced-Path";

/// The path modifiers of one route, in order of execution.
#[derive(Debug, Default)]
pub struct PathModifiers {
    steps: Box<[Step]>,
}

#[derive(Debug)]
enum Step {
    StripPrefixRegex(Box<[Arc<Regex>]>),
    StripPrefix(Box<[Box<str>]>),
    AddPrefix(Box<str>),
    ReplacePathRegex(Arc<Regex>, Expansion),
    ReplacePath(Box<str>),
}

/// What became of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// Forward the path as it came; nothing was written.
    Unchanged,
    /// Forward the path that was written.
    Changed,
    /// Forward `/`, which was written, without the query. compat(1.7): so ends a path that lost its leading slash.
    Lost,
    /// A prefix to strip was not there: 404 (compat(1.7)).
    NotFound,
}

impl PathModifiers {
    /// Builds from the plan. compat(1.7): a replacement whose expression cannot be compiled is left out and told to
    /// `warnings`.
    ///
    /// # Errors
    /// Names the modifier and value at fault.
    pub fn build(
        config: &[plan::Modifier],
        regexes: &mut Regexes,
        warnings: &mut Vec<BuildError>,
    ) -> Result<Self, BuildError> {
        let mut steps = Vec::with_capacity(config.len());
        for modifier in config {
            match step(modifier, regexes) {
                Ok(step) => steps.push(step),
                Err(error) if matches!(modifier, plan::Modifier::ReplacePathRegex { .. }) => warnings.push(error),
                Err(error) => return Err(error),
            }
        }
        Ok(Self { steps: steps.into() })
    }

    /// Whether the path is always forwarded as it came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Rewrites the raw path (no query) of a request: the new raw path is appended to `out` unless it is `Unchanged` or
    /// `NotFound`. `add_header` is called with each field to append to the request (beside any the client sent), in order.
    pub fn apply(&self, path: &[u8], out: &mut Vec<u8>, add_header: &mut dyn FnMut(&'static str, &[u8])) -> Rewrite {
        if self.is_empty() {
            return Rewrite::Unchanged;
        }
        let mut path = Path { raw: Cow::Borrowed(path), text: decode_path(path), changed: false, rooted: true };
        for step in &self.steps {
            if !step.run(&mut path, add_header) {
                return Rewrite::NotFound;
            }
        }
        path.write(out)
    }
}

fn step(modifier: &plan::Modifier, regexes: &mut Regexes) -> Result<Step, BuildError> {
    let mut compiled = |key: &'static str, source: &str| {
        regexes.get(source).map_err(|message| BuildError { key, value: source.to_owned(), message })
    };
    Ok(match modifier {
        plan::Modifier::StripPrefixRegex { regexes } => {
            let regexes: Result<_, _> = regexes.iter().map(|regex| compiled("strip_prefix_regex", regex)).collect();
            Step::StripPrefixRegex(regexes?)
        }
        plan::Modifier::StripPrefix { prefixes } => {
            Step::StripPrefix(prefixes.iter().map(|prefix| prefix.as_str().into()).collect())
        }
        plan::Modifier::AddPrefix { prefix } => Step::AddPrefix(prefix.as_str().into()),
        plan::Modifier::ReplacePathRegex { regex, replacement } => {
            let regex = compiled("replace_path_regex", regex)?;
            let expansion = Expansion::new(replacement, &regex);
            Step::ReplacePathRegex(regex, expansion)
        }
        plan::Modifier::ReplacePath { path } => Step::ReplacePath(path.as_str().into()),
    })
}

/// A path on its way through the steps.
struct Path<'p> {
    /// Percent-encoded.
    raw: Cow<'p, [u8]>,
    /// Decoded.
    text: Cow<'p, [u8]>,
    changed: bool,
    /// Whether a slash is put before it when it has none.
    rooted: bool,
}

impl Step {
    /// False if the request is to be answered 404.
    fn run(&self, path: &mut Path<'_>, add_header: &mut dyn FnMut(&'static str, &[u8])) -> bool {
        match self {
            Self::StripPrefixRegex(regexes) => {
                let mut ends = regexes.iter().filter_map(|regex| regex.find(&path.text));
                let Some(found) = ends.find(|found| found.start == 0) else { return false };
                add_text(add_header, FORWARDED_PREFIX, &path.text[found.clone()]);
                path.cut(found.end);
            }
            Self::StripPrefix(prefixes) => {
                let mut fitting = prefixes.iter().filter(|prefix| path.text.starts_with(prefix.as_bytes()));
                let Some(prefix) = fitting.next() else { return false };
                add_text(add_header, FORWARDED_PREFIX, prefix.trim().as_bytes());
                path.cut(prefix.len());
                path.root();
            }
            Self::AddPrefix(prefix) => path.prepend(prefix),
            Self::ReplacePathRegex(regex, expansion) => {
                // compat(1.7): an empty replacement replaces nothing.
                if !expansion.is_empty() && regex.is_match(&path.text) {
                    add_text(add_header, REPLACED_PATH, &path.text);
                    let text = expansion.replace_all(regex, &path.text);
                    path.replace(text);
                }
            }
            Self::ReplacePath(replacement) => {
                add_text(add_header, REPLACED_PATH, &path.text);
                path.replace(replacement.as_bytes().to_vec());
            }
        }
        true
    }
}

/// Decoded text may hold anything, a line feed too: then it is sent encoded.
fn add_text(add_header: &mut dyn FnMut(&'static str, &[u8]), name: &'static str, text: &[u8]) {
    if text.iter().any(u8::is_ascii_control) {
        let mut encoded = Vec::with_capacity(text.len() + 8);
        encode_path(text, &mut encoded);
        add_header(name, &encoded);
    } else {
        add_header(name, text);
    }
}

impl Path<'_> {
    /// Takes as many bytes from the start of the decoded path, and what encodes them from the raw one.
    fn cut(&mut self, bytes: usize) {
        let raw = raw_length(&self.raw, bytes);
        drop_front(&mut self.raw, raw);
        drop_front(&mut self.text, bytes);
        self.changed = true;
        self.rooted = true;
    }

    /// Gives it a leading slash if it has none; an encoded one becomes plain.
    fn root(&mut self) {
        if !self.text.starts_with(b"/") {
            self.text.to_mut().insert(0, b'/');
            self.raw.to_mut().insert(0, b'/');
        } else if !self.raw.starts_with(b"/") {
            self.raw.to_mut().splice(..3, [b'/']);
        }
    }

    fn prepend(&mut self, prefix: &str) {
        self.text.to_mut().splice(..0, prefix.bytes());
        let mut raw = Vec::with_capacity(prefix.len() + self.raw.len());
        encode_path(prefix.as_bytes(), &mut raw);
        raw.extend_from_slice(&self.raw);
        self.raw = Cow::Owned(raw);
        self.changed = true;
        self.rooted = false;
    }

    fn replace(&mut self, text: Vec<u8>) {
        if *self.text != *text {
            let mut raw = Vec::with_capacity(text.len() + 8);
            encode_path(&text, &mut raw);
            self.raw = Cow::Owned(raw);
            self.text = Cow::Owned(text);
        }
        self.changed = true;
        self.rooted = false;
    }

    fn write(&self, out: &mut Vec<u8>) -> Rewrite {
        if !self.changed {
            return Rewrite::Unchanged;
        }
        let lost = !self.raw.starts_with(b"/");
        if lost {
            out.push(b'/');
        }
        if lost && !self.rooted && !self.raw.is_empty() {
            return Rewrite::Lost;
        }
        out.extend_from_slice(&self.raw);
        Rewrite::Changed
    }
}

fn drop_front(path: &mut Cow<'_, [u8]>, bytes: usize) {
    match path {
        Cow::Borrowed(path) => *path = &path[bytes..],
        Cow::Owned(path) => drop(path.drain(..bytes)),
    }
}

/// How many bytes of a raw path encode its first `decoded` bytes.
fn raw_length(raw: &[u8], decoded: usize) -> usize {
    (0..decoded).fold(0, |at, _| match raw[at..] {
        [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => at + 3,
        _ => at + 1,
    })
}
