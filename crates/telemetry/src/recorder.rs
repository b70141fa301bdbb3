//! Where a thread's finished requests go.

use crate::access_log::ThreadLog;
use crate::metrics::ThreadMetrics;
use crate::{Counters, Kind, Meter, Opened, Outcome, Reason, Stages, Telemetry, Tracer};
use std::sync::Arc;
use std::time::Instant;

/// One thread's.
#[derive(Debug)]
pub struct Recorder {
    counters: Arc<Counters>,
    log: Option<ThreadLog>,
    metrics: Option<ThreadMetrics>,
    tracer: Option<Arc<Tracer>>,
}

impl Recorder {
    /// For one more thread.
    #[must_use]
    pub fn new(telemetry: &Telemetry) -> Self {
        Self {
            counters: telemetry.thread(),
            log: telemetry.log().map(ThreadLog::new),
            metrics: telemetry.metrics().map(ThreadMetrics::new),
            tracer: telemetry.tracer().map(Arc::clone),
        }
    }

    /// The thread's numbers.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// A request has arrived. `timed`: somebody else wants to know when.
    #[must_use]
    pub fn begin(&self, timed: bool) -> Stages {
        Counters::bump(&self.counters.started);
        let timed = timed || self.log.is_some() || self.metrics.is_some() || self.tracer.is_some();
        Stages { begun: timed.then(Instant::now), ..Stages::default() }
    }

    /// The number in order of arrival of a request that is no internal route's.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.log.as_ref().map_or(0, |log| log.log().number())
    }

    /// What traces requests, if anything does.
    #[must_use]
    pub fn tracer(&self) -> Option<&Arc<Tracer>> {
        self.tracer.as_ref()
    }

    /// Whether anybody counts requests by what they ask for.
    #[must_use]
    pub fn measures(&self) -> bool {
        self.metrics.is_some()
    }

    /// A request that is no internal route's is under way, to a backend if it is known already.
    #[must_use]
    pub fn open(&self, entry_point: usize, method: &[u8], kind: Kind, backend: Option<&Meter>) -> Opened {
        self.metrics.as_ref().map_or(Opened::default(), |metrics| metrics.open(entry_point, method, kind, backend))
    }

    /// Whether anybody wants the heads of responses.
    #[must_use]
    pub fn keeps_heads(&self) -> bool {
        self.log.as_ref().is_some_and(|log| log.log().keeps_heads())
    }

    /// Takes note of a finished request.
    pub fn record(&self, outcome: &Outcome<'_>) {
        self.counters.record(outcome.status, outcome.reason, outcome.retries);
        if let Some(log) = &self.log {
            log.record(outcome);
        }
        if let Some(metrics) = &self.metrics {
            metrics.record(outcome);
        }
    }

    /// Takes note of a finished request to an internal route: not logged, and not among the traffic's numbers.
    pub fn record_internal(&self, status: u16) {
        self.counters.record(status, Reason::Internal, 0);
    }
}
