//! Pools as requests see them, and what of them lives on when they change.

use super::chunks::Chunks;
use super::policies::{Before, Draft, Health, Policies};
use super::upstreams::{Upstream, Upstreams};
use crate::telemetry::Meter;
use pointsman_balance::{Balancer, Method, Share};
use pointsman_plan as plan;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

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
    /// Backend name.
    pub name: Box<str>,
    /// Provider that declared it.
    pub provider: Box<str>,
    /// In the order of the balancer's indexes.
    pub upstreams: Box<[Arc<Upstream>]>,
    /// Whose turn it is where health is not checked: see `pick`.
    balancer: Arc<Balancer>,
    /// What few pools have, as the plan says it.
    pub options: Option<Arc<plan::PoolOptions>>,
    /// The same as requests meet it before and when a server is chosen; without, they pay nothing for it.
    pub policies: Option<Policies>,
    /// Counts the requests of routes that lead here, if anything does: the same as long as the plan or a route names it.
    pub meter: Option<Arc<Meter>>,
    method: plan::BalancerMethod,
}

impl CompiledPool {
    fn empty(provider: &str, name: &str, meter: Option<Arc<Meter>>) -> Self {
        Self {
            meter,
            name: name.into(),
            provider: provider.into(),
            upstreams: Box::new([]),
            balancer: Arc::new(Balancer::new(Method::Wrr, &[])),
            options: None,
            policies: None,
            method: plan::BalancerMethod::Wrr,
        }
    }

    /// Whether this is what `config` asks for.
    fn is(&self, config: &plan::Pool) -> bool {
        let servers = self.upstreams.iter().map(|upstream| &upstream.server);
        *self.name == *config.name
            && *self.provider == *config.provider
            && self.method == config.method
            && self.options == config.options
            && servers.eq(&config.servers)
    }

    /// Index of the server whose turn it is. `None`: see `is_deserted`.
    #[must_use]
    pub fn pick(&self) -> Option<usize> {
        match self.health() {
            None => self.balancer.pick(),
            Some(health) => health.checked.balancer().pick(),
        }
    }

    /// As `pick`, but not `avoided` if there is any other: for a retry.
    #[must_use]
    pub fn pick_avoiding(&self, avoided: usize) -> Option<usize> {
        match self.health() {
            None => self.balancer.pick_avoiding(avoided),
            Some(health) => health.checked.balancer().pick_avoiding(avoided),
        }
    }

    /// Whether nobody is there or up: 503. If nobody was picked all the same, nobody has a weight: 500 (compat(1.7)).
    #[must_use]
    pub fn is_deserted(&self) -> bool {
        self.upstreams.is_empty() || self.health().is_some_and(|health| health.checked.is_deserted())
    }

    /// Whether a server may be chosen without its turn.
    #[must_use]
    pub fn is_up(&self, index: usize) -> bool {
        self.health().is_none_or(|health| health.checked.is_up(index))
    }

    /// Whether `report` has any effect (`drr`).
    #[must_use]
    pub fn wants_reports(&self) -> bool {
        self.method == plan::BalancerMethod::Drr
    }

    /// Tells how the server at `index` answered at an instant of a steady clock.
    pub fn report(&self, index: usize, status: u16, now_ms: u64) {
        match self.health() {
            None => self.balancer.report(index, status, now_ms),
            Some(health) => health.checked.balancer().report(index, status, now_ms),
        }
    }

    /// How its servers are, if that is checked.
    #[must_use]
    pub fn health(&self) -> Option<&Health> {
        self.policies.as_ref()?.health.as_ref()
    }

    fn turns(&self) -> Arc<Balancer> {
        match self.health() {
            None => Arc::clone(&self.balancer),
            Some(health) => Arc::clone(&health.checked.balancer()),
        }
    }

    fn shares(&self) -> Vec<Share> {
        self.upstreams.iter().map(|up| Share { identity: up.serial, weight: up.server.weight }).collect()
    }

    /// The pool as `config` wants it; what stays equal is shared with this one.
    fn changed(&self, config: &plan::Pool, upstreams: &mut Upstreams, entry_points: usize) -> Self {
        let known: HashMap<&str, _> = self.upstreams.iter().map(|up| (up.server.address.as_str(), up)).collect();
        let kept = |server: &plan::Server| {
            known.get(server.address.as_str()).filter(|up| up.server == *server).map(|&up| Arc::clone(up))
        };
        let mut pool = Self {
            name: config.name.as_str().into(),
            provider: config.provider.as_str().into(),
            upstreams: config.servers.iter().map(|s| kept(s).unwrap_or_else(|| upstreams.get(s))).collect(),
            balancer: self.turns(),
            options: config.options.clone(),
            policies: None,
            meter: self.meter.clone(),
            method: config.method,
        };
        let (shares, method) = (pool.shares(), method(config.method));
        let before =
            Before { options: self.options.as_deref(), policies: self.policies.as_ref(), upstreams: &self.upstreams };
        pool.policies = config.options.as_deref().and_then(|options| {
            let (upstreams, turns) = (&*pool.upstreams, &*pool.balancer);
            let draft = Draft { options, upstreams, method, shares: &shares, turns, entry_points };
            Policies::build(&draft, &before)
        });
        let same = config.method == self.method && shares == self.shares() && self.health().is_none();
        if pool.health().is_none() && !same {
            pool.balancer = Arc::new(pool.balancer.with_servers(method, &shares));
        }
        pool
    }
}

fn method(method: plan::BalancerMethod) -> Method {
    match method {
        plan::BalancerMethod::Wrr => Method::Wrr,
        plan::BalancerMethod::Drr => Method::Drr,
    }
}

/// A pool as the plan writes it. Compiled pools hold all of it, so the plan's own need not be kept.
#[derive(Debug, Serialize)]
pub(super) struct DeclaredPool<'p> {
    provider: &'p str,
    name: &'p str,
    #[serde(skip_serializing_if = "is_wrr")]
    method: plan::BalancerMethod,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<&'p plan::PoolOptions>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    servers: Vec<&'p plan::Server>,
}

impl<'p> DeclaredPool<'p> {
    fn new(pool: &'p CompiledPool) -> Self {
        let servers = pool.upstreams.iter().map(|upstream| &upstream.server).collect();
        Self {
            provider: &pool.provider,
            name: &pool.name,
            method: pool.method,
            options: pool.options.as_deref(),
            servers,
        }
    }

    #[cfg(test)]
    pub(super) fn to_pool(&self) -> plan::Pool {
        plan::Pool {
            provider: self.provider.to_owned(),
            name: self.name.to_owned(),
            method: self.method,
            options: self.options.cloned().map(Arc::new),
            servers: self.servers.iter().copied().cloned().collect(),
        }
    }
}

fn is_wrr(method: &plan::BalancerMethod) -> bool {
    *method == plan::BalancerMethod::Wrr
}

/// The pools of the plan and those that routes name.
#[derive(Debug)]
pub(super) struct Pools {
    /// Of all pools, and others that are asked beside them.
    pub(super) upstreams: Upstreams,
    known: HashMap<Box<str>, Known>,
    free: Vec<u32>,
    ids: u32,
    compiled: Chunks<Arc<CompiledPool>>,
    checked: CheckedPools,
    entry_points: usize,
    /// How many threads count requests; 0: nobody does.
    metered: usize,
}

/// The pools whose health is checked, by key.
pub type CheckedPools = Arc<BTreeMap<Box<str>, Arc<CompiledPool>>>;

#[derive(Debug)]
struct Known {
    id: PoolId,
    meter: Option<Arc<Meter>>,
    routes: usize,
    declared: bool,
}

impl Pools {
    pub(super) fn new(entry_points: usize, metered: usize) -> Self {
        let nowhere = Arc::new(CompiledPool::empty("", "", None));
        let (upstreams, known, free) = (Upstreams::default(), HashMap::new(), Vec::new());
        let (compiled, checked) = (Chunks::new(nowhere), CheckedPools::default());
        Self { upstreams, known, free, ids: 0, compiled, checked, entry_points, metered }
    }

    /// Forgets all pools, but not which servers have which slots: requests may still be on their way to them.
    pub(super) fn begin_again(&mut self) {
        let upstreams = std::mem::take(&mut self.upstreams);
        *self = Self { upstreams, ..Self::new(self.entry_points, self.metered) };
    }

    /// Whether the pool is declared just so.
    pub(super) fn is_declared(&self, key: &str, config: &plan::Pool) -> bool {
        let known = self.known.get(key).filter(|known| known.declared);
        known.is_some_and(|known| self.compiled.get(known.id.index()).is(config))
    }

    /// All pools that are declared, by key.
    pub(super) fn declared(&self) -> BTreeMap<&str, DeclaredPool<'_>> {
        let declared = self.known.iter().filter(|(_, known)| known.declared);
        declared.map(|(key, known)| (&**key, DeclaredPool::new(self.compiled.get(known.id.index())))).collect()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// For a snapshot.
    pub(super) fn compiled(&self) -> Chunks<Arc<CompiledPool>> {
        self.compiled.clone()
    }

    /// For a snapshot.
    pub(super) fn checked(&self) -> CheckedPools {
        Arc::clone(&self.checked)
    }

    /// Declares a pool, anew or otherwise than before; `None`: it has no servers any more.
    pub(super) fn declare(&mut self, key: &str, config: Option<&plan::Pool>) {
        let id = self.known(key).id;
        let known = self.compiled.get(id.index());
        let pool = config.map(|config| known.changed(config, &mut self.upstreams, self.entry_points));
        let pool = Arc::new(pool.unwrap_or_else(|| empty(key, known.meter.clone())));
        if pool.health().is_some() {
            Arc::make_mut(&mut self.checked).insert(key.into(), Arc::clone(&pool));
        } else if known.health().is_some() {
            Arc::make_mut(&mut self.checked).remove(key);
        }
        self.compiled.set(id.index(), pool);
        self.known(key).declared = config.is_some();
        self.forget_unused(key);
    }

    /// The place of a pool that a route names, declared or not.
    pub(super) fn claim(&mut self, key: &str) -> PoolId {
        let known = self.known(key);
        known.routes += 1;
        known.id
    }

    /// What counts the requests of a pool that is known.
    pub(super) fn meter(&self, key: &str) -> Option<Arc<Meter>> {
        self.known.get(key)?.meter.clone()
    }

    /// A route that had claimed the pool is gone.
    pub(super) fn release(&mut self, key: &str) {
        let known = self.known(key);
        known.routes = known.routes.saturating_sub(1);
        self.forget_unused(key);
    }

    fn known(&mut self, key: &str) -> &mut Known {
        match self.known.entry(key.into()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let id = PoolId(self.free.pop().unwrap_or_else(|| {
                    self.ids += 1;
                    self.ids - 1
                }));
                let meter = (self.metered > 0).then(|| Arc::new(Meter::new(self.metered)));
                self.compiled.set(id.index(), Arc::new(empty(key, meter.clone())));
                free.insert(Known { id, meter, routes: 0, declared: false })
            }
        }
    }

    fn forget_unused(&mut self, key: &str) {
        if let Some(known) = self.known.get(key)
            && known.routes == 0
            && !known.declared
        {
            self.compiled.clear(known.id.index());
            self.free.push(known.id.0);
            self.known.remove(key);
        }
    }
}

fn empty(key: &str, meter: Option<Arc<Meter>>) -> CompiledPool {
    let (provider, name) = key.split_once('/').unwrap_or(("", key));
    CompiledPool::empty(provider, name, meter)
}
