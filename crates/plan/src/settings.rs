//! Settings: fixed for the life of a proxy process.

use crate::{AccessLog, Metrics, Middleware, Tracing, VERSION, is_default, is_version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForwardedHeaders {
    #[serde(skip_serializing_if = "is_default")]
    pub insecure: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trusted_ips: Vec<String>,
}

impl ForwardedHeaders {
    /// Everybody is believed: 1.7's answer where the section is absent.
    #[must_use]
    pub fn anyone() -> Self {
        Self { insecure: true, trusted_ips: Vec::new() }
    }

    fn is_anyone(&self) -> bool {
        *self == Self::anyone()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProxyProtocol {
    #[serde(skip_serializing_if = "is_default")]
    pub insecure: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trusted_ips: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamTls {
    #[serde(skip_serializing_if = "is_default")]
    pub insecure_skip_verify: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub root_cas: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryPoint {
    pub address: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fds: Vec<i32>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub tls: bool,
    #[serde(default = "ForwardedHeaders::anyone", skip_serializing_if = "ForwardedHeaders::is_anyone")]
    pub forwarded_headers: ForwardedHeaders,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_protocol: Option<ProxyProtocol>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub middlewares: Vec<Middleware>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Middleware>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub compress: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub internal: Vec<Internal>,
}

impl EntryPoint {
    /// One that only listens.
    #[must_use]
    pub fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            fds: Vec::new(),
            tls: false,
            forwarded_headers: ForwardedHeaders::anyone(),
            proxy_protocol: None,
            middlewares: Vec::new(),
            guards: Vec::new(),
            compress: false,
            internal: Vec::new(),
        }
    }
}

/// Routes answered before any frontend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Internal {
    Ping,
    Api,
    Dashboard,
    Metrics,
    Rest,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    #[serde(skip_serializing_if = "is_default")]
    pub attempts: u32,
}

/// Milliseconds; 0 = none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    pub head_ms: u64,
    pub read_ms: u64,
    pub write_ms: u64,
    pub idle_ms: u64,
    pub connect_ms: u64,
    pub response_header_ms: u64,
    pub upstream_idle_ms: u64,
    pub request_accept_grace_ms: u64,
    pub grace_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head_ms: 60_000,
            read_ms: 0,
            write_ms: 0,
            idle_ms: 180_000,
            connect_ms: 30_000,
            response_header_ms: 0,
            upstream_idle_ms: 90_000,
            request_accept_grace_ms: 0,
            grace_ms: 10_000,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub request_line_bytes: usize,
    pub head_bytes: usize,
    pub fields: usize,
    pub idle_per_server: usize,
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { request_line_bytes: 8_192, head_bytes: 65_536, fields: 128, idle_per_server: 200, connections: 0 }
    }
}

/// What a proxy process is started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    #[serde(skip_serializing_if = "is_version")]
    pub version: u32,
    pub threads: usize,
    pub hostname: String,
    pub state_dir: String,
    pub admin_socket: String,
    pub entry_points: BTreeMap<String, EntryPoint>,
    pub timeouts: Timeouts,
    pub limits: Limits,
    pub retry: Option<Retry>,
    pub upstream_tls: UpstreamTls,
    pub strict: bool,
    pub log_level: String,
    pub log_format: String,
    pub recent_errors: usize,
    pub access_log: Option<AccessLog>,
    pub metrics: Option<Metrics>,
    pub tracing: Option<Tracing>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            threads: 1,
            hostname: String::new(),
            state_dir: String::new(),
            admin_socket: String::new(),
            entry_points: BTreeMap::new(),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            retry: None,
            upstream_tls: UpstreamTls::default(),
            strict: false,
            log_level: "ERROR".to_owned(),
            log_format: "common".to_owned(),
            recent_errors: 0,
            access_log: None,
            metrics: None,
            tracing: None,
        }
    }
}
