//! Numbers about requests. Counting takes no lock and no locked instruction: each thread writes its own, readers add them
//! up.

use crate::{AccessLog, Metrics, Reason, Tracer};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// One thread's numbers.
#[derive(Debug, Default)]
pub struct Counters {
    /// Requests answered, by first digit of the status (index 0: others).
    status: [AtomicU64; 6],
    reasons: [AtomicU64; Reason::COUNT],
    /// Connections accepted.
    pub accepted: AtomicU64,
    /// Connections closed.
    pub closed: AtomicU64,
    /// Requests whose head was read.
    pub started: AtomicU64,
    /// Requests over.
    pub finished: AtomicU64,
    /// Tries beyond the first.
    pub retries: AtomicU64,
}

impl Counters {
    /// Adds one; only the owning thread may.
    pub fn bump(counter: &AtomicU64) {
        Self::add(counter, 1);
    }

    fn add(counter: &AtomicU64, count: u64) {
        counter.store(counter.load(Ordering::Relaxed) + count, Ordering::Relaxed);
    }

    /// Takes note of a finished request.
    pub(crate) fn record(&self, status: u16, reason: Reason, retries: u32) {
        let class = usize::from(status / 100);
        Self::bump(&self.status[if class < 6 { class } else { 0 }]);
        Self::bump(&self.reasons[reason as usize]);
        Self::bump(&self.finished);
        Self::add(&self.retries, u64::from(retries));
    }
}

/// Sums over all threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests by first digit of the status.
    pub status: [u64; 6],
    /// Requests by `Reason as usize`.
    pub reasons: [u64; Reason::COUNT],
    /// Client connections open now.
    pub open: u64,
    /// Requests under way now.
    pub in_flight: u64,
    /// Requests started.
    pub requests: u64,
    /// Tries beyond the first.
    pub retries: u64,
}

/// The numbers of all threads.
#[derive(Debug, Default)]
pub struct Telemetry {
    threads: Mutex<Vec<Arc<Counters>>>,
    log: Option<Arc<AccessLog>>,
    metrics: Option<Arc<Metrics>>,
    tracer: Option<Arc<Tracer>>,
    /// Configurations that were put in force.
    pub reloads: Reloads,
    /// Configurations that were refused.
    pub refusals: Reloads,
}

/// How many, and when the last one was.
#[derive(Debug, Default)]
pub struct Reloads {
    count: AtomicU64,
    last: AtomicU64,
}

impl Reloads {
    /// One more, now.
    pub fn note(&self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.count.fetch_add(1, Ordering::Relaxed);
        self.last.store(now.as_secs(), Ordering::Relaxed);
    }

    /// How many, and when the last one was in seconds since 1970; 0: never.
    #[must_use]
    pub fn told(&self) -> (u64, u64) {
        (self.count.load(Ordering::Relaxed), self.last.load(Ordering::Relaxed))
    }
}

impl Telemetry {
    /// With an access log, or none; the same of figures about traffic.
    #[must_use]
    pub fn new(log: Option<Arc<AccessLog>>, metrics: Option<Metrics>) -> Self {
        Self { log, metrics: metrics.map(Arc::new), ..Self::default() }
    }

    /// With spans, or none.
    #[must_use]
    pub fn with_tracer(self, tracer: Option<Arc<Tracer>>) -> Self {
        Self { tracer, ..self }
    }

    /// Where spans go.
    #[must_use]
    pub fn tracer(&self) -> Option<&Arc<Tracer>> {
        self.tracer.as_ref()
    }

    /// The figures about traffic.
    #[must_use]
    pub fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.metrics.as_ref()
    }

    /// The access log.
    #[must_use]
    pub fn log(&self) -> Option<&Arc<AccessLog>> {
        self.log.as_ref()
    }

    /// Numbers for one more thread.
    #[must_use]
    pub fn thread(&self) -> Arc<Counters> {
        let counters = Arc::new(Counters::default());
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&counters));
        counters
    }

    /// Adds the threads up.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        for thread in self.threads.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for (sum, counter) in totals.status.iter_mut().zip(&thread.status) {
                *sum += read(counter);
            }
            for (sum, counter) in totals.reasons.iter_mut().zip(&thread.reasons) {
                *sum += read(counter);
            }
            let (closed, finished) = (read(&thread.closed), read(&thread.finished));
            totals.open += read(&thread.accepted).saturating_sub(closed);
            totals.in_flight += read(&thread.started).saturating_sub(finished);
            totals.requests += read(&thread.started);
            totals.retries += read(&thread.retries);
        }
        totals
    }
}
