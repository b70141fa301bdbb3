//! What the API shows of traffic: numbers by status, duration and route, and the last errors. Each thread writes its own
//! numbers, and a route's are found through the compiled route, so a request takes no lock; only an error takes its
//! thread's own. Nothing is counted where no entry point has the API.

mod durations;
mod errors;
mod routes;

pub use durations::{Durations, bucket};
pub use routes::RouteCounts;

use crate::telemetry::{Counters, Outcome, Telemetry};
use errors::Errors;
use pointsman_plan::{RouteStats, Upward};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Status codes are below this.
const CODES: usize = 600;

/// One thread's numbers.
#[derive(Debug)]
pub struct ThreadTraffic {
    index: usize,
    /// By status; 0: none or an impossible one.
    codes: Box<[AtomicU64; CODES]>,
    durations: Durations,
    micros: AtomicU64,
    bytes: AtomicU64,
    errors: Errors,
}

impl ThreadTraffic {
    /// Takes note of a finished request; `route`: the one that matched.
    pub fn record(&self, outcome: &Outcome<'_>, route: Option<&RouteCounts>) {
        let micros = u64::try_from(outcome.stages.duration().as_micros()).unwrap_or(u64::MAX);
        let status = usize::from(outcome.status);
        Counters::bump(&self.codes[if status < CODES { status } else { 0 }]);
        add(&self.micros, micros);
        add(&self.bytes, outcome.bytes_out);
        self.durations.record(micros);
        if let Some(route) = route {
            route.record(self.index, outcome.status, micros);
        }
        if outcome.status >= 400 {
            self.errors.push(outcome, micros);
        }
    }
}

/// Adds to a counter of the calling thread's own.
fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}

/// The numbers of all threads.
#[derive(Debug)]
pub struct Traffic {
    started: Instant,
    keep: usize,
    threads: Mutex<Vec<Arc<ThreadTraffic>>>,
}

impl Traffic {
    /// Keeps the last `keep` errors; with 0 nothing is counted.
    #[must_use]
    pub fn new(keep: usize) -> Self {
        Self { started: Instant::now(), keep, threads: Mutex::default() }
    }

    /// Numbers for one more thread, if they are wanted.
    #[must_use]
    pub fn thread(&self) -> Option<Arc<ThreadTraffic>> {
        if self.keep == 0 {
            return None;
        }
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = Arc::new(ThreadTraffic {
            index: threads.len(),
            codes: Box::new([const { AtomicU64::new(0) }; CODES]),
            durations: Durations::fine(),
            micros: AtomicU64::default(),
            bytes: AtomicU64::default(),
            errors: Errors::new(self.keep),
        });
        threads.push(Arc::clone(&thread));
        Some(thread)
    }

    /// The message that tells all of it; `routes`: those that are to be told.
    #[must_use]
    pub fn stats(&self, telemetry: &Telemetry, routes: BTreeMap<String, RouteStats>) -> Upward {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = |number: fn(&ThreadTraffic) -> &AtomicU64| {
            threads.iter().map(|thread| number(thread).load(Ordering::Relaxed)).sum::<u64>()
        };
        let code = |status: usize| threads.iter().map(|thread| thread.codes[status].load(Ordering::Relaxed)).sum();
        let totals = telemetry.totals();
        Upward::Stats {
            pid: std::process::id(),
            uptime_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            open: totals.open,
            in_flight: totals.in_flight,
            retries: totals.retries,
            codes: (0..CODES)
                .map(|status| (status.to_string(), code(status)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            micros: sum(|thread| &thread.micros),
            bytes: sum(|thread| &thread.bytes),
            durations: Durations::sum(threads.iter().map(|thread| &thread.durations)),
            routes,
            errors: Errors::newest(threads.iter().map(|thread| &thread.errors), self.keep),
        }
    }
}

#[cfg(test)]
mod tests;
