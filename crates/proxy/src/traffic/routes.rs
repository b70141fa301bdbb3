//! Numbers of one route. They stay with the route when it is compiled anew.

use super::{Counters, Durations, add};
use pointsman_plan::RouteStats;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// One thread's numbers of a route that it served.
#[derive(Debug)]
struct Numbers {
    /// By first digit of the status; 0: others.
    classes: [AtomicU64; 6],
    micros: AtomicU64,
    durations: Durations,
}

/// A place for each thread's numbers, taken with the first request: most routes of a large table rest.
#[derive(Debug, Default)]
pub struct RouteCounts {
    threads: Box<[OnceLock<Box<Numbers>>]>,
    /// Requests told of last.
    told: AtomicU64,
}

impl RouteCounts {
    /// For this many threads; none: nothing is counted.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self { threads: (0..threads).map(|_| OnceLock::new()).collect(), told: AtomicU64::new(0) }
    }

    pub(super) fn record(&self, thread: usize, status: u16, micros: u64) {
        let Some(place) = self.threads.get(thread) else { return };
        let numbers = place.get_or_init(|| {
            Box::new(Numbers {
                classes: Default::default(),
                micros: AtomicU64::default(),
                durations: Durations::coarse(),
            })
        });
        let class = usize::from(status / 100);
        Counters::bump(&numbers.classes[if class < 6 { class } else { 0 }]);
        add(&numbers.micros, micros);
        numbers.durations.record(micros);
    }

    /// What is to be told of the route: its numbers if it served anything, and since the last time unless `whole`.
    pub fn stats(&self, whole: bool) -> Option<RouteStats> {
        let threads = || self.threads.iter().filter_map(|place| place.get());
        let mut classes = [0; 6];
        for thread in threads() {
            for (sum, count) in classes.iter_mut().zip(&thread.classes) {
                *sum += count.load(Ordering::Relaxed);
            }
        }
        let requests = classes.iter().sum();
        let told = self.told.swap(requests, Ordering::Relaxed);
        if requests == 0 || (told == requests && !whole) {
            return None;
        }
        Some(RouteStats {
            classes: classes.to_vec(),
            micros: threads().map(|thread| thread.micros.load(Ordering::Relaxed)).sum(),
            durations: Durations::sum(threads().map(|thread| &thread.durations)),
        })
    }
}
