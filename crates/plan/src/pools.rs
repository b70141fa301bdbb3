//! Pools of upstream servers.

use crate::{Condition, HeaderEdit, is_default};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BalancerMethod {
    #[default]
    Wrr,
    Drr,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    #[default]
    Http,
    Https,
    H2c,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub name: String,
    pub url: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub scheme: Scheme,
    pub address: String,
    pub host: String,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sticky {
    pub cookie: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub secure: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub http_only: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub same_site: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxConnections {
    pub amount: u64,
    pub source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    pub path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scheme: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub port: u16,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hostname: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<HeaderEdit>,
    #[serde(default = "half_a_minute", skip_serializing_if = "is_half_a_minute")]
    pub interval_ms: u64,
    #[serde(default = "five_seconds", skip_serializing_if = "is_five_seconds")]
    pub timeout_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buffering {
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_request_bytes: u64,
    #[serde(default = "mebibyte", skip_serializing_if = "is_mebibyte")]
    pub memory_request_bytes: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_response_bytes: u64,
    #[serde(default = "mebibyte", skip_serializing_if = "is_mebibyte")]
    pub memory_response_bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Condition>,
}

/// What few pools have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolOptions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky: Option<Sticky>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Condition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<MaxConnections>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthCheck>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffering: Option<Buffering>,
    #[serde(default = "tenth", skip_serializing_if = "is_tenth")]
    pub flush_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    pub provider: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub method: BalancerMethod,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Arc<PoolOptions>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Server>,
}

fn one() -> u32 {
    1
}

fn is_one(value: &u32) -> bool {
    *value == 1
}

fn tenth() -> i64 {
    100
}

fn is_tenth(value: &i64) -> bool {
    *value == tenth()
}

fn half_a_minute() -> u64 {
    30_000
}

fn is_half_a_minute(value: &u64) -> bool {
    *value == half_a_minute()
}

fn five_seconds() -> u64 {
    5_000
}

fn is_five_seconds(value: &u64) -> bool {
    *value == five_seconds()
}

fn mebibyte() -> u64 {
    1_048_576
}

fn is_mebibyte(value: &u64) -> bool {
    *value == mebibyte()
}
