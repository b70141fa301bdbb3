//! Routes answered before any frontend, and outside access log and metrics: ping, readiness, metrics, and the way to the
//! controller's API.

mod metrics;

pub(crate) use metrics::render as metrics_page;

use crate::answers::Answer;
use crate::context::Shared;
use crate::drain::Phase;
use pointsman_plan::{EntryPoint, Internal};

/// The exposition format's own type.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A request that is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Alive?
    Ping,
    /// Ready for requests?
    Ready,
    /// The process's numbers.
    Metrics,
    /// Forward to `Settings.admin_socket`; when the controller is away, 503 with the reason.
    Admin,
}

impl Kind {
    /// Whether the entry point's guards let nobody through who is not allowed to. compat(1.7): ping is for everybody.
    #[must_use]
    pub fn is_guarded(self) -> bool {
        !matches!(self, Self::Ping | Self::Ready)
    }
}

/// The internal routes of one entry point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    ping: bool,
    api: bool,
    dashboard: bool,
    metrics: bool,
    rest: bool,
}

impl Routes {
    /// Those the settings bind to this entry point.
    #[must_use]
    pub fn of(entry_point: &EntryPoint) -> Self {
        let has = |internal| entry_point.internal.contains(&internal);
        Self {
            ping: has(Internal::Ping),
            api: has(Internal::Api),
            dashboard: has(Internal::Dashboard),
            metrics: has(Internal::Metrics),
            rest: has(Internal::Rest),
        }
    }

    fn any(self) -> bool {
        self != Self::default()
    }
}

/// Which internal route a request on the entry point (index in sorted name order) is for; `None`: route it. `path` is raw,
/// without query.
#[must_use]
pub fn find(shared: &Shared, entry_point: usize, method: &[u8], path: &[u8]) -> Option<Kind> {
    let routes = *shared.internal.get(entry_point)?;
    if !routes.any() {
        return None;
    }
    match method {
        b"GET" | b"HEAD" => routes.read(path),
        b"PUT" if routes.rest && is_provider(path) => Some(Kind::Admin),
        _ => None,
    }
}

/// The answer to it; `None`: the controller has it.
#[must_use]
pub fn answer(shared: &Shared, kind: Kind) -> Option<Answer> {
    let draining = || shared.drain.reached(Phase::Unready);
    match kind {
        Kind::Ping => Some(ping(draining())),
        Kind::Ready => Some(ready(draining(), shared.snapshot.load().generation())),
        Kind::Metrics => Some(Answer { content_type: METRICS, ..Answer::text(200, &metrics::render(shared)) }),
        Kind::Admin => None,
    }
}

impl Routes {
    fn read(self, path: &[u8]) -> Option<Kind> {
        match path {
            b"/ping" if self.ping => Some(Kind::Ping),
            b"/ready" if self.ping => Some(Kind::Ready),
            b"/metrics" if self.metrics => Some(Kind::Metrics),
            _ if self.api && is_api(path) || self.dashboard && is_dashboard(path) => Some(Kind::Admin),
            _ => None,
        }
    }
}

/// compat(1.7): no line end, and the status text once a stop is under way.
fn ping(draining: bool) -> Answer {
    if draining { Answer::text(503, "Service Unavailable") } else { Answer::text(200, "OK") }
}

fn ready(draining: bool, generation: u64) -> Answer {
    match (draining, generation) {
        (true, _) => Answer::text(503, "the proxy is stopping\n"),
        (false, 0) => Answer::text(503, "no configuration is in force yet\n"),
        (false, _) => Answer::text(200, "OK"),
    }
}

fn is_api(path: &[u8]) -> bool {
    is_at_or_below(path, b"/api") || path == b"/health" || path == b"/health/"
}

/// compat(1.7): the root leads there.
fn is_dashboard(path: &[u8]) -> bool {
    path == b"/" || is_at_or_below(path, b"/dashboard")
}

fn is_at_or_below(path: &[u8], root: &[u8]) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

/// `/api/providers/{name}`.
fn is_provider(path: &[u8]) -> bool {
    path.strip_prefix(b"/api/providers/").is_some_and(|name| !name.is_empty() && !name.contains(&b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_paths_are_whole_segments() {
        for path in ["/api", "/api/", "/api/providers/x/y", "/health"] {
            assert!(is_api(path.as_bytes()), "{path}");
        }
        for path in ["", "/", "/apix", "/healthz", "/ping", "/x", "*", "/dashboard"] {
            assert!(!is_api(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn the_root_is_the_dashboards_only_where_there_is_one() {
        let with = Routes { api: true, dashboard: true, ..Routes::default() };
        let without = Routes { dashboard: false, ..with };
        for path in ["/", "/dashboard", "/dashboard/", "/dashboard/a.js"] {
            assert_eq!(with.read(path.as_bytes()), Some(Kind::Admin), "{path}");
            assert_eq!(without.read(path.as_bytes()), None, "{path}");
        }
        for path in ["", "/dashboards", "/x"] {
            assert_eq!(with.read(path.as_bytes()), None, "{path}");
        }
        assert_eq!(without.read(b"/api"), Some(Kind::Admin));
    }

    #[test]
    fn rest_takes_one_provider() {
        assert!(is_provider(b"/api/providers/rest"));
        assert!(!is_provider(b"/api/providers/"));
        assert!(!is_provider(b"/api/providers/rest/backends"));
    }

    #[test]
    fn readiness_needs_a_plan_and_no_stop() {
        assert_eq!(ready(false, 0).status, 503);
        assert_eq!(ready(false, 1).status, 200);
        assert_eq!(ready(true, 1).status, 503);
        assert_eq!(ping(true), Answer::text(503, "Service Unavailable"));
        assert_eq!(ping(false), Answer::text(200, "OK"));
    }
}
