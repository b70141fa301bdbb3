//! Where a request goes, and what is done to it and to the answer on the way.

use super::chain::{Findings, Rewritten, request_edits};
use crate::snapshot::{CompiledPool, CompiledRoute};
use pointsman_middleware::{Edits, Middleware, SecurityHeaders};
use std::sync::Arc;

/// Where a pool does not say it (compat(1.7)).
const FLUSH_MS: i64 = 100;

/// Where a request goes.
#[derive(Debug)]
pub(crate) enum Destination {
    /// The controller's socket, with these edits.
    Admin(Option<Box<Edits>>),
    /// A server of a route's pool.
    Pool(Route),
}

/// A route that forwards, and what was made of the request.
#[derive(Debug)]
pub(crate) struct Route {
    /// The route.
    pub route: Arc<CompiledRoute>,
    /// Its servers.
    pub pool: Arc<CompiledPool>,
    /// Keep the client's Host.
    pub pass_host: bool,
    /// By path modifiers.
    pub rewritten: Rewritten,
    /// By middlewares.
    pub findings: Findings,
}

/// What is found out about a request on its way to a decision, whatever that is.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// Set once a route with error pages is entered: what stands in for its answers, and for those behind it.
    pub pages: Option<Box<Pages>>,
    /// Name of the user that basic or digest authentication let in; the last one's, if there are several.
    pub user: Option<Vec<u8>>,
}

/// What stands in for certain answers to a request.
#[derive(Debug)]
pub(crate) struct Pages {
    /// Has the pages.
    pub route: Arc<CompiledRoute>,
    /// Of the pages, in order.
    pub pools: Box<[Arc<CompiledPool>]>,
    /// Authorization is for us alone.
    pub hides_credentials: bool,
}

impl Destination {
    fn steps(&self) -> &[Middleware] {
        match self {
            Self::Admin(_) => &[],
            Self::Pool(route) => &route.route.chain.steps,
        }
    }

    /// Edits of the request, in order.
    pub fn request_edits(&self) -> impl Iterator<Item = &Edits> + Clone {
        let own = match self {
            Self::Admin(edits) => edits,
            Self::Pool(route) => &route.findings.edits,
        };
        request_edits(self.steps(), own.as_deref())
    }

    /// Edits of the answer, in order. compat(1.7): the security headers' come first.
    pub fn response_edits(&self) -> impl Iterator<Item = &Edits> + Clone {
        let secure = matches!(self, Self::Pool(route) if route.findings.secure);
        let security = self.security_headers().map(move |headers| headers.response(secure));
        let custom = self.steps().iter().filter_map(|step| match step {
            Middleware::Headers(headers) => Some(&headers.response),
            _ => None,
        });
        security.chain(custom)
    }

    fn security_headers(&self) -> impl Iterator<Item = &SecurityHeaders> + Clone {
        self.steps().iter().filter_map(|step| match step {
            Middleware::SecurityHeaders(headers) => Some(&**headers),
            _ => None,
        })
    }

    /// Stands for `$NONCE` in the answer's Content-Security-Policy.
    pub fn nonce(&self) -> Option<&[u8]> {
        match self {
            Self::Admin(_) => None,
            Self::Pool(route) => route.findings.nonce.as_deref(),
        }
    }

    /// Whether an upstream's Location is to say `https` for `http`.
    pub fn secures(&self, location: &[u8]) -> bool {
        let secure = matches!(self, Self::Pool(route) if route.findings.secure);
        secure && self.security_headers().any(|headers| headers.secures(location, secure))
    }

    /// How long a part of an answer may wait to be passed on, in milliseconds.
    pub fn flush_ms(&self) -> i64 {
        match self {
            Self::Admin(_) => 0,
            Self::Pool(route) => route.pool.options.as_ref().map_or(FLUSH_MS, |options| options.flush_ms),
        }
    }

    /// URL of a server of the pool.
    pub fn server_url(&self, index: usize) -> Option<&str> {
        match self {
            Self::Admin(_) => None,
            Self::Pool(route) => route.pool.upstreams.get(index).map(|upstream| &*upstream.server.url),
        }
    }

    /// The path modifiers' path and whether the query stays, and the fields they add.
    pub fn rewritten(&self) -> (Option<(&[u8], bool)>, &[u8]) {
        match self {
            Self::Admin(_) => (None, &[]),
            Self::Pool(Route { rewritten: Rewritten { path, drop_query, added }, .. }) => {
                (path.as_deref().map(|path| (path, !drop_query)), added)
            }
        }
    }
}

impl Pages {
    /// Index of the page for answers with this status.
    pub fn find(&self, status: u16) -> Option<usize> {
        self.route.pages.as_ref()?.pages.find(status)
    }
}
