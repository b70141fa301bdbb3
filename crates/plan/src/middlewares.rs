//! Middlewares: steps between a route's match and its pool.

use crate::is_default;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderEdit {
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusRange {
    pub first: u16,
    pub last: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorPage {
    pub statuses: Vec<StatusRange>,
    pub pool: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub pass_host: bool,
    pub query: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientTls {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ca: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cert: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub insecure_skip_verify: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityHeaders {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_hosts: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts_proxy_headers: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub ssl_redirect: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub ssl_temporary_redirect: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ssl_host: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub ssl_force_host: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ssl_proxy_headers: Vec<HeaderEdit>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sts: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub force_sts: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub public_key: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response: Vec<HeaderEdit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardAuth {
    pub address: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub trust_forward_header: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auth_response_headers: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub header_field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<ClientTls>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Middleware {
    IpAllowList {
        source_range: Vec<String>,
        #[serde(default, skip_serializing_if = "is_default")]
        use_x_forwarded_for: bool,
    },
    Headers {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        request: Vec<HeaderEdit>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        response: Vec<HeaderEdit>,
    },
    ErrorPages {
        pages: Vec<ErrorPage>,
    },
    RedirectEntryPoint {
        entry_point: String,
        scheme: String,
        port: u16,
        #[serde(default, skip_serializing_if = "is_default")]
        permanent: bool,
    },
    RedirectRegex {
        regex: String,
        replacement: String,
        #[serde(default, skip_serializing_if = "is_default")]
        permanent: bool,
    },
    SecurityHeaders(SecurityHeaders),
    BasicAuth {
        users: Vec<String>,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        header_field: String,
        #[serde(default, skip_serializing_if = "is_default")]
        remove_header: bool,
    },
    DigestAuth {
        users: Vec<String>,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        header_field: String,
        #[serde(default, skip_serializing_if = "is_default")]
        remove_header: bool,
    },
    ForwardAuth(ForwardAuth),
}
