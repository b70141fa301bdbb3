//! Messages between controller and proxy: a 4-byte big-endian length, then JSON.

use crate::{Plan, Pool, Route, is_default};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest message either side accepts, in bytes.
pub const MESSAGE_BYTES: usize = 256 << 20;

/// Controller → proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Downward {
    /// Replace everything.
    ApplyPlan { plan: Plan },
    /// From generation `base` to `generation`; `None` removes.
    ApplyDelta {
        base: u64,
        generation: u64,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        routes: BTreeMap<String, Option<Route>>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pools: BTreeMap<String, Option<Pool>>,
    },
    /// Answer with `Stats`.
    TellStats {
        #[serde(default, skip_serializing_if = "is_default")]
        routes: Routes,
    },
    /// Answer with `MetricsPage`.
    TellMetrics {},
    /// Answer with `Explained`.
    Explain { question: Question },
}

/// Which routes' numbers are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Routes {
    #[default]
    None,
    /// Of those with requests since they were told last.
    Changed,
    All,
}

/// Proxy → controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Upward {
    /// First message on a link: the generation in force (0 = nothing yet).
    Hello {
        #[serde(default, skip_serializing_if = "is_default")]
        generation: u64,
        #[serde(default, skip_serializing_if = "is_default")]
        pid: u32,
    },
    /// `generation` is in force, without the routes named.
    Applied {
        generation: u64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        problems: Vec<RouteProblem>,
    },
    /// The message was refused whole; `generation` stays in force. A full plan is wanted.
    Rejected { generation: u64, message: String },
    /// All servers that are down, whenever that changes.
    Health {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        servers: Vec<ServerHealth>,
    },
    /// The figures as `/metrics` shows them.
    MetricsPage { page: String },
    /// The proxy was told to stop and takes no more changes.
    Draining {},
    /// Numbers since the process started. Durations in microseconds; buckets: see `durations` of the proxy.
    Stats {
        pid: u32,
        uptime_ms: u64,
        /// Client connections and requests at the moment.
        open: u64,
        in_flight: u64,
        retries: u64,
        /// By status; 0: none or an impossible one.
        codes: BTreeMap<String, u64>,
        micros: u64,
        bytes: u64,
        durations: Vec<u64>,
        routes: BTreeMap<String, RouteStats>,
        errors: Vec<RecentError>,
    },
    /// Where a request would go by the plan in force.
    Explained { explanation: Explanation },
}

/// A request that is only asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub entry_point: String,
    pub method: String,
    pub host: String,
    /// Raw.
    pub path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// Names in lower case, and values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
}

/// Where a request would go, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The first answers; the others lost to it by their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<Fit>,
    /// The nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misses: Vec<Miss>,
    /// Routes for other hosts, not compared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub other_hosts: u64,
    /// Path and query that the first one's upstream is asked for; absent when a prefix to strip is missing (404).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwards: Option<String>,
}

/// A route that fits a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    pub route: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub redirect_slash: bool,
}

/// A route that does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Miss {
    pub route: String,
    /// Number of the first matcher that fails, in the route's list.
    pub matcher: u64,
    /// Its type.
    pub fails_at: String,
}

/// A server that its health check found down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerHealth {
    pub pool: String,
    pub server: String,
    pub url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Numbers of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteStats {
    /// By first digit of the status.
    pub classes: Vec<u64>,
    pub micros: u64,
    pub durations: Vec<u64>,
}

/// An answer with a status of 400 or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecentError {
    pub unix_us: u64,
    pub status: u16,
    pub method: String,
    pub host: String,
    /// Raw, without query.
    pub path: String,
    pub route: String,
    pub server: String,
    pub reason: String,
    pub micros: u64,
}

/// A route the proxy could not build and left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteProblem {
    pub route: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    pub message: String,
}
