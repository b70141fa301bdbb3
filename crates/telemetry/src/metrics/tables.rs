//! A thread's way to its series.

use super::Metrics;
use super::series::{Gauge, Kind, Labels, Opened, Places, Series, Subject, bump};
use crate::{Outcome, Reason};
use std::collections::HashMap;
use std::sync::Arc;

/// By subject.
#[derive(Debug)]
pub(super) struct Tables {
    points: Vec<Meter>,
    backends: Named,
    routers: Named,
}

impl Tables {
    pub fn new(entry_points: &[Arc<str>]) -> Self {
        let points = entry_points.iter().map(|name| Meter::new(Subject::EntryPoint(Arc::clone(name)))).collect();
        Self { points, backends: Named::default(), routers: Named::default() }
    }

    pub fn open(
        &mut self,
        metrics: &Metrics,
        entry_point: usize,
        (method, kind): (&[u8], Kind),
        backend: Option<&str>,
    ) -> Opened {
        let labels = Labels::new(method, kind);
        let Some(point) = self.points.get_mut(entry_point) else { return Opened(None) };
        let point = (entry_point, point.open(metrics, labels));
        let backend = backend.map(|name| {
            let place = self.backends.place(name, Subject::Backend);
            (place, self.backends.meters[place].open(metrics, labels))
        });
        Opened(Some(Places { labels, point, backend }))
    }

    pub fn record(&mut self, metrics: &Metrics, outcome: &Outcome<'_>) {
        let Some(Places { labels, point, backend }) = outcome.stages.opened.0 else { return };
        self.points[point.0].close(point.1);
        if let Some((place, gauge)) = backend {
            self.backends.meters[place].close(gauge);
        }
        let nanos = u64::try_from(outcome.stages.duration().as_nanos()).unwrap_or(u64::MAX);
        if let Some(route) = outcome.route {
            let provider = outcome.provider.unwrap_or_default();
            let place = self.routers.place(route, |name| Subject::Router(name, provider.into()));
            let labels = Labels { code: outcome.status / 100, ..Labels::default() };
            self.routers.meters[place].series(metrics, labels).add(nanos, &[]);
        }
        // compat(1.7): answers that broke off are not counted, and what a handed-over connection had counts as 200.
        let broke_off = matches!(outcome.reason, Reason::UpstreamCut | Reason::Stopped | Reason::Panic)
            || (outcome.reason == Reason::ClientGone && outcome.status != 499);
        if broke_off {
            return;
        }
        let code = if outcome.status == 101 { 200 } else { outcome.status };
        let labels = Labels { code, ..labels };
        self.points[point.0].series(metrics, labels).add(nanos, &metrics.buckets);
        if let Some((place, _)) = backend {
            let series = self.backends.meters[place].series(metrics, labels);
            series.add(nanos, &metrics.buckets);
            bump(&series.retries, u64::from(outcome.retries));
        }
    }
}

/// Meters by name.
#[derive(Debug, Default)]
struct Named {
    places: HashMap<Arc<str>, usize>,
    meters: Vec<Meter>,
    /// The one asked for last: neighbours often go the same way.
    last: usize,
}

impl Named {
    fn place(&mut self, name: &str, subject: impl FnOnce(Arc<str>) -> Subject) -> usize {
        if self.meters.get(self.last).is_some_and(|meter| *meter.name == *name) {
            return self.last;
        }
        self.last = if let Some(&place) = self.places.get(name) {
            place
        } else {
            let name: Arc<str> = name.into();
            let place = self.meters.len();
            self.meters.push(Meter { name: Arc::clone(&name), ..Meter::new(subject(Arc::clone(&name))) });
            self.places.insert(name, place);
            place
        };
        self.last
    }
}

/// The series of one subject. The few label sets that it has are found by looking through them.
#[derive(Debug)]
struct Meter {
    name: Arc<str>,
    subject: Subject,
    series: Vec<Arc<Series>>,
    gauges: Vec<Arc<Gauge>>,
}

impl Meter {
    fn new(subject: Subject) -> Self {
        Self { name: "".into(), subject, series: Vec::new(), gauges: Vec::new() }
    }

    fn series(&mut self, metrics: &Metrics, labels: Labels) -> &Series {
        let place = self.series.iter().position(|series| series.labels == labels).unwrap_or_else(|| {
            self.series.push(metrics.series(&self.subject, labels));
            self.series.len() - 1
        });
        &self.series[place]
    }

    /// The place of the gauge.
    fn open(&mut self, metrics: &Metrics, labels: Labels) -> usize {
        let place = self.gauges.iter().position(|gauge| gauge.labels == labels).unwrap_or_else(|| {
            self.gauges.push(metrics.gauge(&self.subject, labels));
            self.gauges.len() - 1
        });
        bump(&self.gauges[place].begun, 1);
        place
    }

    fn close(&self, place: usize) {
        bump(&self.gauges[place].ended, 1);
    }
}
