//! Where a thread's finished requests go.

use crate::{Counters, Outcome, Reason, Telemetry};
use std::sync::Arc;

/// One thread's.
#[derive(Debug)]
pub struct Recorder {
    counters: Arc<Counters>,
}

impl Recorder {
    /// For one more thread.
    #[must_use]
    pub fn new(telemetry: &Telemetry) -> Self {
        Self { counters: telemetry.thread() }
    }

    /// The thread's numbers.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether anybody wants to know when the stages of a request began.
    #[must_use]
    pub fn is_timing(&self) -> bool {
        false
    }

    /// Whether anybody wants the heads of responses.
    #[must_use]
    pub fn keeps_heads(&self) -> bool {
        false
    }

    /// Takes note of a finished request.
    pub fn record(&self, outcome: &Outcome<'_>) {
        self.counters.record(outcome.status, outcome.reason, outcome.retries);
    }

    /// Takes note of a finished request to an internal route: not logged, and not among the traffic's numbers.
    pub fn record_internal(&self, status: u16) {
        self.counters.record(status, Reason::Internal, 0);
    }
}
