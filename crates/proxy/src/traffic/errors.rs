//! The last answers with a status of 400 or more.

use crate::telemetry::{Outcome, Reason};
use pointsman_plan::RecentError;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Longest text that is kept of a request, in bytes.
const TEXT: usize = 512;

/// One thread's. The lock is free but for the moment in which somebody reads.
#[derive(Debug)]
pub(super) struct Errors {
    keep: usize,
    ring: Mutex<VecDeque<RecentError>>,
}

impl Errors {
    pub(super) fn new(keep: usize) -> Self {
        Self { keep, ring: Mutex::default() }
    }

    pub(super) fn push(&self, outcome: &Outcome<'_>, micros: u64) {
        let error = RecentError {
            unix_us: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX)),
            status: outcome.status,
            method: text(outcome.method),
            host: text(outcome.host),
            path: text(outcome.path),
            route: outcome.route.unwrap_or_default().to_owned(),
            server: outcome.server.unwrap_or_default().to_owned(),
            reason: if outcome.reason == Reason::Forwarded { String::new() } else { outcome.reason.word().to_owned() },
            micros,
        };
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.len() >= self.keep {
            ring.pop_front();
        }
        ring.push_back(error);
    }

    /// The newest of all threads, newest first.
    pub(super) fn newest<'e>(all: impl Iterator<Item = &'e Self>, keep: usize) -> Vec<RecentError> {
        let held = |errors: &Self| errors.ring.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        let mut newest: Vec<RecentError> = all.flat_map::<Vec<_>, _>(held).collect();
        newest.sort_by_key(|error| std::cmp::Reverse(error.unix_us));
        newest.truncate(keep);
        newest
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT)]).into_owned()
}
