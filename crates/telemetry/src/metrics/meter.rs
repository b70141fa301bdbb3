//! What counts the requests of one entry point or backend.

use super::chain::Chain;
use super::room::Room;
use super::series::{Gauge, Labels, METHODS, Series, bump};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

/// The statuses that there are by the standards, and ours, are spread over so many lists. All others share one more.
const LISTS: usize = 8;
/// Series in that one: a server that invents statuses costs no more, and crowds out nothing else.
const MOST_INVENTED: usize = 64;
/// Methods and protocols.
const MOST_GAUGES: usize = 3 * METHODS.len();

/// A place for each thread's series, taken with the first request.
#[derive(Debug)]
pub struct Meter {
    threads: Box<[OnceLock<Box<Place>>]>,
}

#[derive(Debug, Default)]
struct Place {
    series: [Chain<Series>; LISTS + 1],
    gauges: Chain<Gauge>,
}

/// A thread, and what its series are made with.
#[derive(Clone, Copy)]
pub(super) struct Mine<'m> {
    pub thread: usize,
    pub room: &'m Arc<Room>,
    pub bounds: &'m [u64],
}

impl Meter {
    /// For this many threads.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self { threads: (0..threads).map(|_| OnceLock::new()).collect() }
    }

    /// Tells it from others that there are at the same time; never 0.
    pub(super) fn identity(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn place(&self, thread: usize) -> Option<&Place> {
        Some(self.threads.get(thread)?.get_or_init(Box::default))
    }

    /// One more request is under way; whether it could be counted.
    pub(super) fn open(&self, mine: Mine<'_>, labels: Labels) -> bool {
        let gauge = self.place(mine.thread).and_then(|place| {
            let make = || Some(Gauge::new(labels, mine.room.take()?));
            place.gauges.find_or_add(MOST_GAUGES, |gauge| gauge.labels == labels, make)
        });
        gauge.map(|gauge| bump(&gauge.begun, 1)).is_some()
    }

    /// A request that was counted as under way is over.
    pub(super) fn close(&self, mine: Mine<'_>, labels: Labels) {
        let Some(place) = self.place(mine.thread) else { return };
        if let Some(gauge) = place.gauges.iter().find(|gauge| gauge.labels == labels) {
            bump(&gauge.ended, 1);
        }
    }

    /// Counts a request that took so long. `invented`: the status is in no standard.
    pub(super) fn add(&self, mine: Mine<'_>, (labels, invented): (Labels, bool), (nanos, retries): (u64, u32)) {
        let found = self.place(mine.thread).and_then(|place| {
            let list = if invented { LISTS } else { usize::from(labels.code) % LISTS };
            let most = if invented { MOST_INVENTED } else { usize::MAX };
            let make = || Some(Series::new(labels, mine.bounds.len(), mine.room.take()?));
            place.series[list].find_or_add(most, |series| series.labels == labels, make)
        });
        let Some(series) = found else { return mine.room.leave_out() };
        bump(&series.count, 1);
        bump(&series.nanos, nanos);
        series.buckets.add(nanos, mine.bounds);
        if retries > 0 {
            bump(&series.retries, u64::from(retries));
        }
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        self.threads.iter().filter_map(|place| place.get()).map(|place| &**place)
    }

    /// All threads' series.
    pub(super) fn series(&self) -> impl Iterator<Item = &Series> {
        self.places().flat_map(|place| place.series.iter().flat_map(Chain::iter))
    }

    /// All threads' requests under way.
    pub(super) fn under_way(&self) -> impl Iterator<Item = (Labels, u64)> {
        self.places().flat_map(|place| place.gauges.iter()).map(|gauge| {
            // In this order: what ends in between must not count as less than none.
            let ended = gauge.ended.load(Ordering::Acquire);
            (gauge.labels, gauge.begun.load(Ordering::Acquire).saturating_sub(ended))
        })
    }
}
