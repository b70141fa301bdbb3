//! What counts the requests of one route: of so many that there is one histogram each, whatever the status.

use super::meter::Mine;
use super::series::{Buckets, bump};
use crate::Outcome;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// By first digit of the status; the first one: of none of the others.
pub(super) const CLASSES: [&str; 6] = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// A place for each thread's figures, taken with the first request: most routes of a large table rest.
#[derive(Debug)]
pub struct RouteMeter {
    threads: Box<[OnceLock<Box<Figures>>]>,
}

#[derive(Debug)]
struct Figures {
    classes: [AtomicU64; CLASSES.len()],
    nanos: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    buckets: Buckets,
}

/// All threads' figures.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub classes: [u64; CLASSES.len()],
    pub nanos: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub buckets: Vec<u64>,
}

impl RouteMeter {
    /// For this many threads.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self { threads: (0..threads).map(|_| OnceLock::new()).collect() }
    }

    /// Counts a request that took so long.
    pub(super) fn add(&self, mine: Mine<'_>, nanos: u64, outcome: &Outcome<'_>) {
        let Some(place) = self.threads.get(mine.thread) else { return mine.room.leave_out() };
        let figures = place.get_or_init(|| {
            let (classes, nanos, bytes_in, bytes_out) = Default::default();
            Box::new(Figures { classes, nanos, bytes_in, bytes_out, buckets: Buckets::new(mine.bounds.len()) })
        });
        bump(figures.classes.get(usize::from(outcome.status / 100)).unwrap_or(&figures.classes[0]), 1);
        bump(&figures.nanos, nanos);
        bump(&figures.bytes_in, outcome.bytes_in);
        bump(&figures.bytes_out, outcome.bytes_out);
        figures.buckets.add(nanos, mine.bounds);
    }

    /// `None`: it has served nothing yet.
    pub(super) fn sum(&self) -> Option<Sum> {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut sum = None;
        for figures in self.threads.iter().filter_map(|place| place.get()) {
            let sum = sum.get_or_insert_with(Sum::default);
            sum.classes.iter_mut().zip(&figures.classes).for_each(|(sum, class)| *sum += read(class));
            sum.nanos += read(&figures.nanos);
            sum.bytes_in += read(&figures.bytes_in);
            sum.bytes_out += read(&figures.bytes_out);
            figures.buckets.add_to(&mut sum.buckets);
        }
        sum
    }
}
