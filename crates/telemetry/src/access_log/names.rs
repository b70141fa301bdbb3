//! Who answered, in 1.7's words.

use crate::{Outcome, Reason};

/// The frontend and backend of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin<'a> {
    /// Two pieces of one name.
    pub frontend: (&'static str, &'a str),
    pub backend: &'a str,
    /// URL of the server; `None`: we answered, in its place stands the request's URL.
    pub server: Option<&'a str>,
}

/// Of a request; `None` where 1.7 names nobody: no wrapper of its access log had been entered.
pub(super) fn origin<'a>(outcome: &Outcome<'a>, entry_points: &'a [Box<str>]) -> Option<Origin<'a>> {
    let made = |frontend| Some(Origin { frontend, backend: "Traefik", server: None });
    let point = entry_points.get(outcome.entry_point).map_or("", |name| name);
    let either =
        |for_point, for_route| made(outcome.route.map_or((for_point, point), |route| (for_route, short(route))));
    match outcome.reason {
        Reason::NoRoute | Reason::Refused => made(("backend not found", "")),
        Reason::AuthDenied | Reason::AuthFailed => either("Auth for entrypoint ", "Auth for "),
        Reason::AllowList => either("ipwhitelister for entrypoint ", "ipwhitelister for "),
        Reason::Redirect => either("entrypoint redirect for ", "frontend redirect for "),
        Reason::RateLimited => either("rate limit for entrypoint ", "rate limit for "),
        Reason::ConnectionLimit => either("connection limit for entrypoint ", "connection limit for "),
        _ => match (outcome.route, outcome.server) {
            (Some(route), Some(server)) => Some(Origin {
                frontend: ("", short(route)),
                backend: outcome.backend.unwrap_or_default(),
                server: Some(server),
            }),
            _ => None,
        },
    }
}

fn short(route: &str) -> &str {
    route.strip_prefix("frontend-").unwrap_or(route)
}

/// Scheme, host and path of a server's URL.
pub(super) fn parts(url: &str) -> (&str, &str, &str) {
    let colon = url.bytes().position(|byte| byte == b':').unwrap_or(0);
    let Some(rest) = url[colon..].strip_prefix("://") else { return ("", url, "") };
    let (host, path) = rest.split_at(rest.bytes().position(|byte| byte == b'/').unwrap_or(rest.len()));
    (&url[..colon], host, path)
}

/// Host without port, and port, of a Host field; no port is `-`.
pub(super) fn host_and_port(host: &[u8]) -> (&[u8], &[u8]) {
    let from = if host.first() == Some(&b'[') { host.iter().position(|&byte| byte == b']').unwrap_or(0) } else { 0 };
    match host[from..].iter().position(|&byte| byte == b':') {
        Some(colon) => {
            let name = &host[..from + colon];
            let bare = name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]")).unwrap_or(name);
            (bare, &host[from + colon + 1..])
        }
        None => (host, b"-"),
    }
}
