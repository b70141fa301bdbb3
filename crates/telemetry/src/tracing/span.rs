//! Finished spans, and their form in OTLP's JSON.

use super::context::Own;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Names are never made shorter than this.
const LEAST_NAME: usize = 16;
/// `-` and the digest's first digits.
const SUFFIX: usize = 9;
/// A server's span.
const SERVER: u8 = 2;
/// Status of a span that failed.
const ERROR: u8 = 2;

/// One request.
#[derive(Debug)]
pub(super) struct Span {
    pub own: Own,
    pub name: String,
    /// Nanoseconds since 1970.
    pub times: (u64, u64),
    pub failed: bool,
    pub texts: Vec<(&'static str, String)>,
    pub numbers: Vec<(&'static str, u64)>,
}

/// A name of `limit` bytes at most (0: any). compat(1.7): what is left out becomes a part of the name's SHA-256.
pub(super) fn shortened(name: String, limit: usize) -> String {
    let limit = limit.max(LEAST_NAME);
    if name.len() <= limit {
        return name;
    }
    let end = (0..=limit - SUFFIX).rev().find(|&end| name.is_char_boundary(end)).unwrap_or(0);
    let digest = Sha256::digest(name.as_bytes());
    let digits: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{digits}", &name[..end])
}

/// The body of a request to a collector. `resource`: its attributes.
pub(super) fn document(spans: &[Span], resource: &BTreeMap<String, String>) -> String {
    let attributes: Vec<Value> = resource.iter().map(|(key, text)| attribute(key, text)).collect();
    let spans: Vec<Value> = spans.iter().map(Span::encoded).collect();
    let scope = json!({"name": "pointsman", "version": env!("CARGO_PKG_VERSION")});
    json!({"resourceSpans": [{
        "resource": {"attributes": attributes},
        "scopeSpans": [{"scope": scope, "spans": spans}],
    }]})
    .to_string()
}

fn attribute(key: &str, text: &str) -> Value {
    json!({"key": key, "value": {"stringValue": text}})
}

impl Span {
    /// Ids are hexadecimal and 64-bit numbers are text in OTLP's JSON.
    fn encoded(&self) -> Value {
        let Own { trace, span, parent, .. } = self.own;
        let texts = self.texts.iter().map(|(key, text)| attribute(key, text));
        let numbers =
            self.numbers.iter().map(|(key, number)| json!({"key": key, "value": {"intValue": number.to_string()}}));
        json!({
            "traceId": format!("{trace:032x}"),
            "spanId": format!("{span:016x}"),
            "parentSpanId": parent.map_or_else(String::new, |parent| format!("{parent:016x}")),
            "name": self.name,
            "kind": SERVER,
            "startTimeUnixNano": self.times.0.to_string(),
            "endTimeUnixNano": self.times.1.to_string(),
            "attributes": texts.chain(numbers).collect::<Vec<Value>>(),
            "status": if self.failed { json!({"code": ERROR}) } else { json!({}) },
        })
    }
}
