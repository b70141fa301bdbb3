//! The figures on a page.

use super::page::{Page, Written};
use super::route_meter::{self, CLASSES};
use super::series::{Labels, METHODS};
use super::{Meter, Metrics, RouteMeter};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// A route and what counts it.
#[derive(Clone, Copy, Debug)]
pub struct Router<'r> {
    /// Its name.
    pub name: &'r str,
    /// Who declared it: two may declare one of the same name.
    pub provider: &'r str,
    /// Names and values.
    pub labels: &'r [(Box<str>, Box<str>)],
    /// Its figures.
    pub meter: &'r RouteMeter,
}

/// Sums over the threads.
#[derive(Clone, Debug, Default)]
struct Sum {
    count: u64,
    nanos: u64,
    retries: u64,
    buckets: Vec<u64>,
}

/// By name, then by the other labels.
type By<'s, V> = BTreeMap<(&'s str, Labels), V>;

impl Metrics {
    /// Renders what was counted of the entry points and of these backends and routers. Backends of one name are added up, as
    /// 1.7 knows them by nothing else.
    pub fn render<'s>(
        &'s self,
        page: &mut Page,
        backends: &[(&'s str, &'s Meter)],
        routers: impl Iterator<Item = Router<'s>>,
    ) {
        let points: Vec<_> = self.entry_points.iter().map(|(name, meter)| (name.as_str(), meter)).collect();
        self.requests(page, &points, ("traefik_entrypoint", "entrypoint", "entry point"));
        let sums = self.requests(page, backends, ("traefik_backend", "backend", "backend"));
        retries(page, &sums);
        self.routers(page, routers);
        page.single(
            "pointsman_metrics_requests_left_out_total",
            "counter",
            "Requests missing in a family by entry point or backend, because too many series are in use; once for each family.",
            self.room.left_out(),
        );
        let help = "Series by entry point and backend that are held in memory, each thread's counted.";
        page.single("pointsman_metrics_series", "gauge", help, self.room.taken());
    }

    /// The three families that 1.7 has of entry points and of backends; returns the sums of the first two.
    fn requests<'s>(
        &self,
        page: &mut Page,
        subjects: &[(&'s str, &'s Meter)],
        (family, label, what): (&str, &str, &str),
    ) -> By<'s, Sum> {
        let sums = sums(subjects);
        let (total, duration) = (format!("{family}_requests_total"), format!("{family}_request_duration_seconds"));
        let help = format!("Requests answered, by {what}, status, method and protocol (http, sse, websocket).");
        page.family(&total, "counter", &help);
        for (key, sum) in &sums {
            page.sample_of(&total, &written(label, *key), &[], sum.count);
        }
        let help = "Time from the head of a request to the end of its answer, in seconds.";
        page.family(&duration, "histogram", help);
        for (key, sum) in &sums {
            let labels = written(label, *key);
            self.histogram(page, (&duration, &labels), &sum.buckets, (sum.count, sum.nanos));
        }
        let open = format!("{family}_open_connections");
        let help = format!("Requests under way at the moment, by {what}, method and protocol.");
        page.family(&open, "gauge", &help);
        for ((name, labels), count) in under_way(subjects) {
            let (method, protocol) = (METHODS[usize::from(labels.method)], labels.kind.word());
            page.sample(&open, &[(label, name), ("method", method), ("protocol", protocol)], count);
        }
        sums
    }

    fn routers<'s>(&'s self, page: &mut Page, routers: impl Iterator<Item = Router<'s>>) {
        let sums = routers.filter_map(|router| Some((self.labels_of(&router), router.meter.sum()?)));
        let mut sums: Vec<(Written, route_meter::Sum)> = sums.collect();
        sums.sort_by(|(one, _), (other, _)| one.text().cmp(other.text()));
        let name = "pointsman_router_requests_total";
        let help = "Requests that a router matched, by class of the status: 1xx to 5xx, other. A client that left unanswered is a 4xx.";
        page.family(name, "counter", help);
        for (labels, sum) in &sums {
            for (class, count) in CLASSES.iter().zip(sum.classes).filter(|(_, count)| *count > 0) {
                page.sample_of(name, labels, &[("class", class)], count);
            }
        }
        let name = "pointsman_router_request_duration_seconds";
        let help = "Time from the head of a request to the end of its answer, in seconds, whatever the status.";
        page.family(name, "histogram", help);
        for (labels, sum) in &sums {
            self.histogram(page, (name, labels), &sum.buckets, (sum.classes.iter().sum(), sum.nanos));
        }
        let mut bytes = |name: &str, help: &str, of: fn(&route_meter::Sum) -> u64| {
            page.family(name, "counter", help);
            sums.iter().for_each(|(labels, sum)| page.sample_of(name, labels, &[], of(sum)));
        };
        bytes(
            "pointsman_router_request_bytes_total",
            "Bytes of request bodies received, without heads and framing.",
            |sum| sum.bytes_in,
        );
        bytes(
            "pointsman_router_response_bytes_total",
            "Bytes of response bodies sent, without heads and framing.",
            |sum| sum.bytes_out,
        );
    }

    /// Those that every router has, in one order.
    fn labels_of(&self, router: &Router<'_>) -> Written {
        let value = |name: &String| router.labels.iter().find(|(known, _)| **known == **name).map_or("", |(_, v)| v);
        let own = [("router", router.name), ("provider", router.provider)].into_iter();
        Written::new(own.chain(self.labels.iter().map(|name| (name.as_str(), value(name)))))
    }

    fn histogram(
        &self,
        page: &mut Page,
        (name, labels): (&str, &Written),
        buckets: &[u64],
        (count, nanos): (u64, u64),
    ) {
        let (bucket, mut below) = (format!("{name}_bucket"), 0);
        for (bound, here) in self.buckets.iter().zip(buckets) {
            below += here;
            page.sample_of(&bucket, labels, &[("le", &seconds(*bound).to_string())], below);
        }
        // What was counted in between must not make the last bucket less than the one before it.
        let count = count.max(below);
        page.sample_of(&bucket, labels, &[("le", "+Inf")], count);
        page.sample_of(&format!("{name}_sum"), labels, &[], seconds(nanos));
        page.sample_of(&format!("{name}_count"), labels, &[], count);
    }
}

fn sums<'s>(subjects: &[(&'s str, &'s Meter)]) -> By<'s, Sum> {
    let mut sums = By::<Sum>::new();
    for (name, series) in subjects.iter().flat_map(|(name, meter)| meter.series().map(move |series| (*name, series))) {
        let sum = sums.entry((name, series.labels)).or_default();
        sum.count += series.count.load(Ordering::Relaxed);
        sum.nanos += series.nanos.load(Ordering::Relaxed);
        sum.retries += series.retries.load(Ordering::Relaxed);
        series.buckets.add_to(&mut sum.buckets);
    }
    sums
}

fn under_way<'s>(subjects: &[(&'s str, &'s Meter)]) -> By<'s, u64> {
    let mut open = By::new();
    for (name, meter) in subjects {
        meter.under_way().for_each(|(labels, count)| *open.entry((*name, labels)).or_default() += count);
    }
    open
}

fn retries(page: &mut Page, sums: &By<'_, Sum>) {
    let mut by_backend = BTreeMap::<&str, u64>::new();
    for ((name, _), sum) in sums {
        *by_backend.entry(name).or_default() += sum.retries;
    }
    let name = "traefik_backend_retries_total";
    page.family(name, "counter", "Tries beyond a request's first, on another server or the same again.");
    for (backend, count) in by_backend.iter().filter(|(_, count)| **count > 0) {
        page.sample(name, &[("backend", backend)], count);
    }
}

fn written(label: &str, (name, labels): (&str, Labels)) -> Written {
    let (method, code) = (METHODS[usize::from(labels.method)], labels.code.to_string());
    let all = [(label, name), ("code", &code), ("method", method), ("protocol", labels.kind.word())];
    Written::new(all.into_iter())
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
