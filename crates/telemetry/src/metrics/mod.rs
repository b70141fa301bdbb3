//! Figures about traffic by entry point, backend and route, under 1.7's names and ours. What counts a backend or a route hangs
//! on it, with a place for each thread: a request looks nothing up by name and takes no lock and no locked instruction, and
//! the figures of what is configured no more are dropped with it. Readers add the threads up.

mod chain;
mod meter;
mod page;
mod render;
mod room;
mod route_meter;
mod series;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use meter::Meter;
pub use page::Page;
pub use render::Router;
pub use route_meter::RouteMeter;
pub use series::{Kind, Opened};

use crate::{Outcome, Reason};
use meter::Mine;
use pointsman_plan as plan;
use room::Room;
use series::Labels;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Series by status, method and protocol that a thread keeps of all entry points and backends together.
const MOST_OF_THREAD: usize = 100_000;

/// What counts a request that a route matched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meters<'a> {
    /// Of the backend that the route leads to, also where a middleware answers.
    pub backend: Option<&'a Meter>,
    /// Of the route.
    pub route: Option<&'a RouteMeter>,
}

/// The figures of a process.
#[derive(Debug)]
pub struct Metrics {
    /// Upper bounds of the histograms of durations, in nanoseconds, rising.
    buckets: Box<[u64]>,
    /// Names of the labels of routes.
    labels: Box<[String]>,
    entry_points: Box<[(String, Meter)]>,
    room: Arc<Room>,
    threads: AtomicUsize,
}

impl Metrics {
    /// `entry_points`: names in the order of `Outcome.entry_point`.
    pub fn new(config: &plan::Metrics, entry_points: impl Iterator<Item = String>, threads: usize) -> Self {
        Self {
            buckets: config.buckets_ns.as_slice().into(),
            labels: config.labels.as_slice().into(),
            entry_points: entry_points.map(|name| (name, Meter::new(threads))).collect(),
            room: Arc::new(Room::new(MOST_OF_THREAD * threads)),
            threads: AtomicUsize::new(0),
        }
    }
}

/// One thread's.
#[derive(Debug)]
pub(crate) struct ThreadMetrics {
    metrics: Arc<Metrics>,
    index: usize,
}

impl ThreadMetrics {
    pub fn new(metrics: &Arc<Metrics>) -> Self {
        let index = metrics.threads.fetch_add(1, Ordering::Relaxed);
        Self { metrics: Arc::clone(metrics), index }
    }

    fn mine(&self) -> Mine<'_> {
        Mine { thread: self.index, room: &self.metrics.room, bounds: &self.metrics.buckets }
    }

    fn point(&self, entry_point: usize) -> Option<&Meter> {
        self.metrics.entry_points.get(entry_point).map(|(_, meter)| meter)
    }

    /// A request begins that will be told of with what this returns.
    pub fn open(&self, entry_point: usize, method: &[u8], kind: Kind, backend: Option<&Meter>) -> Opened {
        let labels = Labels::new(method, kind);
        let opens = |meter: &&Meter| meter.open(self.mine(), labels);
        let point = self.point(entry_point).as_ref().is_some_and(opens);
        Opened { labels: Some(labels), point, backend: backend.filter(opens).map_or(0, Meter::identity) }
    }

    /// Takes note of a finished request.
    pub fn record(&self, outcome: &Outcome<'_>) {
        let (opened, mine) = (outcome.stages.opened, self.mine());
        let Some(labels) = opened.labels else { return };
        let (point, Meters { backend, route }) = (self.point(outcome.entry_point), outcome.meters);
        if let Some(point) = point.filter(|_| opened.point) {
            point.close(mine, labels);
        }
        if let Some(backend) = backend.filter(|meter| meter.identity() == opened.backend) {
            backend.close(mine, labels);
        }
        let nanos = u64::try_from(outcome.stages.duration().as_nanos()).unwrap_or(u64::MAX);
        if let Some(route) = route {
            route.add(mine, nanos, outcome);
        }
        // compat(1.7): answers that broke off are not counted, and what a handed-over connection had counts as 200.
        let broke_off = matches!(outcome.reason, Reason::UpstreamCut | Reason::Stopped | Reason::Panic)
            || (outcome.reason == Reason::ClientGone && outcome.status != 499);
        if broke_off {
            return;
        }
        let labels = Labels { code: if outcome.status == 101 { 200 } else { outcome.status }, ..labels };
        let labels = (labels, outcome.phrase.is_empty() && outcome.status != 499);
        if let Some(point) = point {
            point.add(mine, labels, (nanos, 0));
        }
        if let Some(backend) = backend {
            backend.add(mine, labels, (nanos, outcome.retries));
        }
    }
}
