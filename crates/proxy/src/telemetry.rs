//! What is counted, and what is said about each request once it is over. Counting takes no lock and no locked
//! instruction: each thread writes its own numbers, readers add them up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Why a request ended as it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(usize)]
pub enum Reason {
    /// The upstream's answer was passed on whole.
    #[default]
    Forwarded,
    /// An internal route answered.
    Internal,
    /// No route matched, or its prefix to strip was missing.
    NoRoute,
    /// The route refuses (fail closed).
    Refused,
    /// A middleware answered.
    Middleware,
    /// The router's trailing-slash redirection.
    Redirected,
    /// The pool has no server to choose.
    NoEndpoint,
    /// No server could be reached.
    ConnectFailed,
    /// The upstream took too long to connect or to answer.
    Timeout,
    /// The upstream closed or failed before an answer, or sent a malformed one.
    BadUpstream,
    /// The upstream failed in the middle of its answer.
    UpstreamCut,
    /// The client went away.
    ClientGone,
    /// The client was too slow.
    ClientTimeout,
    /// The request was refused as malformed or too large.
    BadRequest,
    /// A defect of ours: the request panicked.
    Panic,
}

/// Number of `Reason`s.
const REASONS: usize = Reason::Panic as usize + 1;

/// What an access log needs to know of a finished request. Borrowed: nothing is copied unless somebody writes it down.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome<'a> {
    /// Status sent (499: the client left before one was).
    pub status: u16,
    /// Why.
    pub reason: Reason,
    /// Index in sorted name order.
    pub entry_point: usize,
    /// As received; empty when the head was not understood.
    pub method: &'a [u8],
    /// Raw path as received.
    pub path: &'a [u8],
    /// Host or authority as received.
    pub host: &'a [u8],
    /// Name of the route, if one matched.
    pub route: Option<&'a str>,
    /// URL of the last server tried.
    pub server: Option<&'a str>,
    /// Tries beyond the first.
    pub retries: u32,
    /// Body bytes received from the client, as framed.
    pub bytes_in: u64,
    /// Body bytes sent to the client, as framed.
    pub bytes_out: u64,
    /// Coarse duration, in milliseconds.
    pub millis: u64,
}

/// One thread's numbers.
#[derive(Debug, Default)]
pub struct Counters {
    /// Requests answered, by first digit of the status (index 0: others).
    status: [AtomicU64; 6],
    reasons: [AtomicU64; REASONS],
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
    pub(crate) fn bump(counter: &AtomicU64) {
        counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Takes note of a finished request.
    pub(crate) fn record(&self, outcome: &Outcome<'_>) {
        let class = usize::from(outcome.status / 100);
        Self::bump(&self.status[if class < 6 { class } else { 0 }]);
        Self::bump(&self.reasons[outcome.reason as usize]);
        Self::bump(&self.finished);
        for _ in 0..outcome.retries {
            Self::bump(&self.retries);
        }
    }
}

/// Sums over all threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests by first digit of the status.
    pub status: [u64; 6],
    /// Requests by `Reason as usize`.
    pub reasons: [u64; REASONS],
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
}

impl Telemetry {
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
