//! The share of bad answers of one server in the last ten seconds.

use crate::window::Window;

/// So many seconds with answers, good and bad ones counted by themselves, are enough to judge by.
const ENOUGH: usize = 10;
const BUCKET_MS: u64 = 1_000;

/// Answers counted in ten buckets of a second each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    bad: Window,
    good: Window,
}

impl Meter {
    pub(crate) fn count(&mut self, status: u16, now_ms: u64) {
        let window = if matches!(status, 500..=504) { &mut self.bad } else { &mut self.good };
        window.count(now_ms / BUCKET_MS);
    }

    /// Whether there were answers in enough seconds to judge by.
    pub(crate) fn is_warm(&self) -> bool {
        self.bad.begun() + self.good.begun() >= ENOUGH
    }

    /// Bad answers among all, 0 to 1.
    pub(crate) fn ratio(&self, now_ms: u64) -> f64 {
        let second = now_ms / BUCKET_MS;
        let (bad, good) = (self.bad.sum(second), self.good.sum(second));
        if bad + good == 0 { 0.0 } else { bad as f64 / (bad + good) as f64 }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn answers_older_than_ten_seconds_are_forgotten() {
        let mut meter = Meter::default();
        meter.count(502, 500);
        meter.count(200, 1_500);
        assert_eq!(meter.ratio(1_500), 0.5);
        assert_eq!(meter.ratio(9_999), 0.5);
        assert_eq!(meter.ratio(10_000), 0.0, "only the good one is left");
        meter.count(504, 30_000);
        assert_eq!(meter.ratio(30_000), 1.0);
        assert_eq!(meter.ratio(60_000), 0.0);
    }

    #[test]
    fn ten_seconds_with_answers_make_it_warm() {
        let mut meter = Meter::default();
        for second in 0..9 {
            meter.count(200, second * 1_000);
            meter.count(200, second * 1_000 + 1);
            assert!(!meter.is_warm());
        }
        meter.count(500, 9_000);
        assert!(meter.is_warm());
    }
}
