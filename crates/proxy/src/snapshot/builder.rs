//! From plans and deltas to snapshots.

use super::chains::EntryChains;
use super::policies::RateLimits;
use super::pools::Pools;
use super::routes::{CompiledRoute, Compiler, Metered, page_pools};
use super::{Snapshot, chunks::Chunks};
use crate::telemetry::RouteMeter;
use crate::traffic::RouteCounts;
use pointsman_middleware::{BuildError, Building, Nonces, PasswordCache};
use pointsman_plan::{Action, Plan, Pool, Route, RouteProblem, RouteStats, Routes as Wanted, Settings};
use pointsman_router::{Entry, Regexes, Table};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

/// The result of a plan or delta: in force once the caller has swapped `snapshot` in.
#[derive(Debug)]
pub struct Applied {
    /// Serves the new generation.
    pub snapshot: Arc<Snapshot>,
    /// What is wrong with the plan's routes: those left out, those that answer 404 because what protects them is broken,
    /// and those that go without a replacement that cannot be compiled.
    pub problems: Vec<RouteProblem>,
}

/// Keeps the current plan and all that outlives a snapshot; owned by the one task that applies plans.
#[derive(Debug)]
pub struct Builder {
    strict: bool,
    /// How many threads count a route's requests.
    counting: usize,
    /// The same for metrics.
    metered: usize,
    snapshot: Arc<Snapshot>,
    generation: u64,
    routes: Routes,
    pools: Pools,
    regexes: Regexes,
    passwords: Arc<PasswordCache>,
    nonces: Arc<Nonces>,
    /// By route key.
    entries: HashMap<Box<str>, Arc<Filed>>,
    problems: BTreeMap<Box<str>, Vec<RouteProblem>>,
    /// Of the entry points, for the life of the process.
    entry_problems: Vec<RouteProblem>,
    /// A change was begun and not ended: nothing above can be relied on.
    half_way: bool,
}

type Filed = Entry<Arc<CompiledRoute>>;
/// Boxed, or the map's half-empty nodes would weigh more than the routes.
type Routes = BTreeMap<Box<str>, Box<Route>>;

/// The plan in force; written, it is just as the controller's.
#[derive(Debug)]
pub struct CurrentPlan<'b> {
    generation: u64,
    routes: &'b Routes,
    pools: &'b Pools,
}

impl Serialize for CurrentPlan<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pools = self.pools.declared();
        let mut map = serializer.serialize_map(None)?;
        if self.generation > 0 {
            map.serialize_entry("generation", &self.generation)?;
        }
        if !self.routes.is_empty() {
            map.serialize_entry("routes", self.routes)?;
        }
        if !pools.is_empty() {
            map.serialize_entry("pools", &pools)?;
        }
        map.end()
    }
}

/// What a route takes over from the one under the same key before it.
#[derive(Default)]
struct Kept {
    counts: Option<Arc<RouteCounts>>,
    metered: Option<Metered>,
    rate_limits: Option<Arc<RateLimits>>,
}

impl Kept {
    fn of(route: &CompiledRoute) -> Self {
        let (metered, rate_limits) = (route.metered.clone(), route.rate_limits.clone());
        Self { counts: Some(Arc::clone(&route.counts)), metered, rate_limits }
    }
}

/// Entries to take from and put into one entry point's table.
#[derive(Default)]
struct Changes {
    removed: Vec<Arc<Filed>>,
    added: Vec<Arc<Filed>>,
}

impl Builder {
    /// Starts with no plan: every request is answered 404.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let entry_points: Arc<[Arc<str>]> = settings.entry_points.keys().map(|name| name.as_str().into()).collect();
        let tables = entry_points.iter().map(|_| Table::new()).collect();
        let metered = if settings.metrics.is_some() { settings.threads } else { 0 };
        let pools = Pools::new(entry_points.len(), metered);
        let (compiled, checked) = (pools.compiled(), pools.checked());
        let entry_chains = Arc::default();
        let snapshot = Snapshot { generation: 0, entry_points, entry_chains, tables, pools: compiled, checked };
        let mut builder = Self {
            strict: settings.strict,
            counting: if settings.recent_errors > 0 { settings.threads } else { 0 },
            metered,
            snapshot: Arc::new(snapshot),
            generation: 0,
            routes: Routes::new(),
            pools,
            regexes: Regexes::default(),
            passwords: Arc::default(),
            nonces: Arc::new(Nonces::new(Instant::now())),
            entries: HashMap::new(),
            problems: BTreeMap::new(),
            entry_problems: Vec::new(),
            half_way: false,
        };
        builder.guard(settings);
        builder
    }

    /// Builds what requests of the entry points pass. Nobody passes where that fails.
    fn guard(&mut self, settings: &Settings) {
        let entry_points = Arc::clone(&self.snapshot.entry_points);
        let mut building = Building {
            strict: self.strict,
            regexes: &mut self.regexes,
            entry_points: &entry_points,
            passwords: &self.passwords,
            nonces: &self.nonces,
        };
        let mut chains = Vec::with_capacity(entry_points.len());
        for (name, config) in &settings.entry_points {
            let built = EntryChains::build(config, &mut building, &mut self.pools.upstreams);
            chains.push(built.unwrap_or_else(|error| {
                self.entry_problems.push(problem(&format!("entryPoints.{name}"), error));
                EntryChains::closed()
            }));
        }
        let tables = entry_points.iter().map(|_| Table::new()).collect();
        let (entry_chains, pools, checked) = (chains.into(), self.pools.compiled(), self.pools.checked());
        self.snapshot = Arc::new(Snapshot { generation: 0, entry_points, entry_chains, tables, pools, checked });
    }

    /// The latest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The plan in force, to be written to the state folder.
    #[must_use]
    pub fn plan(&self) -> CurrentPlan<'_> {
        CurrentPlan { generation: self.generation, routes: &self.routes, pools: &self.pools }
    }

    /// Numbers of the routes that served something, by key.
    #[must_use]
    pub fn route_stats(&self, wanted: Wanted) -> BTreeMap<String, RouteStats> {
        let whole = match wanted {
            Wanted::None => return BTreeMap::new(),
            Wanted::Changed => false,
            Wanted::All => true,
        };
        let stats = |entry: &Filed| entry.payload().counts.stats(whole);
        self.entries.iter().filter_map(|(key, entry)| Some((key.to_string(), stats(entry)?))).collect()
    }

    /// Replaces everything; what is equal keeps its state.
    pub fn apply_plan(&mut self, plan: Plan) -> Applied {
        if self.half_way {
            self.begin_again();
        }
        let same = |key: &str, route: &Route| self.routes.get(key).is_some_and(|known| **known == *route);
        let routes = difference(self.routes.keys().map(|key| &**key), plan.routes, same);
        let same = |key: &str, pool: &Pool| self.pools.is_declared(key, pool);
        let pools = difference(self.pools.declared().into_keys(), plan.pools, same);
        self.change(plan.generation, routes, pools)
    }

    /// Applies changes to the plan of generation `base`; `None` removes.
    ///
    /// # Errors
    /// Says why the delta was refused whole: another base, a generation that does not rise. Nothing has changed then.
    pub fn apply_delta(
        &mut self,
        base: u64,
        generation: u64,
        routes: BTreeMap<String, Option<Route>>,
        pools: BTreeMap<String, Option<Pool>>,
    ) -> Result<Applied, String> {
        let current = self.generation;
        if self.half_way {
            return Err("the last change was not completed: a whole plan is wanted".to_owned());
        }
        if base != current {
            return Err(format!("the change is to generation {base}, but {current} is in force"));
        }
        if generation <= current {
            return Err(format!("generation {generation} does not rise above {current}"));
        }
        Ok(self.change(generation, routes, pools))
    }

    #[cfg(test)]
    pub(super) fn to_plan(&self) -> Plan {
        Plan {
            generation: self.generation,
            routes: self.routes.iter().map(|(key, route)| (key.to_string(), (**route).clone())).collect(),
            pools: self.pools.declared().into_iter().map(|(key, pool)| (key.to_owned(), pool.to_pool())).collect(),
            ..Plan::default()
        }
    }

    /// As a panic in the middle of a change would leave it.
    #[cfg(test)]
    pub(super) fn break_off(&mut self) {
        self.half_way = true;
        self.routes.clear();
    }

    #[cfg(test)]
    pub(super) fn pool_count(&self) -> usize {
        self.pools.len()
    }

    fn begin_again(&mut self) {
        self.generation = 0;
        self.routes.clear();
        self.entries.clear();
        self.problems.clear();
        self.pools.begin_again();
        let entry_points = Arc::clone(&self.snapshot.entry_points);
        let tables = entry_points.iter().map(|_| Table::new()).collect();
        let (pools, checked) = (self.pools.compiled(), self.pools.checked());
        let entry_chains = Arc::clone(&self.snapshot.entry_chains);
        self.snapshot = Arc::new(Snapshot { generation: 0, entry_points, entry_chains, tables, pools, checked });
    }

    fn change(
        &mut self,
        generation: u64,
        routes: BTreeMap<String, Option<Route>>,
        pools: BTreeMap<String, Option<Pool>>,
    ) -> Applied {
        self.half_way = true;
        for (key, pool) in pools {
            self.pools.declare(&key, pool.as_ref());
        }
        let mut changes: Vec<Changes> = self.snapshot.tables.iter().map(|_| Changes::default()).collect();
        for (key, route) in routes {
            self.change_route(&key, route.as_ref(), &mut changes);
            match route {
                Some(route) => drop(self.routes.insert(key.into(), Box::new(route))),
                None => drop(self.routes.remove(&*key)),
            }
        }
        self.generation = generation;
        let tables = self.snapshot.tables.iter().zip(&changes);
        let tables = tables.map(|(table, change)| table.update(&change.removed, &change.added)).collect();
        let (pools, checked): (Chunks<_>, _) = (self.pools.compiled(), self.pools.checked());
        let entry_points = Arc::clone(&self.snapshot.entry_points);
        let entry_chains = Arc::clone(&self.snapshot.entry_chains);
        self.snapshot = Arc::new(Snapshot { generation, entry_points, entry_chains, tables, pools, checked });
        self.half_way = false;
        let problems = self.entry_problems.iter().chain(self.problems.values().flatten()).cloned().collect();
        Applied { snapshot: Arc::clone(&self.snapshot), problems }
    }

    fn change_route(&mut self, key: &str, route: Option<&Route>, changes: &mut [Changes]) {
        let old = self.routes.get(key);
        let mut kept = Kept::default();
        if let (Some(entry), Some(old)) = (self.entries.remove(key), old) {
            kept = Kept::of(entry.payload());
            let indexes = self.snapshot.indexes(old);
            indexes.for_each(|index| changes[index].removed.push(Arc::clone(&entry)));
        }
        self.problems.remove(key);
        // The new one claims its pools first: the same pool shall not be forgotten in between.
        let built = route.map(|route| (route, self.build(key, route, kept)));
        if let Some(old) = self.routes.get(key) {
            pool_of(old).into_iter().chain(page_pools(old)).for_each(|pool| self.pools.release(pool));
        }
        let Some((route, Some(entry))) = built else { return };
        self.snapshot.indexes(route).for_each(|index| changes[index].added.push(Arc::clone(&entry)));
        self.entries.insert(key.into(), entry);
    }

    /// What counts the route's requests: what did before, unless other labels make other series of it.
    fn metered(&self, route: &Route, kept: Option<Metered>) -> Option<Metered> {
        if self.metered == 0 {
            return None;
        }
        let same = kept.filter(|kept| kept.labels == route.labels);
        let meter = same.map_or_else(|| Arc::new(RouteMeter::new(self.metered)), |kept| kept.meter);
        let pool = pool_of(route).and_then(|pool| self.pools.meter(pool));
        Some(Metered { labels: Arc::clone(&route.labels), meter, pool })
    }

    /// The compiled route, or `None` with its problem noted.
    fn build(&mut self, key: &str, route: &Route, kept: Kept) -> Option<Arc<Filed>> {
        let pool = pool_of(route).map(|pool| self.pools.claim(pool));
        let page_pools = page_pools(route).map(|pool| self.pools.claim(pool)).collect();
        let counts = kept.counts.unwrap_or_else(|| Arc::new(RouteCounts::new(self.counting)));
        let metered = self.metered(route, kept.metered);
        let (limits, warnings) = (kept.rate_limits, Vec::new());
        let building = Building {
            strict: self.strict,
            regexes: &mut self.regexes,
            entry_points: &self.snapshot.entry_points,
            passwords: &self.passwords,
            nonces: &self.nonces,
        };
        let mut compiler =
            Compiler { building, upstreams: &mut self.pools.upstreams, counts, metered, limits, warnings };
        let compiled = compiler.compile(route, pool, page_pools);
        let mut errors = compiler.warnings;
        let entry = compiled.and_then(|compiled| Entry::build(route, &mut self.regexes, Arc::new(compiled)));
        let entry = entry.map_err(|error| errors.push(error)).ok();
        errors.extend(
            route.entry_points.iter().filter(|name| !self.snapshot.has_entry_point(name)).map(|name| unknown(name)),
        );
        if !errors.is_empty() {
            self.problems.insert(key.into(), errors.into_iter().map(|error| problem(key, error)).collect());
        }
        entry.map(Arc::new)
    }
}

impl Snapshot {
    fn has_entry_point(&self, name: &str) -> bool {
        self.entry_points.iter().any(|known| **known == *name)
    }

    /// Indexes of a route's entry points, each once.
    fn indexes<'s>(&'s self, route: &'s Route) -> impl Iterator<Item = usize> + 's {
        let named = |name: &Arc<str>| route.entry_points.iter().any(|wanted| **wanted == **name);
        self.entry_points.iter().enumerate().filter(move |(_, name)| named(name)).map(|(index, _)| index)
    }
}

/// Key of the pool that a route's requests go to.
fn pool_of(route: &Route) -> Option<&str> {
    match &route.action {
        Action::Forward { pool, .. } => Some(pool),
        Action::Refuse { .. } => None,
    }
}

fn unknown(name: &str) -> BuildError {
    BuildError { key: "entry_points", value: name.to_owned(), message: "there is no such entry point".to_owned() }
}

fn problem(route: &str, error: BuildError) -> RouteProblem {
    RouteProblem { route: route.to_owned(), key: error.key.to_owned(), value: error.value, message: error.message }
}

/// What turns what is known into `new`.
fn difference<'k, V>(
    known: impl Iterator<Item = &'k str>,
    new: BTreeMap<String, V>,
    same: impl Fn(&str, &V) -> bool,
) -> BTreeMap<String, Option<V>> {
    let gone: Vec<_> = known.filter(|key| !new.contains_key(*key)).map(str::to_owned).collect();
    let changed = new.into_iter().filter(|(key, value)| !same(key, value));
    let mut difference: BTreeMap<_, _> = changed.map(|(key, value)| (key, Some(value))).collect();
    difference.extend(gone.into_iter().map(|key| (key, None)));
    difference
}
