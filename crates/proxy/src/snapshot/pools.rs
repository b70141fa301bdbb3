//! Pools and servers as requests see them.

use pointsman_balance::Balancer;
use pointsman_plan as plan;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// Place of a pool in a `Snapshot`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PoolId(u32);

impl PoolId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Servers and whose turn it is.
#[derive(Debug)]
pub struct CompiledPool {
    /// Backend name; empty for a pool that the plan lacks.
    pub name: Box<str>,
    /// Provider that declared it.
    pub provider: Box<str>,
    /// In the order of the balancer's indexes.
    pub upstreams: Box<[Arc<Upstream>]>,
    /// `None` from `pick`: 503 if there are no upstreams, 500 if none has a weight (compat(1.7)).
    pub balancer: Arc<Balancer>,
}

/// One server, the same for all pools and snapshots that name its scheme and address.
#[derive(Debug)]
pub struct Upstream {
    /// Dense number for per-thread tables; given to another server after this one is gone: see `serial`.
    pub slot: u32,
    /// Never given twice: a table entry made under `slot` for another `serial` belongs to a server that is gone.
    pub serial: u64,
    /// Address, Host, URL.
    pub server: plan::Server,
    /// Requests under way, over all threads and snapshots.
    pub in_flight: Arc<AtomicU32>,
}
