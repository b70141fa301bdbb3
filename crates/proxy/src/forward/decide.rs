//! What becomes of a request: an answer of our own, or a place to send it to.

use super::incoming::Incoming;
use crate::answers::Answer;
use crate::context::ThreadContext;
use crate::internal;
use crate::snapshot::{CompiledAction, CompiledPool, CompiledRoute, Snapshot};
use crate::telemetry::Reason;
use pointsman_http1::{Name, Target, write_field};
use pointsman_middleware::{Middleware, Rewrite};
use pointsman_router::Found;
use std::sync::Arc;

/// Where a pool does not say it (compat(1.7)).
const FLUSH_MS: i64 = 100;

/// The end of routing.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Answer this.
    Answer(Answer, Reason, Option<Arc<CompiledRoute>>),
    /// Send it on.
    Forward(Destination),
}

/// Where a request goes.
#[derive(Debug)]
pub(crate) enum Destination {
    /// The controller's socket.
    Admin,
    /// A server of a route's pool.
    Pool(Route),
}

/// A route that forwards, and what its modifiers made of the request.
#[derive(Debug)]
pub(crate) struct Route {
    /// The route.
    pub route: Arc<CompiledRoute>,
    /// Its servers.
    pub pool: Arc<CompiledPool>,
    /// Keep the client's Host.
    pub pass_host: bool,
    /// The path to send, if it is another than the client's.
    pub path: Option<Vec<u8>>,
    /// Send no query.
    pub drop_query: bool,
    /// Field lines that the path modifiers add.
    pub added: Vec<u8>,
}

/// Routes a request. Synchronous and without side effects beyond counters: everything that configuration decides is taken
/// from one snapshot here.
pub(crate) fn decide(context: &ThreadContext, incoming: Incoming<'_>) -> Decision {
    if incoming.request.target == Target::Server {
        return Decision::Answer(Answer { content_type: "", ..Answer::text(200, "") }, Reason::Internal, None);
    }
    match internal::decide(&context.shared, incoming.entry_point, incoming.method(), incoming.path()) {
        None => {}
        Some(internal::Decision::Admin) => return Decision::Forward(Destination::Admin),
        Some(internal::Decision::Answer { status, content_type, body }) => {
            let answer = Answer { content_type, ..Answer::text(status, &body) };
            return Decision::Answer(answer, Reason::Internal, None);
        }
    }
    context.with_snapshot(|snapshot| route(snapshot, incoming))
}

fn route(snapshot: &Snapshot, incoming: Incoming<'_>) -> Decision {
    let request = pointsman_router::Request {
        host: incoming.host(),
        method: incoming.method(),
        path: incoming.path(),
        query: incoming.query().unwrap_or_default(),
        headers: &incoming,
    };
    match snapshot.route(incoming.entry_point, &request) {
        Found::Route(route) => follow(snapshot, route, incoming),
        Found::RedirectSlash { path, .. } => {
            let answer = Answer::moved(&path, incoming.query(), incoming.method());
            Decision::Answer(answer, Reason::Redirected, None)
        }
        Found::Nothing => Decision::Answer(Answer::not_found(), Reason::NoRoute, None),
    }
}

fn follow(snapshot: &Snapshot, route: &Arc<CompiledRoute>, incoming: Incoming<'_>) -> Decision {
    let answer = |answer, reason| Decision::Answer(answer, reason, Some(Arc::clone(route)));
    let (mut path, mut drop_query, mut added) = (None, false, Vec::new());
    if !route.modifiers.is_empty() {
        let mut rewritten = Vec::new();
        let mut add = |name: &'static str, value: &[u8]| write_field(&mut added, name.as_bytes(), value);
        match route.modifiers.apply(incoming.path(), &mut rewritten, &mut add) {
            Rewrite::Unchanged => {}
            Rewrite::Changed => path = Some(rewritten),
            Rewrite::Lost => (path, drop_query) = (Some(rewritten), true),
            Rewrite::NotFound => return answer(Answer::not_found(), Reason::NoRoute),
        }
    }
    for middleware in &route.middlewares {
        if let Middleware::IpAllowList(list) = middleware
            && !list.allows(incoming.peer.ip, incoming.values(Name::XForwardedFor), incoming.is_trusted())
        {
            return answer(Answer::status(403), Reason::AllowList);
        }
    }
    match &route.action {
        CompiledAction::Refuse { status, .. } => answer(Answer::refused(*status), Reason::Refused),
        CompiledAction::Forward { pool, pass_host } => Decision::Forward(Destination::Pool(Route {
            route: Arc::clone(route),
            pool: Arc::clone(snapshot.pool(*pool)),
            pass_host: *pass_host,
            path,
            drop_query,
            added,
        })),
    }
}

impl Decision {
    /// Whether an internal route answers.
    pub fn is_internal(&self) -> bool {
        matches!(self, Self::Answer(_, Reason::Internal, _) | Self::Forward(Destination::Admin))
    }

    /// Where it goes, if it is sent on.
    pub fn destination(&self) -> Option<&Destination> {
        match self {
            Self::Answer(..) => None,
            Self::Forward(destination) => Some(destination),
        }
    }

    /// The route that matched.
    pub fn route(&self) -> Option<&CompiledRoute> {
        match self {
            Self::Answer(_, _, route) => route.as_deref(),
            Self::Forward(Destination::Pool(route)) => Some(&route.route),
            Self::Forward(Destination::Admin) => None,
        }
    }

    /// Its pool.
    pub fn pool(&self) -> Option<&CompiledPool> {
        match self {
            Self::Forward(Destination::Pool(route)) => Some(&route.pool),
            _ => None,
        }
    }
}

impl Destination {
    /// Header edits of the route, in order.
    pub fn edits(&self) -> impl Iterator<Item = &pointsman_middleware::Headers> + Clone {
        let middlewares = match self {
            Self::Admin => &[][..],
            Self::Pool(route) => &route.route.middlewares[..],
        };
        middlewares.iter().filter_map(|middleware| match middleware {
            Middleware::Headers(headers) => Some(headers),
            _ => None,
        })
    }

    /// How long a part of an answer may wait to be passed on, in milliseconds.
    pub fn flush_ms(&self) -> i64 {
        match self {
            Self::Admin => 0,
            Self::Pool(route) => route.pool.options.as_ref().map_or(FLUSH_MS, |options| options.flush_ms),
        }
    }

    /// URL of a server of the pool.
    pub fn server_url(&self, index: usize) -> Option<&str> {
        match self {
            Self::Admin => None,
            Self::Pool(route) => route.pool.upstreams.get(index).map(|upstream| &*upstream.server.url),
        }
    }

    /// The path modifiers' path and whether the query stays, and the fields they add.
    pub fn rewritten(&self) -> (Option<(&[u8], bool)>, &[u8]) {
        match self {
            Self::Admin => (None, &[]),
            Self::Pool(route) => (route.path.as_deref().map(|path| (path, !route.drop_query)), &route.added),
        }
    }
}
