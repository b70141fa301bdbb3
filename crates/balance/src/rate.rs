//! Rate limits: token buckets, one for each rate and source.

use crate::lock;
use crate::sources::Sources;
use pointsman_plan::Rate;
use std::sync::Mutex;
use std::time::Duration;

const SECOND_NS: u64 = 1_000_000_000;

/// One limit, used by all threads at once. Times are those of one steady clock.
#[derive(Debug)]
pub struct RateLimiter {
    buckets: Box<[Bucket]>,
    table: Mutex<Table>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Time in which one token comes; 0 = there are always some.
    token_ns: u64,
    /// Time in which the empty bucket becomes full.
    depth_ns: u64,
}

#[derive(Debug)]
struct Table {
    sources: Sources,
    /// When each bucket will be full, by place and rate: what is missing then is what was taken.
    full_at_ns: Vec<u64>,
}

impl RateLimiter {
    /// With full buckets. `rates` as the plan has them: averages and bursts above 0.
    #[must_use]
    pub fn new(rates: &[Rate]) -> Self {
        let longest = rates.iter().map(|rate| rate.period_ns).max().unwrap_or(0);
        let forgotten_after = (longest / SECOND_NS).saturating_mul(10).saturating_add(1).saturating_mul(SECOND_NS);
        let sources = Sources::new(forgotten_after);
        let table = Mutex::new(Table { sources, full_at_ns: Vec::new() });
        Self { buckets: rates.iter().map(Bucket::new).collect(), table }
    }

    /// Takes a token of every rate for a source, or of none.
    ///
    /// # Errors
    /// The time in which the slowest of the rates that refuse grants a token. compat(1.7): a whole token's, whenever the
    /// last one came.
    pub fn take(&self, source: &[u8], now: Duration) -> Result<(), Duration> {
        let now_ns = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let mut table = lock(&self.table);
        let Table { sources, full_at_ns } = &mut *table;
        let place = sources.see(source, now_ns);
        let (first, count) = (place.index * self.buckets.len(), self.buckets.len());
        if full_at_ns.len() < first + count {
            full_at_ns.resize(first + count, 0);
        }
        let full_at = &mut full_at_ns[first..first + count];
        if place.is_new {
            full_at.fill(0);
        }
        let refusing = self.buckets.iter().zip(&*full_at).filter(|(bucket, full_at)| !bucket.grants(**full_at, now_ns));
        if let Some(longest) = refusing.map(|(bucket, _)| bucket.token_ns).max() {
            return Err(Duration::from_nanos(longest));
        }
        for (bucket, full_at) in self.buckets.iter().zip(full_at) {
            *full_at = (*full_at).max(now_ns).saturating_add(bucket.token_ns);
        }
        Ok(())
    }
}

impl Bucket {
    fn new(rate: &Rate) -> Self {
        let token_ns = rate.period_ns / rate.average.max(1);
        Self { token_ns, depth_ns: token_ns.saturating_mul(rate.burst) }
    }

    fn grants(self, full_at_ns: u64, now_ns: u64) -> bool {
        full_at_ns.saturating_sub(now_ns).saturating_add(self.token_ns) <= self.depth_ns
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate(period_ms: u64, average: u64, burst: u64) -> Rate {
        Rate { period_ns: period_ms * 1_000_000, average, burst }
    }

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_burst_then_the_average() {
        let limiter = RateLimiter::new(&[rate(1_000, 10, 3)]);
        let granted = |ms| limiter.take(b"a", at(ms)).is_ok();
        assert_eq!([0, 0, 0, 0].map(granted), [true, true, true, false]);
        assert_eq!(limiter.take(b"a", at(50)), Err(at(100)));
        assert_eq!([99, 100, 100, 250, 300].map(granted), [false, true, false, true, true]);
        assert!(limiter.take(b"b", at(300)).is_ok(), "another source has a bucket of its own");
        assert_eq!([1_300, 1_300, 1_300, 1_300].map(granted), [true, true, true, false]);
    }

    #[test]
    fn all_rates_must_grant_and_none_is_used_up_otherwise() {
        let limiter = RateLimiter::new(&[rate(1_000, 1, 1), rate(60_000, 2, 2)]);
        assert!(limiter.take(b"a", at(0)).is_ok());
        (0..20).for_each(|_| assert_eq!(limiter.take(b"a", at(10)), Err(at(1_000))));
        assert!(limiter.take(b"a", at(1_000)).is_ok(), "the minute's second token was not touched");
        assert_eq!(limiter.take(b"a", at(1_500)), Err(at(30_000)), "the longest of those that refuse");
    }

    #[test]
    fn r_06_however_many_sources_come_the_table_is_bounded() {
        let limiter = RateLimiter::new(&[rate(1_000, 1, 1), rate(60_000, 1, 5)]);
        assert!((0..200_000_u32).all(|number| limiter.take(&number.to_be_bytes(), at(1)).is_ok()));
        assert_eq!(lock(&limiter.table).full_at_ns.len(), 2 * 65_536);
        assert!(limiter.take(&199_999_u32.to_be_bytes(), at(1)).is_err(), "the latest are known");
        // All are past their time: each newcomer takes a place of theirs.
        (0..100_000_u32).for_each(|number| assert!(limiter.take(&number.to_le_bytes(), at(700_000)).is_ok()));
        assert_eq!(lock(&limiter.table).full_at_ns.len(), 2 * 65_536);
    }

    #[test]
    fn all_threads_together_get_one_burst() {
        let limiter = RateLimiter::new(&[rate(3_600_000, 1, 1_000)]);
        let take = || (0..500).filter(|_| limiter.take(b"a", at(1)).is_ok()).count();
        let granted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(granted, 1_000);
    }

    #[test]
    fn what_is_faster_than_the_clock_is_no_limit() {
        let limiter = RateLimiter::new(&[Rate { period_ns: 10, average: 20, burst: 1 }]);
        assert!((0..10).all(|_| limiter.take(b"a", at(5)).is_ok()));
    }

    proptest! {
        /// In no stretch of time more than the burst and what the average yields; and never less than the average.
        #[test]
        fn no_more_and_no_less(steps in prop::collection::vec(0_u64..40, 1..300), average in 1_u64..50, burst in 1_u64..9) {
            let limiter = RateLimiter::new(&[rate(1_000, average, burst)]);
            let (mut now, mut granted) = (0, Vec::new());
            for step in steps {
                now += step;
                if limiter.take(b"a", at(now)).is_ok() {
                    granted.push(now);
                }
            }
            let token = 1_000_000_000 / average;
            for (index, &from) in granted.iter().enumerate() {
                for (count, &to) in granted[index..].iter().enumerate() {
                    prop_assert!(count as u64 <= burst + (to - from) * 1_000_000 / token);
                }
            }
            prop_assert!(granted.len() as u64 >= burst.min(1));
        }
    }
}
