//! How long answers took in the last minute, by quantile.
//!
//! compat(1.7): two significant figures, six parts of ten seconds each.

use std::time::Duration;

const PARTS: usize = 6;
const PART_MS: u64 = 10_000;
/// Values below this have a bucket of their own; above, each power of two is divided into half as many.
const EXACT: u64 = 256;
const HALF: usize = 128;
/// Longest time told apart: an hour.
const LONGEST: u64 = 3_600_000_000;

/// Microseconds, counted by size. As long as the longest one wants it.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    parts: [Part; PARTS],
}

#[derive(Debug, Default)]
struct Part {
    number: u64,
    counts: Vec<u32>,
}

impl Latencies {
    pub(crate) fn record(&mut self, latency: Duration, now_ms: u64) {
        let number = now_ms / PART_MS;
        let part = &mut self.parts[(number % PARTS as u64) as usize];
        if part.number != number {
            (part.number, part.counts) = (number, Vec::new());
        }
        let place = place(u64::try_from(latency.as_micros()).unwrap_or(LONGEST).clamp(1, LONGEST));
        if part.counts.len() <= place {
            part.counts.resize(place + 1, 0);
        }
        part.counts[place] = part.counts[place].saturating_add(1);
    }

    /// The time that so many percent of the answers did not exceed, in whole milliseconds; 0 without answers.
    pub(crate) fn at_quantile_ms(&self, percent: f64, now_ms: u64) -> u64 {
        let newest = now_ms / PART_MS;
        let recent: Vec<_> = self.parts.iter().filter(|part| part.number + PARTS as u64 > newest).collect();
        let longest = recent.iter().map(|part| part.counts.len()).max().unwrap_or(0);
        let at = |place| recent.iter().filter_map(move |part| part.counts.get(place));
        let count = |place| at(place).map(|&count| u64::from(count)).sum::<u64>();
        let total: u64 = (0..longest).map(count).sum();
        let wanted = (percent.clamp(0.0, 100.0) / 100.0 * total as f64 + 0.5) as u64;
        let mut seen = 0;
        let reached = (0..longest).find(|&place| {
            seen += count(place);
            seen >= wanted
        });
        reached.map_or(0, |place| highest(place) / 1_000)
    }
}

fn place(micros: u64) -> usize {
    if micros < EXACT {
        return micros as usize;
    }
    let shift = u64::BITS - micros.leading_zeros() - EXACT.trailing_zeros();
    EXACT as usize + (shift as usize - 1) * HALF + (micros >> shift) as usize - HALF
}

/// The largest value with this place.
fn highest(place: usize) -> u64 {
    if place < EXACT as usize {
        return place as u64;
    }
    let (shift, step) = ((place - EXACT as usize) / HALF + 1, (place - EXACT as usize) % HALF + HALF);
    (((step + 1) as u64) << shift) - 1
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_are_those_of_the_last_minute() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.at_quantile_ms(99.0, 0), 0);
        (1..=100).for_each(|ms| latencies.record(Duration::from_millis(ms), 0));
        for (percent, ms) in [(50.0, 50), (99.0, 99), (100.0, 100), (1.0, 1)] {
            let found = latencies.at_quantile_ms(percent, 59_999);
            assert!(found.abs_diff(ms) <= 1, "{percent}: {found}");
        }
        latencies.record(Duration::from_millis(7), 60_000);
        assert_eq!(latencies.at_quantile_ms(100.0, 60_000), 7);
        assert_eq!(latencies.at_quantile_ms(100.0, 120_000), 0);
    }

    proptest! {
        #[test]
        fn places_are_in_order_and_near(micros in 1_u64..LONGEST) {
            let place = place(micros);
            prop_assert!(highest(place) >= micros && highest(place) - micros <= micros / HALF as u64);
            prop_assert!(place == 0 || highest(place - 1) < micros);
        }
    }
}
