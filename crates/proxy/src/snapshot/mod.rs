//! Owns the compiled configuration: what a request reads (`Snapshot`, one `Arc`, immutable) and what lives on across
//! snapshots (`Builder`: balancers, upstreams, limits, health). Knows nothing of sockets and of how plans arrive.

mod builder;
mod chains;
mod chunks;
mod explain;
mod policies;
mod pools;
mod routes;
mod upstreams;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use builder::{Applied, Builder, CurrentPlan};
pub use chains::{Chain, CompiledPages, EntryChains};
pub use policies::{Health, Policies, RateLimits, Sticky};
pub use pools::{CheckedPools, CompiledPool, PoolId};
pub use routes::{CompiledAction, CompiledRoute, Metered};
pub use upstreams::Upstream;

use chunks::Chunks;
use pointsman_router::{Explanation, Found, Headers, Request, Table};
use std::sync::Arc;

/// Everything about a request that configuration can change, at one instant.
#[derive(Debug)]
pub struct Snapshot {
    generation: u64,
    entry_points: Arc<[Arc<str>]>,
    /// In the same order.
    entry_chains: Arc<[EntryChains]>,
    tables: Box<[Table<Arc<CompiledRoute>>]>,
    pools: Chunks<Arc<CompiledPool>>,
    checked: CheckedPools,
}

impl Snapshot {
    /// The plan's generation; 0 = no plan yet.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Names of the entry points, sorted: the order of `route`'s indexes.
    #[must_use]
    pub fn entry_points(&self) -> &[Arc<str>] {
        &self.entry_points
    }

    /// What requests of an entry point pass (index in sorted name order).
    #[must_use]
    pub fn entry_chains(&self, entry_point: usize) -> Option<&EntryChains> {
        self.entry_chains.get(entry_point)
    }

    /// The route that answers a request that came in by this entry point (index in sorted name order).
    pub fn route<H: Headers + ?Sized>(
        &self,
        entry_point: usize,
        request: &Request<'_, H>,
    ) -> Found<'_, Arc<CompiledRoute>> {
        self.tables.get(entry_point).map_or(Found::Nothing, |table| table.find(request))
    }

    /// All routes that may answer a request, some more than once.
    pub fn each_route<'s>(&'s self, mut visit: impl FnMut(&'s CompiledRoute)) {
        self.tables.iter().for_each(|table| table.each(|entry| visit(entry.payload())));
    }

    /// Why `route` answers as it does; `None` if there is no such entry point.
    pub fn explain<'s, H: Headers + ?Sized>(
        &'s self,
        entry_point: usize,
        request: &Request<'_, H>,
    ) -> Option<Explanation<'s, Arc<CompiledRoute>>> {
        self.tables.get(entry_point).map(|table| table.explain(request))
    }

    /// The pools whose health is checked.
    #[must_use]
    pub fn checked_pools(&self) -> &CheckedPools {
        &self.checked
    }

    /// All pools, and places without one: those have no name.
    pub fn pools(&self) -> impl Iterator<Item = &CompiledPool> {
        self.pools.iter().map(|pool| &**pool)
    }

    /// The pool of a `CompiledAction::Forward` of this snapshot.
    #[must_use]
    pub fn pool(&self, id: PoolId) -> &Arc<CompiledPool> {
        self.pools.get(id.index())
    }
}
