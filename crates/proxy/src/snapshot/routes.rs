//! Routes as requests see them.

use super::upstreams::Upstreams;
use super::{Chain, CompiledPages, PoolId, RateLimits};
use crate::telemetry::{Meter, RouteMeter};
use crate::traffic::RouteCounts;
use pointsman_middleware::{BuildError, Building, ErrorPages, PathModifiers};
use pointsman_plan as plan;
use std::sync::Arc;

/// What is done with a request that a route matched.
#[derive(Debug)]
pub struct CompiledRoute {
    /// Frontend name.
    pub name: Box<str>,
    /// Provider that declared it.
    pub provider: Box<str>,
    /// Where the user wrote it; may be empty.
    pub origin: Box<str>,
    /// Run first.
    pub modifiers: PathModifiers,
    /// Run after the modifiers.
    pub chain: Chain,
    /// Around the chain and all behind it.
    pub pages: Option<CompiledPages>,
    /// Asked before a server is chosen.
    pub rate_limits: Option<Arc<RateLimits>>,
    /// Done last.
    pub action: CompiledAction,
    /// Its numbers; those of the route under the same key before it.
    pub counts: Arc<RouteCounts>,
    /// The same for metrics, if there are any.
    pub metered: Option<Metered>,
}

/// What counts the requests of a route, and under which labels.
#[derive(Clone, Debug)]
pub struct Metered {
    /// Names and values.
    pub labels: Arc<[(Box<str>, Box<str>)]>,
    /// Its own; that of the route under the same key and labels before it.
    pub meter: Arc<RouteMeter>,
    /// Of the pool that its requests go to.
    pub pool: Option<Arc<Meter>>,
}

/// A route's end.
#[derive(Debug)]
pub enum CompiledAction {
    /// Send the request to a server of a pool.
    Forward {
        /// Look it up in the snapshot the route came from: `Snapshot::pool`.
        pool: PoolId,
        /// Keep the client's Host; else `Upstream.server.host`.
        pass_host: bool,
    },
    /// Answer ourselves; 404 has the router's own body.
    Refuse {
        /// Response status.
        status: u16,
        /// For logs and explanations, not for the client.
        reason: Box<str>,
    },
}

/// What routes are compiled with.
pub(super) struct Compiler<'b> {
    pub(super) building: Building<'b>,
    pub(super) upstreams: &'b mut Upstreams,
    pub(super) counts: Arc<RouteCounts>,
    pub(super) metered: Option<Metered>,
    /// Of the same route before.
    pub(super) limits: Option<Arc<RateLimits>>,
    /// What was wrong but did not keep the route from its requests.
    pub(super) warnings: Vec<BuildError>,
}

impl Compiler<'_> {
    /// Compiles all but the matchers; `pool` is where a `Forward` goes, `page_pools` those of the error pages in order. A
    /// route whose protection cannot be built keeps its requests and answers them 404: they must not fall to a less
    /// protected one.
    pub(super) fn compile(
        &mut self,
        route: &plan::Route,
        pool: Option<PoolId>,
        page_pools: Box<[PoolId]>,
    ) -> Result<CompiledRoute, BuildError> {
        let built = PathModifiers::build(&route.modifiers, self.building.regexes, &mut self.warnings)?;
        let chain = Chain::build(&route.middlewares, &mut self.building, self.upstreams);
        let protection = chain.and_then(|chain| Ok((chain, self.rate_limits(route)?)));
        let (modifiers, (chain, rate_limits), pages, action) = match protection {
            Ok(protection) => (built, protection, pages(route, page_pools), action(&route.action, pool)),
            Err(error) => {
                let action = CompiledAction::Refuse { status: 404, reason: error.to_string().into() };
                self.warnings.push(error);
                (PathModifiers::default(), Default::default(), None, action)
            }
        };
        let text = |text: &str| text.into();
        let (name, provider, origin) = (text(&route.name), text(&route.provider), text(&route.origin));
        let (counts, metered) = (Arc::clone(&self.counts), self.metered.clone());
        Ok(CompiledRoute { name, provider, origin, modifiers, chain, pages, rate_limits, action, counts, metered })
    }

    fn rate_limits(&self, route: &plan::Route) -> Result<Option<Arc<RateLimits>>, BuildError> {
        let Some(config) = &route.rate_limit else { return Ok(None) };
        match RateLimits::build(config, self.limits.as_ref(), self.building.entry_points.len()) {
            Some(limits) => Ok(Some(limits)),
            None => Err(BuildError {
                key: "rate_limit",
                value: config.source.clone(),
                message: "there is no such source of requests".to_owned(),
            }),
        }
    }
}

/// Keys of the pools of a route's error pages, in order.
pub(super) fn page_pools(route: &plan::Route) -> impl Iterator<Item = &str> {
    let pages = route.middlewares.iter().filter_map(|config| match config {
        plan::Middleware::ErrorPages { pages } => Some(pages),
        _ => None,
    });
    pages.flatten().map(|page| page.pool.as_str())
}

fn pages(route: &plan::Route, pools: Box<[PoolId]>) -> Option<CompiledPages> {
    let all: Vec<_> = route
        .middlewares
        .iter()
        .filter_map(|config| match config {
            plan::Middleware::ErrorPages { pages } => Some(pages),
            _ => None,
        })
        .flatten()
        .cloned()
        .collect();
    (!all.is_empty()).then(|| CompiledPages { pages: ErrorPages::build(&all), pools })
}

fn action(action: &plan::Action, pool: Option<PoolId>) -> CompiledAction {
    match (action, pool) {
        (plan::Action::Forward { pass_host, .. }, Some(pool)) => {
            CompiledAction::Forward { pool, pass_host: *pass_host }
        }
        (plan::Action::Forward { pool, .. }, None) => {
            CompiledAction::Refuse { status: 503, reason: format!("no pool {pool}").into() }
        }
        (plan::Action::Refuse { status, reason }, _) => {
            CompiledAction::Refuse { status: *status, reason: reason.as_str().into() }
        }
    }
}
