//! Redirections to another entry point, or to what an expression makes of the URL.

use crate::expansion::Expansion;
use crate::location::Url;
use crate::template::Value;
use crate::{BuildError, Building, Facts};
use pointsman_router::{Regex, decode_path};
use std::sync::Arc;

/// Sends clients elsewhere.
#[derive(Debug)]
pub struct Redirect {
    target: Target,
    permanent: bool,
}

#[derive(Debug)]
enum Target {
    EntryPoint {
        /// `https://`.
        scheme: Box<str>,
        port: u16,
        /// Index of its own: requests that came in there are where they should be.
        index: Option<usize>,
    },
    Regex(Arc<Regex>, Expansion),
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Redirected {
    /// It goes on.
    Pass,
    /// It is answered with this status and Location.
    To(u16, Vec<u8>),
    /// What the expression made of it is no URL: 502 (compat(1.7)).
    Broken,
}

impl Redirect {
    /// To the same URL on another entry point.
    pub(crate) fn to_entry_point(
        (name, scheme, port): (&str, &str, u16),
        permanent: bool,
        building: &Building<'_>,
    ) -> Result<Self, BuildError> {
        if !matches!(scheme, "http" | "https") {
            return Err(BuildError {
                key: "redirect_entry_point",
                value: scheme.to_owned(),
                message: "is neither http nor https".to_owned(),
            });
        }
        let index = building.entry_points.iter().position(|known| **known == *name);
        Ok(Self { target: Target::EntryPoint { scheme: format!("{scheme}://").into(), port, index }, permanent })
    }

    /// By an expression.
    pub(crate) fn by_regex(
        regex: &str,
        replacement: &str,
        permanent: bool,
        building: &mut Building<'_>,
    ) -> Result<Self, BuildError> {
        let fault = |value: &str, message| BuildError { key: "redirect_regex", value: value.to_owned(), message };
        let compiled = building.regexes.get(regex).map_err(|message| fault(regex, message))?;
        let expansion =
            Expansion::of_template(replacement, &compiled).map_err(|message| fault(replacement, message))?;
        Ok(Self { target: Target::Regex(compiled, expansion), permanent })
    }

    /// What becomes of a request that came in by this entry point. compat(1.7): the path is the client's, whatever modifiers
    /// made of it.
    #[must_use]
    pub fn call(&self, facts: &Facts<'_>, entry_point: usize) -> Redirected {
        let written = match &self.target {
            Target::EntryPoint { index, .. } if *index == Some(entry_point) => return Redirected::Pass,
            Target::EntryPoint { scheme, port, .. } => elsewhere(scheme, *port, facts),
            Target::Regex(regex, expansion) => match replaced(regex, expansion, facts) {
                None => return Redirected::Pass,
                Some(written) => Some(written),
            },
        };
        let Some(written) = written else { return Redirected::Broken };
        let Some(url) = Url::parse(&written) else { return Redirected::Broken };
        let path = facts.is_modified().then(|| decode_path(facts.original_path));
        Redirected::To(status(self.permanent, facts.method), url.write(path.as_deref()))
    }
}

fn status(permanent: bool, method: &[u8]) -> u16 {
    match (permanent, method == b"GET") {
        (true, true) => 301,
        (true, false) => 308,
        (false, true) => 302,
        (false, false) => 307,
    }
}

/// The same URL with another scheme and port. `None`: the request names no host that could be one.
fn elsewhere(scheme: &str, port: u16, facts: &Facts<'_>) -> Option<Vec<u8>> {
    let host = name(facts.host)?;
    let mut url = Vec::with_capacity(scheme.len() + host.len() + facts.path.len() + 32);
    url.extend_from_slice(scheme.as_bytes());
    url.extend_from_slice(host);
    url.extend_from_slice(format!(":{port}").as_bytes());
    facts.write_target(&mut url);
    Some(url)
}

/// A host without its port.
fn name(host: &[u8]) -> Option<&[u8]> {
    let end = if host.starts_with(b"[") {
        host.iter().position(|&byte| byte == b']')? + 1
    } else {
        host.iter().position(|&byte| byte == b':').unwrap_or(host.len())
    };
    (end > 0).then(|| &host[..end])
}

/// What the expression makes of the URL, if it is another one.
fn replaced(regex: &Regex, expansion: &Expansion, facts: &Facts<'_>) -> Option<Vec<u8>> {
    let mut url = Vec::with_capacity(facts.host.len() + facts.path.len() + 32);
    url.extend_from_slice(if facts.is_secure() { b"https://" } else { b"http://" });
    url.extend_from_slice(facts.host);
    facts.write_target(&mut url);
    if !regex.is_match(&url) {
        return None;
    }
    let written = expansion.fill(regex, &url, &mut |value, out| match value {
        Value::Header(name) => out.extend_from_slice(facts.header(name).unwrap_or_default()),
        Value::Host => out.extend_from_slice(facts.host),
        Value::Method => out.extend_from_slice(facts.method),
        Value::Path => out.extend_from_slice(&decode_path(facts.path)),
        Value::Query => out.extend_from_slice(facts.query.unwrap_or_default()),
        Value::Target => facts.write_target(out),
    });
    (written != url).then_some(written)
}
