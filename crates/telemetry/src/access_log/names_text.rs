//! What of a line is the same for all requests of one host that one route sends to one server: made once, and kept.

use super::AccessLog;
use super::fields::Field;
use super::json::{key, quoted, word};
use super::names::{Origin, host_and_port, parts};
use super::text::{decoded, encode, escape};
use crate::Outcome;
use std::ops::Range;

/// How many are kept; a power of two.
const KEPT: usize = 64;

/// Those of a thread. The first place is for what is made anew for each request.
#[derive(Debug, Default)]
pub(super) struct KnownNames {
    places: Vec<NamesText>,
}

/// The names of a line as they stand in it, each with its key.
#[derive(Debug, Default)]
pub(super) struct NamesText {
    route: Vec<u8>,
    backend: Vec<u8>,
    server: Vec<u8>,
    host: Vec<u8>,
    text: Vec<u8>,
    ends: [usize; 4],
}

impl KnownNames {
    /// A request's.
    pub fn of(&mut self, log: &AccessLog, origin: Option<&Origin<'_>>, outcome: &Outcome<'_>) -> &NamesText {
        if self.places.is_empty() {
            self.places.resize_with(KEPT + 1, NamesText::default);
        }
        match (outcome.route, origin.and_then(|origin| origin.server)) {
            (Some(route), Some(server)) => {
                // Where names lie in memory tells most of them apart; what they are is compared.
                let spread = (route.as_ptr() as usize ^ (server.as_ptr() as usize).rotate_left(7))
                    .wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let known = &mut self.places[1 + (spread >> 32) % KEPT];
                let backend = outcome.backend.unwrap_or_default();
                let names = [route.as_bytes(), backend.as_bytes(), server.as_bytes(), outcome.host];
                if !known.are_of(names) {
                    known.name(names);
                    known.write(log, origin, outcome);
                }
                known
            }
            _ => {
                let anew = &mut self.places[0];
                anew.write(log, origin, outcome);
                anew
            }
        }
    }
}

impl NamesText {
    fn are_of(&self, [route, backend, server, host]: [&[u8]; 4]) -> bool {
        *self.server == *server && *self.host == *host && *self.route == *route && *self.backend == *backend
    }

    fn name(&mut self, [route, backend, server, host]: [&[u8]; 4]) {
        for (kept, name) in
            [(&mut self.route, route), (&mut self.backend, backend), (&mut self.server, server), (&mut self.host, host)]
        {
            kept.clear();
            kept.extend_from_slice(name);
        }
    }

    fn write(&mut self, log: &AccessLog, origin: Option<&Origin<'_>>, outcome: &Outcome<'_>) {
        let out = &mut self.text;
        out.clear();
        if let Some(origin) = origin {
            backend(out, log, origin, outcome);
        }
        self.ends[0] = out.len();
        if let Some(origin) = origin
            && key!(out, log, FrontendName)
        {
            quoted(out, |out| {
                out.extend_from_slice(origin.frontend.0.as_bytes());
                escape(out, origin.frontend.1.as_bytes());
            });
        }
        self.ends[1] = out.len();
        let host = outcome.host;
        let (name, port) = host_and_port(host);
        if !host.is_empty() && key!(out, log, RequestAddr) {
            quoted(out, |out| escape(out, host));
        }
        self.ends[2] = out.len();
        if !host.is_empty() && key!(out, log, RequestHost) {
            quoted(out, |out| escape(out, name));
        }
        self.ends[3] = out.len();
        if !host.is_empty() && key!(out, log, RequestPort) {
            quoted(out, |out| escape(out, port));
        }
    }

    fn piece(&self, range: Range<usize>) -> &[u8] {
        self.text.get(range).unwrap_or_default()
    }

    /// `BackendAddr`, `BackendName` and `BackendURL`.
    pub fn backend(&self) -> &[u8] {
        self.piece(0..self.ends[0])
    }

    /// `FrontendName`.
    pub fn frontend(&self) -> &[u8] {
        self.piece(self.ends[0]..self.ends[1])
    }

    /// `RequestAddr`.
    pub fn addr(&self) -> &[u8] {
        self.piece(self.ends[1]..self.ends[2])
    }

    /// `RequestHost`.
    pub fn host(&self) -> &[u8] {
        self.piece(self.ends[2]..self.ends[3])
    }

    /// `RequestPort`.
    pub fn port(&self) -> &[u8] {
        self.piece(self.ends[3]..self.text.len())
    }
}

fn backend(out: &mut Vec<u8>, log: &AccessLog, origin: &Origin<'_>, outcome: &Outcome<'_>) {
    let (scheme, host, below) = origin.server.map_or(("", "", ""), parts);
    if key!(out, log, BackendAddr) {
        word(out, host);
    }
    if key!(out, log, BackendName) {
        word(out, origin.backend);
    }
    if !key!(out, log, BackendURL) {
        return;
    }
    out.extend_from_slice(b"{\"Scheme\":\"");
    escape(out, scheme.as_bytes());
    out.extend_from_slice(b"\",\"Opaque\":\"\",\"User\":null,\"Host\":\"");
    escape(out, host.as_bytes());
    out.extend_from_slice(b"\",\"Path\":\"");
    if origin.server.is_some() {
        escape(out, below.as_bytes());
        out.extend_from_slice(b"\",\"RawPath\":\"\",\"ForceQuery\":false,\"RawQuery\":\"\",");
    } else {
        url(out, outcome);
    }
    out.extend_from_slice(b"\"Fragment\":\"\",\"RawFragment\":\"\"}");
}

/// The request's own URL, as Go takes it apart.
fn url(out: &mut Vec<u8>, outcome: &Outcome<'_>) {
    let text = decoded(outcome.path);
    let mut anew = Vec::new();
    // A path that is encoded as Go would has no raw form.
    encode(&mut anew, &text);
    escape(out, &text);
    out.extend_from_slice(b"\",\"RawPath\":\"");
    if anew != outcome.path {
        escape(out, outcome.path);
    }
    let forced: &[u8] = if outcome.query == Some(b"") { b"true" } else { b"false" };
    out.extend_from_slice(b"\",\"ForceQuery\":");
    out.extend_from_slice(forced);
    out.extend_from_slice(b",\"RawQuery\":\"");
    escape(out, outcome.query.unwrap_or_default());
    out.extend_from_slice(b"\",");
}
