//! What a connection may use: the process's shared state, and its thread's own.

use crate::answers::Clock;
use crate::buffers::Buffers;
use crate::drain::DrainState;
use crate::forward::{Names, Packers, Pools, Trust};
use crate::hashing::Hashing;
use crate::health::Stir;
use crate::internal::Routes;
use crate::logs;
use crate::snapshot::Snapshot;
use crate::steady::Steady;
use crate::telemetry::{AccessLog, Metrics, Recorder, Telemetry, Tracer};
use crate::timers::Timers;
use crate::traffic::{ThreadTraffic, Traffic};
use arc_swap::{ArcSwap, Cache};
use pointsman_plan::Settings;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;

/// One per process.
#[derive(Debug)]
pub struct Shared {
    /// As the process was started with.
    pub settings: Settings,
    /// What requests are answered by; swapped whole.
    pub snapshot: ArcSwap<Snapshot>,
    /// How far the process is on its way out.
    pub drain: DrainState,
    /// Counts of all threads.
    pub telemetry: Telemetry,
    /// What the API shows of traffic.
    pub traffic: Traffic,
    /// Addresses of upstream names, last good ones kept.
    pub names: Names,
    /// The clock of what threads share.
    pub(crate) steady: Steady,
    /// Word of changes of health.
    pub health: Stir,
    /// Wakes who follows the snapshots.
    pub(crate) swapped: Notify,
    /// Where passwords are hashed.
    pub(crate) hashing: Hashing,
    /// Per entry point, in sorted name order: whose X-Forwarded-* are believed.
    pub(crate) trust: Box<[Trust]>,
    /// Per entry point, in sorted name order: whose PROXY protocol headers are believed; `None` = it takes none.
    pub(crate) introducers: Box<[Option<Trust>]>,
    /// Per entry point, in sorted name order: what is answered before any frontend.
    pub internal: Box<[Routes]>,
}

impl Shared {
    /// For a process that starts with `snapshot` in force.
    #[must_use]
    pub fn new(settings: Settings, snapshot: Arc<Snapshot>) -> Arc<Self> {
        let trust =
            settings.entry_points.values().map(|point| Trust::new(&point.forwarded_headers, settings.strict)).collect();
        let introducers = settings
            .entry_points
            .values()
            .map(|point| point.proxy_protocol.as_ref().map(Trust::of_introducers))
            .collect();
        let internal = settings.entry_points.values().map(Routes::of).collect();
        let traffic = Traffic::new(settings.recent_errors);
        let telemetry = Telemetry::new(access_log(&settings), metrics(&settings)).with_tracer(tracer(&settings));
        Arc::new(Self {
            settings,
            traffic,
            internal,
            snapshot: ArcSwap::new(snapshot),
            drain: DrainState::new(),
            telemetry,
            names: Names::default(),
            steady: Steady::default(),
            hashing: Hashing::default(),
            trust,
            introducers,
            swapped: Notify::new(),
            health: Stir::default(),
        })
    }

    /// Has new requests answered by `snapshot` from now on.
    pub fn put_in_force(&self, snapshot: Arc<Snapshot>) {
        self.snapshot.store(snapshot);
        self.telemetry.reloads.note();
        self.swapped.notify_one();
    }
}

fn metrics(settings: &Settings) -> Option<Metrics> {
    let config = settings.metrics.as_ref()?;
    Some(Metrics::new(config, settings.entry_points.keys().cloned(), settings.threads))
}

fn tracer(settings: &Settings) -> Option<Arc<Tracer>> {
    let config = settings.tracing.as_ref()?;
    let tracer = Tracer::start(config, settings.entry_points.keys().cloned(), logs::warning);
    tracer.inspect_err(|error| logs::error(format_args!("Nothing is traced: {error}"))).ok()
}

fn access_log(settings: &Settings) -> Option<Arc<AccessLog>> {
    let config = settings.access_log.as_ref()?;
    let log = AccessLog::start(config, settings.entry_points.keys().cloned(), logs::warning);
    log.inspect_err(|error| logs::error(format_args!("There is no access log: {error}"))).ok()
}

/// One per thread: everything a request touches without a lock. Make it inside the thread's `LocalSet`.
#[derive(Debug)]
pub struct ThreadContext {
    /// The process's.
    pub shared: Arc<Shared>,
    /// Where this thread's finished requests go.
    pub recorder: Recorder,
    /// This thread's numbers for the API, if there is one.
    pub(crate) traffic: Option<Arc<ThreadTraffic>>,
    pub(crate) timers: Rc<Timers>,
    pub(crate) buffers: Buffers,
    pub(crate) pools: Pools,
    pub(crate) packers: Rc<Packers>,
    pub(crate) clock: Clock,
    snapshot: RefCell<Cache<SharedSnapshot, Arc<Snapshot>>>,
}

impl ThreadContext {
    /// Starts the thread's clock (a local task), so a `LocalSet` must be current.
    #[must_use]
    pub fn new(shared: Arc<Shared>) -> Rc<Self> {
        let context = Rc::new(Self {
            recorder: Recorder::new(&shared.telemetry),
            traffic: shared.traffic.thread(),
            timers: Timers::start(Arc::clone(&shared)),
            buffers: Buffers::default(),
            pools: Pools::new(&shared.settings),
            packers: Rc::default(),
            clock: Clock::default(),
            snapshot: RefCell::new(Cache::new(SharedSnapshot(Arc::clone(&shared)))),
            shared,
        });
        Pools::sweep_regularly(&context);
        context
    }

    /// Runs `f` with the snapshot in force. Costs a load and a comparison.
    pub(crate) fn with_snapshot<R>(&self, f: impl FnOnce(&Arc<Snapshot>) -> R) -> R {
        f(self.snapshot.borrow_mut().load())
    }
}

/// Lets a thread's cache watch the one snapshot of `Shared`.
#[derive(Clone, Debug)]
struct SharedSnapshot(Arc<Shared>);

impl std::ops::Deref for SharedSnapshot {
    type Target = ArcSwap<Snapshot>;

    fn deref(&self) -> &ArcSwap<Snapshot> {
        &self.0.snapshot
    }
}
