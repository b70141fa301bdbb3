//! Owns the question "which route answers this request?": matchers, their order, and the index that keeps the answer's
//! cost apart from the number of routes. Pure: no I/O, no clock. Knows nothing of sockets, pools or middlewares.

mod entry;
mod explain;
mod hosts;
mod matchers;
mod order;
mod percent;
mod query;
mod regexes;
mod request;
mod shards;
mod table;
mod trie;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod table_tests;

pub use entry::Entry;
pub use explain::{Explanation, Match, Miss};
pub use order::Order;
pub use percent::{decode_path, encode_path};
pub use regexes::{Regex, Regexes};
pub use request::{Headers, Request};
pub use table::{Found, Table};

use thiserror::Error;

/// Why a route could not be built; the words a user sees.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{key} `{value}`: {message}")]
pub struct BuildError {
    /// The matcher, modifier or middleware at fault, as the plan names its type (`host_regexp`).
    pub key: &'static str,
    /// The value as configured.
    pub value: String,
    /// What is wrong with it.
    pub message: String,
}
