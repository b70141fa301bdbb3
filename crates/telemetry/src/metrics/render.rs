//! The figures in Prometheus' text format.

use super::Metrics;
use super::series::{Labels, METHODS, Subject};
use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// A page under way.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// Begins a family. `kind`: `counter`, `gauge` or `histogram`.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// One sample of the family.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            self.0.push_str(if index == 0 { "{" } else { "," });
            self.0.push_str(label);
            self.0.push_str("=\"");
            for character in text.chars() {
                match character {
                    '\\' => self.0.push_str("\\\\"),
                    '"' => self.0.push_str("\\\""),
                    '\n' => self.0.push_str("\\n"),
                    other => self.0.push(other),
                }
            }
            self.0.push('"');
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }

    /// A family of one sample.
    pub fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// The text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Sums over the threads.
#[derive(Clone, Debug, Default)]
struct Sum {
    count: u64,
    nanos: u64,
    retries: u64,
    buckets: Vec<u64>,
}

type Sums = BTreeMap<(Subject, Labels), Sum>;

impl Metrics {
    /// Renders all series of which `wanted` holds: those of what is configured no more are left out.
    pub fn render(&self, page: &mut Page, wanted: impl Fn(&Subject) -> bool) {
        let (sums, open) = (self.sums(&wanted), self.open(&wanted));
        let of = |pick: fn(&Subject) -> bool| sums.iter().filter(move |((subject, _), _)| pick(subject));
        let open_of = |pick: fn(&Subject) -> bool| open.iter().filter(move |((subject, _), _)| pick(subject));
        let point: fn(&Subject) -> bool = |subject| matches!(subject, Subject::EntryPoint(_));
        let backend: fn(&Subject) -> bool = |subject| matches!(subject, Subject::Backend(_));
        self.requests(page, of(point), ("traefik_entrypoint", "entrypoint"));
        gauges(page, open_of(point), ("traefik_entrypoint", "entrypoint"));
        self.requests(page, of(backend), ("traefik_backend", "backend"));
        gauges(page, open_of(backend), ("traefik_backend", "backend"));
        retries(page, of(backend));
        routers(page, &sums);
        page.single(
            "pointsman_metrics_series_left_out_total",
            "counter",
            "Series beyond the most that are kept; their requests are counted nowhere.",
            self.left_out.load(Ordering::Relaxed),
        );
    }

    fn sums(&self, wanted: &impl Fn(&Subject) -> bool) -> Sums {
        let mut sums = Sums::new();
        for series in self.series.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if !wanted(&series.subject) {
                continue;
            }
            let sum = sums.entry((series.subject.clone(), series.labels)).or_default();
            sum.count += series.count.load(Ordering::Relaxed);
            sum.nanos += series.nanos.load(Ordering::Relaxed);
            sum.retries += series.retries.load(Ordering::Relaxed);
            sum.buckets.resize(series.buckets.len(), 0);
            for (all, bucket) in sum.buckets.iter_mut().zip(&series.buckets) {
                *all += bucket.load(Ordering::Relaxed);
            }
        }
        sums
    }

    fn open(&self, wanted: &impl Fn(&Subject) -> bool) -> BTreeMap<(Subject, Labels), u64> {
        let mut open = BTreeMap::<_, u64>::new();
        for gauge in self.gauges.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if wanted(&gauge.subject) {
                // In this order: what ends in between must not count as less than none.
                let ended = gauge.ended.load(Ordering::Acquire);
                let now = gauge.begun.load(Ordering::Acquire).saturating_sub(ended);
                *open.entry((gauge.subject.clone(), gauge.labels)).or_default() += now;
            }
        }
        open
    }

    fn requests<'s>(
        &self,
        page: &mut Page,
        sums: impl Iterator<Item = (&'s (Subject, Labels), &'s Sum)> + Clone,
        (family, label): (&str, &str),
    ) {
        let (total, duration) = (format!("{family}_requests_total"), format!("{family}_request_duration_seconds"));
        page.family(&total, "counter", "Requests, by status, method and protocol.");
        for ((subject, labels), sum) in sums.clone() {
            labelled(subject, *labels, label, |all| page.sample(&total, all, sum.count));
        }
        page.family(&duration, "histogram", "How long requests took, by status, method and protocol.");
        for ((subject, labels), sum) in sums {
            labelled(subject, *labels, label, |all| self.histogram(page, &duration, all, sum));
        }
    }

    fn histogram(&self, page: &mut Page, name: &str, labels: &[(&str, &str)], sum: &Sum) {
        let (bucket, mut below) = (format!("{name}_bucket"), 0);
        let mut with = |bound: &str, count: u64| {
            let all: Vec<_> = labels.iter().copied().chain([("le", bound)]).collect();
            page.sample(&bucket, &all, count);
        };
        for (bound, count) in self.buckets.iter().zip(&sum.buckets) {
            below += count;
            with(&seconds(*bound).to_string(), below);
        }
        with("+Inf", sum.count);
        page.sample(&format!("{name}_sum"), labels, seconds(sum.nanos));
        page.sample(&format!("{name}_count"), labels, sum.count);
    }
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

fn labelled(subject: &Subject, labels: Labels, label: &str, f: impl FnOnce(&[(&str, &str)])) {
    let (method, code) = (METHODS[usize::from(labels.method)], labels.code.to_string());
    let name: &str = match subject {
        Subject::EntryPoint(name) | Subject::Backend(name) | Subject::Router(name, _) => name,
    };
    f(&[(label, name), ("code", &code), ("method", method), ("protocol", labels.kind.word())]);
}

fn gauges<'s>(
    page: &mut Page,
    open: impl Iterator<Item = (&'s (Subject, Labels), &'s u64)>,
    (family, label): (&str, &str),
) {
    let name = format!("{family}_open_connections");
    page.family(&name, "gauge", "Requests under way, by method and protocol.");
    for ((subject, labels), count) in open {
        labelled(subject, *labels, label, |all| page.sample(&name, &[all[0], all[2], all[3]], count));
    }
}

fn retries<'s>(page: &mut Page, sums: impl Iterator<Item = (&'s (Subject, Labels), &'s Sum)>) {
    let mut by_backend = BTreeMap::<&str, u64>::new();
    for ((subject, _), sum) in sums {
        if let Subject::Backend(name) = subject {
            *by_backend.entry(name).or_default() += sum.retries;
        }
    }
    page.family("traefik_backend_retries_total", "counter", "Tries beyond the first.");
    for (name, count) in by_backend.iter().filter(|(_, count)| **count > 0) {
        page.sample("traefik_backend_retries_total", &[("backend", name)], count);
    }
}

fn routers(page: &mut Page, sums: &Sums) {
    let mut each = |name: &str, help: &str, value: fn(&Sum) -> f64| {
        page.family(name, "counter", help);
        for ((subject, labels), sum) in sums {
            if let Subject::Router(router, provider) = subject {
                let class = format!("{}xx", labels.code);
                page.sample(name, &[("router", router), ("provider", provider), ("class", &class)], value(sum));
            }
        }
    };
    each("pointsman_router_requests_total", "Requests by router and class of status.", |sum| sum.count as f64);
    each("pointsman_router_request_seconds_total", "Time that these requests took.", |sum| seconds(sum.nanos));
}
