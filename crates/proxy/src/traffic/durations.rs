//! Histograms of durations in microseconds, with buckets that grow with the duration.

use super::Counters;
use std::sync::atomic::{AtomicU64, Ordering};

/// Durations from here on (19 hours) share the last bucket.
const LONGEST: u64 = (1 << 36) - 1;

/// The bucket of a duration: each power of two is divided into `1 << steps` buckets of one width, so that a bucket is at
/// most `1 / (1 << steps)` of its lower bound wide; durations below `1 << steps` have a bucket each.
#[must_use]
pub fn bucket(micros: u64, steps: u32) -> usize {
    let micros = micros.min(LONGEST);
    let power = micros.checked_ilog2().unwrap_or(0);
    if power < steps {
        return micros as usize;
    }
    let shift = power - steps;
    ((u64::from(shift) << steps) + (micros >> shift)) as usize
}

/// Counts of one thread by bucket.
#[derive(Debug)]
pub struct Durations {
    steps: u32,
    counts: Box<[AtomicU64]>,
}

impl Durations {
    /// Buckets an eighth wide: for the process.
    #[must_use]
    pub fn fine() -> Self {
        Self::with_steps(3)
    }

    /// Buckets half as wide as their lower bound: for a route, of which there may be many thousands.
    #[must_use]
    pub fn coarse() -> Self {
        Self::with_steps(1)
    }

    fn with_steps(steps: u32) -> Self {
        Self { steps, counts: (0..=bucket(LONGEST, steps)).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Counts one; only the owning thread may.
    pub fn record(&self, micros: u64) {
        Counters::bump(&self.counts[bucket(micros, self.steps)]);
    }

    /// Several threads' counts added up, without the empty buckets at the end.
    pub fn sum<'d>(all: impl Iterator<Item = &'d Self>) -> Vec<u64> {
        let mut sum = Vec::new();
        for durations in all {
            sum.resize(durations.counts.len(), 0);
            for (sum, count) in sum.iter_mut().zip(&durations.counts) {
                *sum += count.load(Ordering::Relaxed);
            }
        }
        let used = sum.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        sum.truncate(used);
        sum
    }
}
