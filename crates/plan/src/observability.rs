//! Settings of the access log and of metrics.

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
}
