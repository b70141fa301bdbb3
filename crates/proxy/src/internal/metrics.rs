//! `/metrics`: the few numbers about the process itself, in Prometheus' text format.

use crate::context::Shared;
use crate::logs;
use std::fmt::Write;

struct Metric {
    name: &'static str,
    help: &'static str,
    kind: &'static str,
    value: u64,
}

/// Renders all of them.
pub(super) fn render(shared: &Shared) -> String {
    let totals = shared.telemetry.totals();
    let metrics = [
        Metric {
            name: "pointsman_config_generation",
            help: "Generation of the plan in force; 0 before the first.",
            kind: "gauge",
            value: shared.snapshot.load().generation(),
        },
        Metric {
            name: "pointsman_open_connections",
            help: "Client connections open over all entry points.",
            kind: "gauge",
            value: totals.open,
        },
        Metric {
            name: "pointsman_requests_total",
            help: "Requests whose head was read, over all entry points.",
            kind: "counter",
            value: totals.requests,
        },
        Metric {
            name: "pointsman_requests_in_flight",
            help: "Requests not answered to their end yet.",
            kind: "gauge",
            value: totals.in_flight,
        },
        Metric {
            name: "pointsman_retries_total",
            help: "Tries on another server, or the same again, after a first one failed.",
            kind: "counter",
            value: totals.retries,
        },
        Metric {
            name: "pointsman_log_lines_dropped_total",
            help: "Log lines dropped because nobody read them.",
            kind: "counter",
            value: logs::dropped(),
        },
    ];
    let mut text = String::new();
    for Metric { name, help, kind, value } in metrics {
        // Writing to a String cannot fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
    }
    text
}
