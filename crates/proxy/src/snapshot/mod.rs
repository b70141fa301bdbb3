//! Owns the compiled configuration: what a request reads (`Snapshot`, one `Arc`, immutable) and what lives on across
//! snapshots (`Builder`: balancers, upstreams). Knows nothing of sockets and of how plans arrive.

mod builder;
mod pools;
mod routes;

pub use builder::{Applied, Builder};
pub use pools::{CompiledPool, PoolId, Upstream};
pub use routes::{CompiledAction, CompiledRoute};

use pointsman_router::{Found, Headers, Request, Table};
use std::sync::Arc;

/// Everything about a request that configuration can change, at one instant.
#[derive(Debug)]
pub struct Snapshot {
    generation: u64,
    entry_points: Arc<[Arc<str>]>,
    tables: Box<[Table<Arc<CompiledRoute>>]>,
    pools: Box<[Arc<CompiledPool>]>,
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

    /// The route that answers a request that came in by this entry point (index in sorted name order).
    pub fn route<H: Headers + ?Sized>(
        &self,
        entry_point: usize,
        request: &Request<'_, H>,
    ) -> Found<'_, Arc<CompiledRoute>> {
        self.tables.get(entry_point).map_or(Found::Nothing, |table| table.find(request))
    }

    /// The pool of a `CompiledAction::Forward` of this snapshot.
    #[must_use]
    pub fn pool(&self, id: PoolId) -> &Arc<CompiledPool> {
        &self.pools[id.index()]
    }
}
