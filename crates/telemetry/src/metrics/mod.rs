//! Figures about traffic by entry point, backend and router, under 1.7's names and ours. Each thread keeps its own series
//! and finds them in tables of its own: a request takes no lock and no locked instruction. Readers add the threads up.

mod render;
mod series;
mod tables;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use render::Page;
pub use series::{Kind, Opened, Subject};

use crate::Outcome;
use pointsman_plan as plan;
use series::{Gauge, Series};
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tables::Tables;

/// Series of all threads together; what would be more is counted as left out.
const MOST: u64 = 200_000;

/// The figures of a process.
#[derive(Debug)]
pub struct Metrics {
    /// Upper bounds of the histograms of durations, in nanoseconds, rising.
    buckets: Box<[u64]>,
    entry_points: Box<[Arc<str>]>,
    series: Mutex<Vec<Arc<Series>>>,
    gauges: Mutex<Vec<Arc<Gauge>>>,
    count: AtomicU64,
    left_out: AtomicU64,
}

impl Metrics {
    /// `entry_points`: names in the order of `Outcome.entry_point`.
    pub fn new(config: &plan::Metrics, entry_points: impl Iterator<Item = String>) -> Self {
        Self {
            buckets: config.buckets_ns.as_slice().into(),
            entry_points: entry_points.map(Arc::from).collect(),
            series: Mutex::default(),
            gauges: Mutex::default(),
            count: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
        }
    }

    fn series(&self, subject: &Subject, labels: series::Labels) -> Arc<Series> {
        let buckets = if matches!(subject, Subject::Router(..)) { 0 } else { self.buckets.len() };
        let series = Arc::new(Series::new(subject.clone(), labels, buckets));
        if self.has_room() {
            self.series.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&series));
        }
        series
    }

    fn gauge(&self, subject: &Subject, labels: series::Labels) -> Arc<Gauge> {
        let gauge = Arc::new(Gauge::new(subject.clone(), labels));
        if self.has_room() {
            self.gauges.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&gauge));
        }
        gauge
    }

    fn has_room(&self) -> bool {
        let room = self.count.fetch_add(1, Ordering::Relaxed) < MOST;
        if !room {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        room
    }
}

/// One thread's.
#[derive(Debug)]
pub(crate) struct ThreadMetrics {
    metrics: Arc<Metrics>,
    tables: RefCell<Tables>,
}

impl ThreadMetrics {
    pub fn new(metrics: &Arc<Metrics>) -> Self {
        let tables = RefCell::new(Tables::new(&metrics.entry_points));
        Self { metrics: Arc::clone(metrics), tables }
    }

    /// A request begins that will be told of with what this returns.
    pub fn open(&self, entry_point: usize, method: &[u8], kind: Kind, backend: Option<&str>) -> Opened {
        self.tables.borrow_mut().open(&self.metrics, entry_point, (method, kind), backend)
    }

    /// Takes note of a finished request.
    pub fn record(&self, outcome: &Outcome<'_>) {
        self.tables.borrow_mut().record(&self.metrics, outcome);
    }
}
