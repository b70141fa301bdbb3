//! Plan and journal become one text again, without being decoded: what costs tens of megabytes as a plan is a few as text.

use super::journal::{JOURNAL, PLAN};
use crate::link::frames::{self, FrameError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// A plan whose routes and pools stay text. A field it doesn't know is an error: dropping it would change the plan.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Text<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    generation: u64,
    #[serde(borrow, default)]
    routes: BTreeMap<String, &'a RawValue>,
    #[serde(borrow, default)]
    pools: BTreeMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delta<'a> {
    #[serde(rename = "type")]
    _type: &'a str,
    base: u64,
    generation: u64,
    #[serde(borrow, default)]
    routes: BTreeMap<String, Option<&'a RawValue>>,
    #[serde(borrow, default)]
    pools: BTreeMap<String, Option<&'a RawValue>>,
}

/// The plan in the folder, with the deltas of its journal in it.
///
/// # Errors
/// The system's, and `InvalidData` for what is no plan, no delta, or doesn't fit together.
pub(super) fn fold(dir: &Path) -> io::Result<Vec<u8>> {
    let (plan, journal) = (fs::read(dir.join(PLAN))?, messages(&fs::read(dir.join(JOURNAL))?)?);
    let mut text: Text<'_> = serde_json::from_slice(&plan)?;
    for message in &journal {
        let delta: Delta<'_> = serde_json::from_slice(message)?;
        if delta.generation <= text.generation {
            continue;
        }
        if delta.base != text.generation {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the journal does not follow its plan"));
        }
        merge(&mut text.routes, delta.routes);
        merge(&mut text.pools, delta.pools);
        text.generation = delta.generation;
    }
    Ok(serde_json::to_vec(&text)?)
}

fn messages(mut journal: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    let mut messages = Vec::new();
    loop {
        match frames::read(&mut journal) {
            Ok(message) => messages.push(message),
            Err(FrameError::Closed) => return Ok(messages),
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string())),
        }
    }
}

fn merge<'a>(into: &mut BTreeMap<String, &'a RawValue>, changes: BTreeMap<String, Option<&'a RawValue>>) {
    for (key, value) in changes {
        match value {
            Some(value) => drop(into.insert(key, value)),
            None => drop(into.remove(&key)),
        }
    }
}
