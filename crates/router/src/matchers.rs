//! Matchers: from the plan's words to tests on a request.

use crate::hosts::{HostView, canonical};
use crate::percent::decode_path;
use crate::regexes::{Regex, Regexes};
use crate::{BuildError, Headers, Request, query};
use pointsman_plan as plan;
use std::borrow::Cow;
use std::sync::Arc;

/// What matchers look at, worked out once per request.
pub(crate) struct View<'r, H: ?Sized> {
    pub(crate) request: &'r Request<'r, H>,
    pub(crate) host: HostView<'r>,
    /// Percent-decoded.
    pub(crate) path: Cow<'r, [u8]>,
}

impl<'r, H: Headers + ?Sized> View<'r, H> {
    pub(crate) fn new(request: &'r Request<'r, H>) -> Self {
        Self { request, host: HostView::new(request.host), path: decode_path(request.path) }
    }
}

/// How a request fits, from worst to best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    No,
    /// It would with one slash more or less at the end of its path.
    Slash,
    Yes,
}

impl From<bool> for Fit {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

#[derive(Debug)]
pub(crate) enum HostPattern {
    Literal(Box<str>),
    /// One plain label before this suffix.
    Wildcard(Box<str>),
    Regex(Arc<Regex>),
}

#[derive(Debug)]
pub(crate) enum Text {
    Literal(Box<str>),
    Regex { regex: Arc<Regex>, prefix: Box<str>, slash: bool },
}

#[derive(Debug)]
pub(crate) enum ValueTest {
    Any,
    Equal(Box<str>),
    Regex(Arc<Regex>),
}

/// One condition on a request.
#[derive(Debug)]
pub(crate) enum Matcher {
    Host(Box<[Box<str>]>),
    HostRegexp(Box<[HostPattern]>),
    Method(Box<[Box<str>]>),
    Path {
        texts: Box<[Text]>,
        redirect_slash: bool,
    },
    PathPrefix(Box<[Text]>),
    PathExact(Box<str>),
    /// Without slashes at its end.
    PathSegments(Box<str>),
    Query(Box<[(Box<str>, ValueTest)]>),
    Header(Box<[(Box<str>, ValueTest)]>),
}

impl Matcher {
    pub(crate) fn build(matcher: &plan::Matcher, regexes: &mut Regexes) -> Result<Self, BuildError> {
        Ok(match matcher {
            plan::Matcher::Host { hosts } => Self::Host(hosts.iter().map(|host| canonical(host)).collect()),
            plan::Matcher::HostRegexp { patterns } => Self::HostRegexp(each(patterns, |p| host(p, regexes))?),
            plan::Matcher::Method { methods } => Self::Method(methods.iter().map(|m| m.as_str().into()).collect()),
            plan::Matcher::Path { patterns, redirect_slash } => {
                let texts = each(patterns, |p| text("path", p, regexes))?;
                Self::Path { texts, redirect_slash: *redirect_slash }
            }
            plan::Matcher::PathPrefix { patterns } => {
                Self::PathPrefix(each(patterns, |p| text("path_prefix", p, regexes))?)
            }
            plan::Matcher::PathExact { path } => Self::PathExact(path.as_str().into()),
            plan::Matcher::PathSegments { path } => Self::PathSegments(path.trim_end_matches('/').into()),
            plan::Matcher::Query { pairs } => Self::Query(each(pairs, |pair| {
                let test = match &pair.regex {
                    None => ValueTest::Any,
                    Some(regex) => ValueTest::Regex(compiled("query", regex, regexes)?),
                };
                Ok((pair.key.as_str().into(), test))
            })?),
            plan::Matcher::Header { pairs } => Self::Header(each(pairs, |pair| header(pair, regexes))?),
        })
    }

    /// The plan's name of this matcher.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Host(_) => "host",
            Self::HostRegexp(_) => "host_regexp",
            Self::Method(_) => "method",
            Self::Path { .. } => "path",
            Self::PathPrefix(_) => "path_prefix",
            Self::PathExact(_) => "path_exact",
            Self::PathSegments(_) => "path_segments",
            Self::Query(_) => "query",
            Self::Header(_) => "header",
        }
    }

    /// Whether the request meets the condition.
    pub(crate) fn fit<H: Headers + ?Sized>(&self, view: &View<'_, H>) -> Fit {
        let request = view.request;
        match self {
            Self::Host(hosts) => {
                let name = view.host.name();
                (!name.is_empty() && hosts.iter().any(|host| host.as_bytes() == name)).into()
            }
            Self::HostRegexp(patterns) => patterns.iter().any(|pattern| pattern.fits(&view.host)).into(),
            Self::Method(methods) => methods.iter().any(|method| method.as_bytes() == request.method).into(),
            Self::Path { texts, redirect_slash } => {
                texts.iter().map(|text| text.whole(&view.path, *redirect_slash)).max().unwrap_or(Fit::No)
            }
            Self::PathPrefix(texts) => texts.iter().any(|text| text.begins(&view.path)).into(),
            Self::PathExact(path) => (path.as_bytes() == &*view.path).into(),
            Self::PathSegments(path) => {
                view.path.strip_prefix(path.as_bytes()).is_some_and(|rest| matches!(rest, [] | [b'/', ..])).into()
            }
            Self::Query(pairs) => pairs
                .iter()
                .all(|(key, test)| query::first(request.query, key).is_some_and(|value| test.fits(&value)))
                .into(),
            // compat(1.7): Go keeps the Host field apart from the others.
            Self::Header(pairs) => pairs
                .iter()
                .all(|(name, test)| &**name != "host" && request.headers.any(name, &mut |value| test.fits(value)))
                .into(),
        }
    }
}

impl HostPattern {
    fn fits(&self, host: &HostView<'_>) -> bool {
        match self {
            Self::Literal(literal) => literal.as_bytes() == host.text(),
            Self::Wildcard(suffix) => host.wildcard() == Some(suffix.as_bytes()),
            Self::Regex(regex) => regex.is_match(host.text()),
        }
    }
}

impl Text {
    fn begins(&self, path: &[u8]) -> bool {
        match self {
            Self::Literal(literal) => path.starts_with(literal.as_bytes()),
            Self::Regex { regex, .. } => regex.is_match(path),
        }
    }

    fn whole(&self, path: &[u8], redirect_slash: bool) -> Fit {
        match self {
            Self::Literal(literal) if literal.as_bytes() == path => Fit::Yes,
            Self::Literal(literal) => {
                let (wanted, given) = (bare(literal.as_bytes()), bare(path));
                if redirect_slash && wanted == given && !given.is_empty() { Fit::Slash } else { Fit::No }
            }
            Self::Regex { regex, .. } if !regex.is_match(path) => Fit::No,
            // There is no path with one slash less than `/`.
            Self::Regex { slash, .. } if redirect_slash && *slash != path.ends_with(b"/") && path != b"/" => Fit::Slash,
            Self::Regex { .. } => Fit::Yes,
        }
    }
}

impl ValueTest {
    fn fits(&self, value: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Equal(wanted) => wanted.as_bytes() == value,
            Self::Regex(regex) => regex.is_match(value),
        }
    }
}

/// A path without one slash at its end.
pub(crate) fn bare(path: &[u8]) -> &[u8] {
    path.strip_suffix(b"/").unwrap_or(path)
}

fn each<S, D>(items: &[S], build: impl FnMut(&S) -> Result<D, BuildError>) -> Result<Box<[D]>, BuildError> {
    items.iter().map(build).collect()
}

fn compiled(key: &'static str, source: &str, regexes: &mut Regexes) -> Result<Arc<Regex>, BuildError> {
    regexes.get(source).map_err(|message| BuildError { key, value: source.to_owned(), message })
}

fn host(pattern: &plan::Pattern, regexes: &mut Regexes) -> Result<HostPattern, BuildError> {
    if let Some(literal) = &pattern.literal {
        return Ok(HostPattern::Literal(literal.to_ascii_lowercase().into()));
    }
    match &pattern.wildcard {
        Some(suffix) if suffix.is_empty() || suffix.starts_with('.') => {
            Ok(HostPattern::Wildcard(suffix.to_ascii_lowercase().into()))
        }
        _ => Ok(HostPattern::Regex(compiled("host_regexp", source("host_regexp", pattern)?, regexes)?)),
    }
}

fn text(key: &'static str, pattern: &plan::Pattern, regexes: &mut Regexes) -> Result<Text, BuildError> {
    if let Some(literal) = &pattern.literal {
        return Ok(Text::Literal(literal.as_str().into()));
    }
    let regex = compiled(key, source(key, pattern)?, regexes)?;
    Ok(Text::Regex { regex, prefix: pattern.prefix.as_str().into(), slash: pattern.slash })
}

fn source<'p>(key: &'static str, pattern: &'p plan::Pattern) -> Result<&'p str, BuildError> {
    pattern.regex.as_deref().ok_or_else(|| BuildError {
        key,
        value: pattern.source.clone(),
        message: "the pattern has neither a literal nor a regular expression".to_owned(),
    })
}

fn header(pair: &plan::HeaderPair, regexes: &mut Regexes) -> Result<(Box<str>, ValueTest), BuildError> {
    let test = match (&pair.value, &pair.regex) {
        (Some(value), _) => ValueTest::Equal(value.as_str().into()),
        (None, Some(regex)) if !regex.is_empty() => ValueTest::Regex(compiled("header", regex, regexes)?),
        (None, _) => ValueTest::Any,
    };
    Ok((pair.name.to_ascii_lowercase().into(), test))
}
