//! Settings of the access log, of metrics and of tracing.

use crate::is_default;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Common,
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeaderMode {
    #[default]
    Keep,
    Drop,
    Redact,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessLog {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    #[serde(skip_serializing_if = "is_default")]
    pub format: LogFormat,
    #[serde(skip_serializing_if = "is_default")]
    pub buffered_lines: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<(u16, u16)>,
    #[serde(skip_serializing_if = "is_default")]
    pub retried: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub longer_than_ns: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub drop_fields: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub headers_mode: HeaderMode,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, HeaderMode>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buckets_ns: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Propagation {
    #[default]
    W3c,
    Jaeger,
    Zipkin,
    Datadog,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tracing {
    pub service: String,
    #[serde(skip_serializing_if = "is_default")]
    pub propagation: Propagation,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trace_header: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub parent_header: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub priority_header: String,
    pub sampled_per_million: u32,
    #[serde(skip_serializing_if = "is_default")]
    pub most_per_kilosecond: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub span_name_limit: usize,
    #[serde(skip_serializing_if = "is_default")]
    pub id128: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub same_span: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host: String,
    #[serde(skip_serializing_if = "is_default")]
    pub port: u16,
    pub path: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Default for Tracing {
    fn default() -> Self {
        Self {
            service: "traefik".to_owned(),
            propagation: Propagation::W3c,
            trace_header: String::new(),
            parent_header: String::new(),
            priority_header: String::new(),
            sampled_per_million: 1_000_000,
            most_per_kilosecond: 0,
            span_name_limit: 0,
            id128: false,
            same_span: false,
            host: String::new(),
            port: 0,
            path: "/v1/traces".to_owned(),
            attributes: BTreeMap::new(),
        }
    }
}
