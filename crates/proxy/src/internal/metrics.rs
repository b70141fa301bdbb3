//! `/metrics` in Prometheus' text format: figures about configuration, traffic and the process itself.

use crate::context::Shared;
use crate::logs;
use crate::snapshot::{CompiledRoute, Metered, Snapshot};
use crate::telemetry::{Meter, Page, Reason, Router, Totals};
use std::collections::{BTreeMap, HashSet};

/// Renders all of them.
pub(crate) fn render(shared: &Shared) -> String {
    let mut page = Page::default();
    let snapshot = shared.snapshot.load();
    configuration(&mut page, shared, &snapshot);
    if let Some(metrics) = shared.telemetry.metrics() {
        let backends: Vec<(&str, &Meter)> =
            snapshot.pools().filter_map(|pool| Some((&*pool.name, pool.meter.as_deref()?))).collect();
        metrics.render(&mut page, &backends, routers(&snapshot).into_iter());
        servers(&mut page, &snapshot);
    }
    traffic(&mut page, &shared.telemetry.totals());
    let dropped = shared.telemetry.log().map_or(0, |log| log.dropped());
    let help = "Lines of the access log that found no room or could not be written.";
    page.single("pointsman_access_log_lines_dropped_total", "counter", help, dropped);
    if let Some(tracer) = shared.telemetry.tracer() {
        let (sent, dropped) = tracer.counts();
        page.single("pointsman_spans_sent_total", "counter", "Spans that a collector took.", sent);
        let help = "Spans that found no room or no collector.";
        page.single("pointsman_spans_dropped_total", "counter", help, dropped);
    }
    let help = "Log lines dropped because nobody read them.";
    page.single("pointsman_log_lines_dropped_total", "counter", help, logs::dropped());
    process(&mut page);
    page.into_text()
}

fn configuration(page: &mut Page, shared: &Shared, snapshot: &Snapshot) {
    let (reloads, reloaded) = shared.telemetry.reloads.told();
    let (refusals, refused) = shared.telemetry.refusals.told();
    page.single("traefik_config_reloads_total", "counter", "Configurations put in force.", reloads);
    page.single("traefik_config_reloads_failure_total", "counter", "Configurations refused.", refusals);
    let help = "When a configuration was last put in force, in seconds since 1970.";
    page.single("traefik_config_last_reload_success", "gauge", help, reloaded);
    let help = "When a configuration was last refused, in seconds since 1970.";
    page.single("traefik_config_last_reload_failure", "gauge", help, refused);
    let help = "Generation of the plan in force; 0 before the first.";
    page.single("pointsman_config_generation", "gauge", help, snapshot.generation());
}

/// Those in force: what was counted of others is not told any more.
fn routers(snapshot: &Snapshot) -> Vec<Router<'_>> {
    let mut routes = BTreeMap::<(&str, &str), &CompiledRoute>::new();
    snapshot.each_route(|route| {
        routes.insert((&route.name, &route.provider), route);
    });
    let all = routes.into_iter().filter_map(|((name, provider), route)| {
        let Metered { labels, meter, .. } = route.metered.as_ref()?;
        Some(Router { name, provider, labels, meter })
    });
    all.collect()
}

fn servers(page: &mut Page, snapshot: &Snapshot) {
    let name = "traefik_backend_server_up";
    page.family(name, "gauge", "Whether a server is up, as far as its health is checked.");
    let mut told = HashSet::new();
    for pool in snapshot.pools() {
        for (index, upstream) in pool.upstreams.iter().enumerate() {
            // Backends of several providers may share a name.
            if told.insert((&*pool.name, &*upstream.server.url)) {
                let labels = [("backend", &*pool.name), ("url", &*upstream.server.url)];
                page.sample(name, &labels, u8::from(pool.is_up(index)));
            }
        }
    }
}

fn traffic(page: &mut Page, totals: &Totals) {
    let help = "Client connections open over all entry points.";
    page.single("pointsman_open_connections", "gauge", help, totals.open);
    let help = "Requests whose head was read, over all entry points.";
    page.single("pointsman_requests_total", "counter", help, totals.requests);
    let help = "Requests not answered to their end yet.";
    page.single("pointsman_requests_in_flight", "gauge", help, totals.in_flight);
    let help = "Tries on another server, or the same again, after a first one failed.";
    page.single("pointsman_retries_total", "counter", help, totals.retries);
    let name = "pointsman_request_outcomes_total";
    page.family(name, "counter", "Requests by how they ended.");
    for (reason, count) in Reason::ALL.iter().zip(totals.reasons) {
        page.sample(name, &[("reason", reason.word())], count);
    }
}

/// What client libraries of Prometheus say about their process.
fn process(page: &mut Page) {
    let rustix::process::Rlimit { current, .. } = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    page.single("process_max_fds", "gauge", "Most file descriptors.", current.unwrap_or(u64::MAX));
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        page.single("process_open_fds", "gauge", "Open file descriptors.", open.count());
    }
    let Some(figures) = std::fs::read_to_string("/proc/self/stat").ok().and_then(|stat| Figures::of(&stat)) else {
        return;
    };
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    let help = "User and system CPU time, in seconds.";
    page.single("process_cpu_seconds_total", "counter", help, figures.cpu as f64 / ticks);
    let help = "Virtual memory, in bytes.";
    page.single("process_virtual_memory_bytes", "gauge", help, figures.virtual_bytes);
    let resident = figures.resident_pages * rustix::param::page_size() as u64;
    page.single("process_resident_memory_bytes", "gauge", "Resident memory, in bytes.", resident);
    if let Some(boot) = boot_time() {
        let help = "When the process started, in seconds since 1970.";
        page.single("process_start_time_seconds", "gauge", help, boot as f64 + figures.started as f64 / ticks);
    }
}

/// Of `/proc/self/stat`; times in clock ticks.
struct Figures {
    cpu: u64,
    started: u64,
    virtual_bytes: u64,
    resident_pages: u64,
}

impl Figures {
    fn of(stat: &str) -> Option<Self> {
        // The name before it may hold anything.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Self {
            cpu: field(14)? + field(15)?,
            started: field(22)?,
            virtual_bytes: field(23)?,
            resident_pages: field(24)?,
        })
    }
}

fn boot_time() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}
