//! The plan: what the proxy executes. Twin of `src/pointsman/model/plan.py`, field for field; the Python side carries
//! the documentation of each field. No I/O. Unknown fields are refused; defaults are left out when encoding.
#![allow(missing_docs)] // fields are documented once, in the Python twin

mod conditions;
mod messages;
mod middlewares;
mod observability;
mod pools;
mod routes;
mod settings;

pub use conditions::*;
pub use messages::*;
pub use middlewares::*;
pub use observability::*;
pub use pools::*;
pub use routes::*;
pub use settings::*;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the plan format; any other is refused.
pub const VERSION: u32 = 1;

/// Everything that may change while the proxy runs. Keys are `provider/name`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    #[serde(skip_serializing_if = "is_version")]
    pub version: u32,
    #[serde(skip_serializing_if = "is_default")]
    pub generation: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub routes: BTreeMap<String, Route>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pools: BTreeMap<String, Pool>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { version: VERSION, generation: 0, routes: BTreeMap::new(), pools: BTreeMap::new() }
    }
}

fn is_version(value: &u32) -> bool {
    *value == VERSION
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
