//! Routes: matchers, path modifiers, action.

use crate::{Middleware, is_default};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    pub source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub literal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wildcard: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub slash: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryPair {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderPair {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Matcher {
    Host {
        hosts: Vec<String>,
    },
    HostRegexp {
        patterns: Vec<Pattern>,
    },
    Method {
        methods: Vec<String>,
    },
    Path {
        patterns: Vec<Pattern>,
        #[serde(default, skip_serializing_if = "is_default")]
        redirect_slash: bool,
    },
    PathPrefix {
        patterns: Vec<Pattern>,
    },
    PathExact {
        path: String,
    },
    PathSegments {
        path: String,
    },
    Query {
        pairs: Vec<QueryPair>,
    },
    Header {
        pairs: Vec<HeaderPair>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Modifier {
    StripPrefixRegex { regexes: Vec<String> },
    StripPrefix { prefixes: Vec<String> },
    AddPrefix { prefix: String },
    ReplacePathRegex { regex: String, replacement: String },
    ReplacePath { path: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub period_ns: u64,
    pub average: u64,
    pub burst: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    pub source: String,
    pub rates: Vec<Rate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    Forward {
        pool: String,
        #[serde(default, skip_serializing_if = "is_default")]
        pass_host: bool,
    },
    Refuse {
        #[serde(default = "not_found", skip_serializing_if = "is_not_found")]
        status: u16,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub provider: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
    #[serde(default, skip_serializing_if = "is_empty")]
    pub labels: Arc<[(Box<str>, Box<str>)]>,
    pub entry_points: Vec<String>,
    pub priority: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub tie: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matchers: Vec<Matcher>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<Modifier>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub middlewares: Vec<Middleware>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    pub action: Action,
}

fn is_empty<T>(items: &Arc<[T]>) -> bool {
    items.is_empty()
}

fn not_found() -> u16 {
    404
}

fn is_not_found(value: &u16) -> bool {
    *value == not_found()
}
