//! How often something happened in the last ten seconds.

const BUCKETS: usize = 10;

/// Ten buckets of a second each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    buckets: [u32; BUCKETS],
    /// Number of the second counted last.
    last: Option<u64>,
    /// Buckets that were begun; never more than there are.
    begun: usize,
}

impl Window {
    pub(crate) fn count(&mut self, second: u64) {
        let last = self.last.unwrap_or(second);
        // A clock read by another thread may be a little behind.
        let second = second.max(last);
        for stale in (last + 1..=second).take(BUCKETS) {
            self.buckets[place(stale)] = 0;
        }
        if second - last >= BUCKETS as u64 {
            self.buckets = [0; BUCKETS];
        }
        if self.last != Some(second) {
            self.begun = (self.begun + 1).min(BUCKETS);
        }
        self.last = Some(second);
        let bucket = &mut self.buckets[place(second)];
        *bucket = bucket.saturating_add(1);
    }

    pub(crate) fn sum(&self, second: u64) -> u64 {
        let Some(last) = self.last else { return 0 };
        let oldest = (second + 1).saturating_sub(BUCKETS as u64);
        let first = oldest.max((last + 1).saturating_sub(BUCKETS as u64));
        (first..=last).map(|second| u64::from(self.buckets[place(second)])).sum()
    }

    /// Buckets begun so far; ten is a full window.
    pub(crate) fn begun(&self) -> usize {
        self.begun
    }
}

fn place(second: u64) -> usize {
    (second % BUCKETS as u64) as usize
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_holds_the_last_ten_seconds(steps in prop::collection::vec(0_u64..15, 1..60)) {
            let (mut window, mut events, mut now) = (Window::default(), Vec::new(), 0);
            for step in steps {
                now += step;
                window.count(now);
                events.push(now);
                for later in [0, 3, 9, 10, 40] {
                    let second = now + later;
                    let expected = events.iter().filter(|&&event| event + 10 > second).count() as u64;
                    prop_assert_eq!(window.sum(second), expected);
                }
            }
        }
    }
}
