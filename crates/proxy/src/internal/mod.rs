//! Routes answered before any frontend, and outside access log and metrics: ping, readiness, metrics, and the way to the
//! controller's API.

mod metrics;

use crate::context::Shared;
use crate::drain::Phase;
use pointsman_plan::{EntryPoint, Internal};

const TEXT: &str = "text/plain; charset=utf-8";
/// The exposition format's own type.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What to do with a request that is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Answer this.
    Answer {
        /// Response status.
        status: u16,
        /// Value of Content-Type.
        content_type: &'static str,
        /// Without a line end where 1.7 has none.
        body: String,
    },
    /// Forward to `Settings.admin_socket`; when the controller is away, 503 with the reason.
    Admin,
}

/// The internal routes of one entry point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    ping: bool,
    api: bool,
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
            metrics: has(Internal::Metrics),
            rest: has(Internal::Rest),
        }
    }

    fn any(self) -> bool {
        self != Self::default()
    }
}

/// Decides whether a request on the entry point (index in sorted name order) is internal; `None`: route it. `path` is raw,
/// without query.
#[must_use]
pub fn decide(shared: &Shared, entry_point: usize, method: &[u8], path: &[u8]) -> Option<Decision> {
    let routes = *shared.internal.get(entry_point)?;
    if !routes.any() {
        return None;
    }
    match method {
        b"GET" | b"HEAD" => read(shared, routes, path),
        b"PUT" if routes.rest && is_provider(path) => Some(Decision::Admin),
        _ => None,
    }
}

fn read(shared: &Shared, routes: Routes, path: &[u8]) -> Option<Decision> {
    match path {
        b"/ping" if routes.ping => Some(ping(shared.drain.reached(Phase::Unready))),
        b"/ready" if routes.ping => {
            Some(ready(shared.drain.reached(Phase::Unready), shared.snapshot.load().generation()))
        }
        b"/metrics" if routes.metrics => {
            Some(Decision::Answer { status: 200, content_type: METRICS, body: metrics::render(shared) })
        }
        _ if routes.api && is_api(path) => Some(Decision::Admin),
        _ => None,
    }
}

/// compat(1.7): no line end, and the status text once a stop is under way.
fn ping(draining: bool) -> Decision {
    if draining { unavailable("Service Unavailable") } else { ok() }
}

fn ready(draining: bool, generation: u64) -> Decision {
    match (draining, generation) {
        (true, _) => unavailable("the proxy is stopping\n"),
        (false, 0) => unavailable("no configuration is in force yet\n"),
        (false, _) => ok(),
    }
}

fn ok() -> Decision {
    Decision::Answer { status: 200, content_type: TEXT, body: "OK".to_owned() }
}

fn unavailable(reason: &str) -> Decision {
    Decision::Answer { status: 503, content_type: TEXT, body: reason.to_owned() }
}

fn is_api(path: &[u8]) -> bool {
    let below = |root: &[u8]| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest[0] == b'/');
    path == b"/" || below(b"/api") || below(b"/dashboard") || path == b"/health" || path == b"/health/"
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
        for path in ["/", "/api", "/api/", "/api/providers/x/y", "/health", "/dashboard", "/dashboard/a.js"] {
            assert!(is_api(path.as_bytes()), "{path}");
        }
        for path in ["", "/apix", "/dashboards", "/healthz", "/ping", "/x", "*"] {
            assert!(!is_api(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn rest_takes_one_provider() {
        assert!(is_provider(b"/api/providers/rest"));
        assert!(!is_provider(b"/api/providers/"));
        assert!(!is_provider(b"/api/providers/rest/backends"));
    }

    #[test]
    fn readiness_needs_a_plan_and_no_stop() {
        let status = |decision| match decision {
            Decision::Answer { status, .. } => status,
            Decision::Admin => 0,
        };
        assert_eq!(status(ready(false, 0)), 503);
        assert_eq!(status(ready(false, 1)), 200);
        assert_eq!(status(ready(true, 1)), 503);
        assert_eq!(ping(true), unavailable("Service Unavailable"));
        assert_eq!(ping(false), ok());
    }
}
