//! What becomes of a request: an answer of our own, a place to send it to, or something to be waited for first.

use super::chain::{Ask, Findings, Passage, Passed, Rewritten, Told};
use super::destination::{Destination, Noted, Pages, Route};
use super::incoming::Incoming;
use crate::answers::Answer;
use crate::context::ThreadContext;
use crate::internal::{self, Kind};
use crate::snapshot::{Chain, CompiledAction, CompiledPool, CompiledRoute, Snapshot};
use crate::telemetry::Reason;
use pointsman_http1::{Target, write_field};
use pointsman_middleware::Rewrite;
use pointsman_router::Found;
use std::sync::Arc;

/// The end of routing.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Answer this.
    Answer(Answer, Reason, Option<Arc<CompiledRoute>>),
    /// Send it on.
    Forward(Destination),
    /// Wait, then `resume`.
    Wait(Box<Suspended>),
}

/// A request in the middle of a chain. What configuration decides is still taken from the same snapshot.
#[derive(Debug)]
pub(crate) struct Suspended {
    /// To be waited for.
    pub ask: Ask,
    snapshot: Arc<Snapshot>,
    place: Place,
    step: usize,
    findings: Findings,
}

/// Where a chain stands.
#[derive(Debug)]
enum Place {
    EntryPoint,
    Guards(Kind),
    Route(Arc<CompiledRoute>, Rewritten),
}

/// A decision being made.
struct Walk<'w> {
    context: &'w ThreadContext,
    snapshot: &'w Arc<Snapshot>,
    incoming: Incoming<'w>,
    findings: Findings,
    noted: &'w mut Noted,
}

/// Routes a request. Synchronous and without side effects beyond counters: everything that configuration decides is taken
/// from one snapshot here.
pub(crate) fn decide(context: &ThreadContext, incoming: Incoming<'_>, noted: &mut Noted) -> Decision {
    if incoming.request.target == Target::Server {
        return Decision::Answer(Answer { content_type: "", ..Answer::text(200, "") }, Reason::Internal, None);
    }
    context.with_snapshot(|snapshot| {
        let mut walk = Walk { context, snapshot, incoming, findings: Findings::default(), noted };
        match internal::find(&context.shared, incoming.entry_point, incoming.method(), incoming.path()) {
            None => walk.enter(),
            Some(kind) if kind.is_guarded() => walk.enter_internal(kind),
            Some(kind) => walk.internal(kind),
        }
    })
}

/// Goes on with a request when what it waited for is known.
pub(crate) fn resume(
    context: &ThreadContext,
    incoming: Incoming<'_>,
    suspended: Suspended,
    (told, noted): (Told, &mut Noted),
) -> Decision {
    let Suspended { ask, snapshot, place, step, findings } = suspended;
    let mut walk = Walk { context, snapshot: &snapshot, incoming, findings, noted };
    let chains = snapshot.entry_chains(incoming.entry_point);
    match (place, chains) {
        (Place::EntryPoint, Some(chains)) => {
            let passed = walk.passage(&chains.chain, &Rewritten::default()).resume(step, ask, told);
            walk.entered(passed)
        }
        (Place::Guards(kind), Some(chains)) => {
            let passed = walk.passage(&chains.guards, &Rewritten::default()).resume(step, ask, told);
            walk.guarded(kind, passed)
        }
        (Place::Route(route, rewritten), _) => {
            let passed = walk.passage(&route.chain, &rewritten).resume(step, ask, told);
            walk.followed(route, rewritten, passed)
        }
        (_, None) => closed(),
    }
}

impl<'w> Walk<'w> {
    fn passage<'a>(&'a mut self, chain: &'a Chain, rewritten: &'a Rewritten) -> Passage<'a> {
        let strict = self.context.shared.settings.strict;
        let (findings, user) = (&mut self.findings, &mut self.noted.user);
        Passage { incoming: self.incoming, chain, rewritten, findings, user, strict }
    }

    fn enter(&mut self) -> Decision {
        let snapshot = self.snapshot;
        match snapshot.entry_chains(self.incoming.entry_point) {
            Some(chains) if chains.closed => closed(),
            Some(chains) if !chains.chain.is_empty() => {
                let passed = self.passage(&chains.chain, &Rewritten::default()).run(0);
                self.entered(passed)
            }
            _ => self.route(),
        }
    }

    fn entered(&mut self, passed: Passed) -> Decision {
        match passed {
            Passed::Through => self.route(),
            Passed::Answer(answer, reason) => Decision::Answer(answer, reason, None),
            Passed::Ask(ask, step) => self.suspend(Place::EntryPoint, ask, step),
        }
    }

    fn enter_internal(&mut self, kind: Kind) -> Decision {
        let snapshot = self.snapshot;
        match snapshot.entry_chains(self.incoming.entry_point) {
            Some(chains) if chains.closed => closed(),
            Some(chains) if !chains.guards.is_empty() => {
                let passed = self.passage(&chains.guards, &Rewritten::default()).run(0);
                self.guarded(kind, passed)
            }
            _ => self.internal(kind),
        }
    }

    fn guarded(&mut self, kind: Kind, passed: Passed) -> Decision {
        match passed {
            Passed::Through => self.internal(kind),
            Passed::Answer(answer, _) => Decision::Answer(answer, Reason::Internal, None),
            Passed::Ask(ask, step) => self.suspend(Place::Guards(kind), ask, step),
        }
    }

    fn internal(&mut self, kind: Kind) -> Decision {
        match internal::answer(&self.context.shared, kind) {
            Some(answer) => Decision::Answer(answer, Reason::Internal, None),
            None => Decision::Forward(Destination::Admin(self.findings.edits.take())),
        }
    }

    fn route(&mut self) -> Decision {
        let incoming = self.incoming;
        let request = pointsman_router::Request {
            host: incoming.host(),
            method: incoming.method(),
            path: incoming.path(),
            query: incoming.query().unwrap_or_default(),
            headers: &incoming,
        };
        let snapshot = self.snapshot;
        match snapshot.route(incoming.entry_point, &request) {
            Found::Route(route) => self.follow(route),
            Found::RedirectSlash { path, .. } => {
                let answer = Answer::moved(&path, incoming.query(), incoming.method());
                Decision::Answer(answer, Reason::Redirected, None)
            }
            Found::Nothing => Decision::Answer(Answer::not_found(), Reason::NoRoute, None),
        }
    }

    fn follow(&mut self, route: &Arc<CompiledRoute>) -> Decision {
        let mut rewritten = Rewritten::default();
        if !route.modifiers.is_empty() {
            let (mut path, added) = (Vec::new(), &mut rewritten.added);
            let mut add = |name: &'static str, value: &[u8]| write_field(added, name.as_bytes(), value);
            match route.modifiers.apply(self.incoming.path(), &mut path, &mut add) {
                Rewrite::Unchanged => {}
                Rewrite::Changed => rewritten.path = Some(path),
                Rewrite::Lost => (rewritten.path, rewritten.drop_query) = (Some(path), true),
                Rewrite::NotFound => {
                    return Decision::Answer(Answer::not_found(), Reason::NoRoute, Some(Arc::clone(route)));
                }
            }
        }
        if let Some(pages) = &route.pages {
            let pools = pages.pools.iter().map(|&pool| Arc::clone(self.snapshot.pool(pool))).collect();
            let entry = self.snapshot.entry_chains(self.incoming.entry_point);
            let hides = |chain: &Chain| chain.hides_credentials();
            let hides_credentials = hides(&route.chain) || entry.is_some_and(|chains| hides(&chains.chain));
            self.noted.pages = Some(Box::new(Pages { route: Arc::clone(route), pools, hides_credentials }));
        }
        if route.chain.is_empty() {
            return self.end(Arc::clone(route), rewritten);
        }
        let passed = self.passage(&route.chain, &rewritten).run(0);
        self.followed(Arc::clone(route), rewritten, passed)
    }

    fn followed(&mut self, route: Arc<CompiledRoute>, rewritten: Rewritten, passed: Passed) -> Decision {
        match passed {
            Passed::Through => self.end(route, rewritten),
            Passed::Answer(answer, reason) => Decision::Answer(answer, reason, Some(route)),
            Passed::Ask(ask, step) => self.suspend(Place::Route(route, rewritten), ask, step),
        }
    }

    fn end(&mut self, route: Arc<CompiledRoute>, rewritten: Rewritten) -> Decision {
        match route.action {
            CompiledAction::Refuse { status, .. } => {
                Decision::Answer(Answer::refused(status), Reason::Refused, Some(route))
            }
            CompiledAction::Forward { pool, pass_host } => Decision::Forward(Destination::Pool(Route {
                pool: Arc::clone(self.snapshot.pool(pool)),
                route,
                pass_host,
                rewritten,
                findings: std::mem::take(&mut self.findings),
            })),
        }
    }

    fn suspend(&mut self, place: Place, ask: Ask, step: usize) -> Decision {
        let (snapshot, findings) = (Arc::clone(self.snapshot), std::mem::take(&mut self.findings));
        Decision::Wait(Box::new(Suspended { ask, snapshot, place, step, findings }))
    }
}

/// Of an entry point whose protection cannot be built: nobody passes.
fn closed() -> Decision {
    Decision::Answer(Answer::not_found(), Reason::Refused, None)
}

impl Decision {
    /// Whether an internal route answers.
    pub fn is_internal(&self) -> bool {
        matches!(self, Self::Answer(_, Reason::Internal, _) | Self::Forward(Destination::Admin(_)))
    }

    /// Where it goes, if it is sent on.
    pub fn destination(&self) -> Option<&Destination> {
        match self {
            Self::Forward(destination) => Some(destination),
            Self::Answer(..) | Self::Wait(_) => None,
        }
    }

    /// The route that matched.
    pub fn route(&self) -> Option<&CompiledRoute> {
        match self {
            Self::Answer(_, _, route) => route.as_deref(),
            Self::Forward(Destination::Pool(route)) => Some(&route.route),
            Self::Forward(Destination::Admin(_)) => None,
            Self::Wait(suspended) => match &suspended.place {
                Place::Route(route, _) => Some(route),
                Place::EntryPoint | Place::Guards(_) => None,
            },
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
