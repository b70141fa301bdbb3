//! A line as one JSON object, keys in the order of their bytes.

use super::clock::nanos;
use super::fields::Field;
use super::headers::Group;
use super::names::{Origin, host_and_port, origin, parts};
use super::text::{decoded, encode, escape, number, path};
use super::{AccessLog, State};
use crate::{Outcome, Reason};
use std::ops::Range;

/// Appends a key if it is kept; whether it is.
macro_rules! key {
    ($out:expr, $log:expr, $field:ident) => {{
        let kept = $log.fields.keeps(Field::$field);
        if kept {
            $out.extend_from_slice(concat!(",\"", stringify!($field), "\":").as_bytes());
        }
        kept
    }};
}

/// Appends the object to `state.line`.
pub(super) fn write(state: &mut State, log: &AccessLog, outcome: &Outcome<'_>) {
    let State { clock, line: out, request, response } = state;
    let seen = gather(request, response, log, outcome);
    let origin = origin(outcome, &log.entry_points);
    let begin = out.len();
    let times = Times { whole: clock.duration(), origin: nanos(outcome.stages.origin()).min(clock.duration()) };
    if let Some(origin) = &origin {
        backend(out, log, origin, outcome);
    }
    client(out, log, seen.forwarded_for, outcome);
    downstream(out, log, times.whole, outcome);
    if let Some(origin) = &origin {
        upstream(out, log, (origin, times.origin), outcome);
    }
    if key!(out, log, Overhead) {
        number(out, times.whole - if origin.is_some() { times.origin } else { 0 });
    }
    if outcome.reason != Reason::Forwarded && key!(out, log, Reason) {
        word(out, outcome.reason.word());
    }
    asked(out, log, seen.id, outcome);
    if key!(out, log, StartLocal) {
        quoted(out, |out| clock.start_local(out));
    }
    if key!(out, log, StartUTC) {
        quoted(out, |out| clock.start_utc(out));
    }
    response.write(out, b",\"downstream_");
    out.extend_from_slice(b",\"level\":\"info\",\"msg\":\"\"");
    if origin.is_some() {
        response.write(out, b",\"origin_");
    }
    request.write(out, b",\"request_");
    out.extend_from_slice(b",\"time\":\"");
    clock.time(out);
    out.extend_from_slice(b"\"}");
    out[begin] = b'{';
}

/// What other fields need of the request's headers.
#[derive(Default)]
struct Seen<'a> {
    forwarded_for: Option<&'a [u8]>,
    id: Option<&'a [u8]>,
}

fn gather<'a>(request: &mut Group, response: &mut Group, log: &AccessLog, outcome: &Outcome<'a>) -> Seen<'a> {
    request.clear();
    response.add_head(outcome.head, &log.headers);
    let mut seen = Seen::default();
    if let Some(fields) = outcome.fields {
        fields.each(&mut |name, value| {
            match name.len() {
                12 if name.eq_ignore_ascii_case(b"X-Request-Id") => seen.id = seen.id.or(Some(value)),
                15 if name.eq_ignore_ascii_case(b"X-Forwarded-For") => {
                    seen.forwarded_for = seen.forwarded_for.or(Some(value));
                }
                _ => {}
            }
            request.add(name, value, &log.headers);
        });
    }
    seen
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

fn client(out: &mut Vec<u8>, log: &AccessLog, forwarded_for: Option<&[u8]>, outcome: &Outcome<'_>) {
    if key!(out, log, ClientAddr) {
        quoted(out, |out| {
            let bracketed = outcome.client.contains(':');
            if bracketed {
                out.push(b'[');
            }
            out.extend_from_slice(outcome.client.as_bytes());
            out.extend_from_slice(if bracketed { b"]:" } else { b":" });
            number(out, u64::from(outcome.port));
        });
    }
    if key!(out, log, ClientHost) {
        quoted(out, |out| escape(out, forwarded_for.unwrap_or(outcome.client.as_bytes())));
    }
    if key!(out, log, ClientPort) {
        quoted(out, |out| number(out, u64::from(outcome.port)));
    }
    if key!(out, log, ClientUsername) {
        word(out, outcome.user.unwrap_or("-"));
    }
}

fn downstream(out: &mut Vec<u8>, log: &AccessLog, whole: u64, outcome: &Outcome<'_>) {
    if key!(out, log, DownstreamContentSize) {
        number(out, outcome.bytes_out);
    }
    status(out, log, outcome, (Field::DownstreamStatus, b",\"DownstreamStatus\":"), b",\"DownstreamStatusLine\":\"");
    if key!(out, log, Duration) {
        number(out, whole);
    }
}

fn upstream(out: &mut Vec<u8>, log: &AccessLog, (origin, duration): (&Origin<'_>, u64), outcome: &Outcome<'_>) {
    if key!(out, log, FrontendName) {
        quoted(out, |out| {
            out.extend_from_slice(origin.frontend.0.as_bytes());
            escape(out, origin.frontend.1.as_bytes());
        });
    }
    let bytes = outcome.origin_bytes.unwrap_or(outcome.bytes_out);
    if bytes != outcome.bytes_out && outcome.bytes_out != 0 && key!(out, log, GzipRatio) {
        out.extend_from_slice(format!("{}", bytes as f64 / outcome.bytes_out as f64).as_bytes());
    }
    if key!(out, log, OriginContentSize) {
        number(out, bytes);
    }
    if key!(out, log, OriginDuration) {
        number(out, duration);
    }
    status(out, log, outcome, (Field::OriginStatus, b",\"OriginStatus\":"), b",\"OriginStatusLine\":\"");
}

/// A status and its line.
fn status(out: &mut Vec<u8>, log: &AccessLog, outcome: &Outcome<'_>, (field, key): (Field, &[u8]), line: &[u8]) {
    // compat(1.7): a connection that was handed over has no status.
    let code = if outcome.status == 101 { 0 } else { outcome.status };
    let digits = [b'0' + (code / 100 % 10) as u8, b'0' + (code / 10 % 10) as u8, b'0' + (code % 10) as u8];
    if log.fields.keeps(field) {
        out.extend_from_slice(key);
        out.extend_from_slice(if code == 0 { b"0" } else { &digits });
    }
    let field = if field == Field::OriginStatus { Field::OriginStatusLine } else { Field::DownstreamStatusLine };
    if log.fields.keeps(field) {
        out.extend_from_slice(line);
        out.extend_from_slice(&digits);
        out.push(b' ');
        out.extend_from_slice(if code == 0 { b"" } else { outcome.phrase.as_bytes() });
        out.push(b'"');
    }
}

fn asked(out: &mut Vec<u8>, log: &AccessLog, id: Option<&[u8]>, outcome: &Outcome<'_>) {
    let host = outcome.host;
    if !host.is_empty() && key!(out, log, RequestAddr) {
        quoted(out, |out| escape(out, host));
    }
    if key!(out, log, RequestContentSize) {
        number(out, outcome.bytes_in);
    }
    if key!(out, log, RequestCount) {
        number(out, outcome.stages.number);
    }
    let (name, port) = host_and_port(host);
    if !host.is_empty() && key!(out, log, RequestHost) {
        quoted(out, |out| escape(out, name));
    }
    if key!(out, log, RequestId) {
        quoted(out, |out| request_id(out, log, id, outcome));
    }
    let mut path = None;
    if key!(out, log, RequestLine) {
        quoted(out, |out| path = request_line(out, outcome));
    }
    if key!(out, log, RequestMethod) {
        quoted(out, |out| escape(out, outcome.method));
    }
    if key!(out, log, RequestPath) {
        quoted(out, |out| match path {
            Some(path) => out.extend_from_within(path),
            None => target(out, outcome),
        });
    }
    if !host.is_empty() && key!(out, log, RequestPort) {
        quoted(out, |out| escape(out, port));
    }
    if key!(out, log, RequestProtocol) {
        word(out, outcome.protocol);
    }
    if key!(out, log, RetryAttempts) {
        number(out, u64::from(outcome.retries));
    }
}

/// The client's, if it sent one that is not absurd; else one of ours.
fn request_id(out: &mut Vec<u8>, log: &AccessLog, id: Option<&[u8]>, outcome: &Outcome<'_>) {
    const LONGEST: usize = 128;
    const HEX: &[u8; 16] = b"0123456789abcdef";
    if let Some(id) = id.filter(|id| !id.is_empty() && id.len() <= LONGEST) {
        return escape(out, id);
    }
    // The multiplier spreads neighbours, and no two numbers give one id.
    let id = log.seed ^ outcome.stages.number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let digits = std::array::from_fn::<u8, 16, _>(|place| HEX[(id >> (60 - 4 * place)) as usize & 15]);
    out.extend_from_slice(&digits);
}

/// Where path and query stand in it, if they do.
fn request_line(out: &mut Vec<u8>, outcome: &Outcome<'_>) -> Option<Range<usize>> {
    const LONGEST: usize = 1024;
    if outcome.method.is_empty() {
        escape(out, &outcome.line[..outcome.line.len().min(LONGEST)]);
        return None;
    }
    escape(out, outcome.method);
    out.push(b' ');
    let start = out.len();
    target(out, outcome);
    let path = start..out.len();
    out.push(b' ');
    out.extend_from_slice(outcome.protocol.as_bytes());
    Some(path)
}

/// Path and query, inside a JSON string.
fn target(out: &mut Vec<u8>, outcome: &Outcome<'_>) {
    let start = out.len();
    path(out, outcome.path);
    // Of what Go leaves in a path, only `&` means something to JSON as Go writes it.
    if memchr::memchr(b'&', &out[start..]).is_some() {
        let text = out.split_off(start);
        escape(out, &text);
    }
    if let Some(query) = outcome.query {
        out.push(b'?');
        escape(out, query);
    }
}

/// Of a request, in nanoseconds.
struct Times {
    whole: u64,
    origin: u64,
}

fn word(out: &mut Vec<u8>, text: &str) {
    quoted(out, |out| escape(out, text.as_bytes()));
}

fn quoted(out: &mut Vec<u8>, inside: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    inside(out);
    out.push(b'"');
}
