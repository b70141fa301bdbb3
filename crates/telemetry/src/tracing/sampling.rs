//! Which of the traces that begin here are sampled.

use pointsman_plan::Tracing;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Parts of a whole.
const MILLION: u64 = 1_000_000;
/// 1,000 seconds in nanoseconds.
const KILOSECOND: u64 = 1_000_000_000_000;

/// The decisions of all threads.
#[derive(Debug)]
pub(super) struct Sampler {
    per_million: u64,
    /// Nanoseconds between two traces; 0: no limit.
    interval: u64,
    /// So far may traces be ahead of their time.
    burst: u64,
    begun: Instant,
    /// When the next trace is due, in nanoseconds since `begun` and a burst before it.
    due: AtomicU64,
}

impl Sampler {
    pub fn of(config: &Tracing) -> Self {
        let interval = KILOSECOND.checked_div(config.most_per_kilosecond).map_or(0, |interval| interval.max(1));
        // compat(1.7): a second's traces may come at once, and one always may.
        let burst = if interval == 0 { 0 } else { 1_000_000_000_u64.saturating_sub(interval) };
        let (begun, due) = (Instant::now(), AtomicU64::new(0));
        Self { per_million: config.sampled_per_million.into(), interval, burst, begun, due }
    }

    /// The same for all who see the trace and are set to the same share.
    pub fn samples(&self, trace: u128) -> bool {
        let share = (u128::from(trace as u64) * u128::from(MILLION)) >> 64;
        share < u128::from(self.per_million) && (self.interval == 0 || self.takes(self.begun.elapsed().as_nanos()))
    }

    /// `now`: nanoseconds since the sampler was made.
    pub(super) fn takes(&self, now: u128) -> bool {
        let now = u64::try_from(now).unwrap_or(u64::MAX).saturating_add(self.burst);
        let next = |due: u64| (due <= now).then(|| due.max(now - self.burst).saturating_add(self.interval));
        self.due.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}
