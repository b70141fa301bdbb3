//! Owns what is counted, written down and sent about requests: numbers that cost no lock, the access log, spans. Knows requests as
//! `Outcome`s, borrowed from whoever carried them out; knows no sockets, routes or plans.

mod access_log;
mod counters;
mod metrics;
mod outcome;
mod reason;
mod recorder;
mod tracing;

pub use access_log::{AccessLog, Complain};
pub use counters::{Counters, Reloads, Telemetry, Totals};
pub use metrics::{Kind, Meter, Meters, Metrics, Opened, Page, RouteMeter, Router};
pub use outcome::{Fields, Outcome, Stages};
pub use reason::Reason;
pub use recorder::Recorder;
pub use tracing::{Lookup, Trace, Tracer};
