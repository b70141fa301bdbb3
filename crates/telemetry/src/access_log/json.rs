//! A line as one JSON object, keys in the order of their bytes.

use super::clock::nanos;
use super::fields::Field;
use super::headers::Group;
use super::names::origin;
use super::names_text::NamesText;
use super::text::{escape, is_plain_path, number, path};
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
pub(super) use key;

/// Appends the object to `state.line`.
pub(super) fn write(state: &mut State, log: &AccessLog, outcome: &Outcome<'_>) {
    let State { clock, line: out, request, response, names } = state;
    let seen = gather(request, response, log, outcome);
    let origin = origin(outcome, &log.entry_points);
    let names = names.of(log, origin.as_ref(), outcome);
    let status = Status::of(outcome);
    let begin = out.len();
    let times = Times { whole: clock.duration(), origin: nanos(outcome.stages.origin()).min(clock.duration()) };
    out.extend_from_slice(names.backend());
    client(out, log, seen.forwarded_for, outcome);
    downstream(out, log, (&status, times.whole), outcome);
    out.extend_from_slice(names.frontend());
    if origin.is_some() {
        upstream(out, log, (&status, times.origin), outcome);
    }
    if key!(out, log, Overhead) {
        number(out, times.whole - if origin.is_some() { times.origin } else { 0 });
    }
    if outcome.reason != Reason::Forwarded && key!(out, log, Reason) {
        quoted(out, |out| out.extend_from_slice(outcome.reason.word().as_bytes()));
    }
    asked(out, log, (names, seen.id), outcome);
    if key!(out, log, StartLocal) {
        quoted(out, |out| clock.start_local(out));
    }
    if key!(out, log, StartUTC) {
        quoted(out, |out| clock.start_utc(out));
    }
    out.extend_from_slice(response.text(0));
    out.extend_from_slice(b",\"level\":\"info\",\"msg\":\"\"");
    if origin.is_some() {
        out.extend_from_slice(response.text(1));
    }
    out.extend_from_slice(request.text(0));
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
    response.take_head(outcome.head, &log.headers);
    let mut seen = Seen::default();
    let mut see = |name: &[u8], value| match name.len() {
        12 if name.eq_ignore_ascii_case(b"X-Request-Id") => seen.id = seen.id.or(Some(value)),
        15 if name.eq_ignore_ascii_case(b"X-Forwarded-For") => {
            seen.forwarded_for = seen.forwarded_for.or(Some(value));
        }
        _ => {}
    };
    request.take_fields(outcome.fields, &log.headers, &mut see);
    seen
}

fn client(out: &mut Vec<u8>, log: &AccessLog, forwarded_for: Option<&[u8]>, outcome: &Outcome<'_>) {
    let client = outcome.client.as_bytes();
    let mut digits = itoa::Buffer::new();
    let port = digits.format(outcome.port).as_bytes();
    if key!(out, log, ClientAddr) {
        let bracketed = client.contains(&b':');
        out.extend_from_slice(if bracketed { b"\"[" } else { b"\"" });
        out.extend_from_slice(client);
        out.extend_from_slice(if bracketed { b"]:" } else { b":" });
        out.extend_from_slice(port);
        out.push(b'"');
    }
    if key!(out, log, ClientHost) {
        quoted(out, |out| match forwarded_for {
            Some(value) => escape(out, value),
            None => out.extend_from_slice(client),
        });
    }
    if key!(out, log, ClientPort) {
        quoted(out, |out| out.extend_from_slice(port));
    }
    if key!(out, log, ClientUsername) {
        match outcome.user {
            Some(user) => word(out, user),
            None => out.extend_from_slice(b"\"-\""),
        }
    }
}

fn downstream(out: &mut Vec<u8>, log: &AccessLog, (status, whole): (&Status, u64), outcome: &Outcome<'_>) {
    if key!(out, log, DownstreamContentSize) {
        number(out, outcome.bytes_out);
    }
    if key!(out, log, DownstreamStatus) {
        status.code(out);
    }
    if key!(out, log, DownstreamStatusLine) {
        status.line(out);
    }
    if key!(out, log, Duration) {
        number(out, whole);
    }
}

fn upstream(out: &mut Vec<u8>, log: &AccessLog, (status, duration): (&Status, u64), outcome: &Outcome<'_>) {
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
    if key!(out, log, OriginStatus) {
        status.code(out);
    }
    if key!(out, log, OriginStatusLine) {
        status.line(out);
    }
}

/// A status as lines tell it.
struct Status {
    digits: [u8; 3],
    phrase: &'static str,
}

impl Status {
    fn of(outcome: &Outcome<'_>) -> Self {
        // compat(1.7): a connection that was handed over has no status.
        let (code, phrase) = if outcome.status == 101 { (0, "") } else { (outcome.status, outcome.phrase) };
        Self { digits: [100, 10, 1].map(|place| b'0' + (code / place % 10) as u8), phrase }
    }

    fn code(&self, out: &mut Vec<u8>) {
        match &self.digits {
            b"000" => out.push(b'0'),
            digits => out.extend_from_slice(digits),
        }
    }

    fn line(&self, out: &mut Vec<u8>) {
        let [first, second, third] = self.digits;
        out.extend_from_slice(&[b'"', first, second, third, b' ']);
        out.extend_from_slice(if self.digits == *b"000" { b"" } else { self.phrase.as_bytes() });
        out.push(b'"');
    }
}

fn asked(out: &mut Vec<u8>, log: &AccessLog, (names, id): (&NamesText, Option<&[u8]>), outcome: &Outcome<'_>) {
    out.extend_from_slice(names.addr());
    if key!(out, log, RequestContentSize) {
        number(out, outcome.bytes_in);
    }
    if key!(out, log, RequestCount) {
        number(out, outcome.stages.number);
    }
    out.extend_from_slice(names.host());
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
    out.extend_from_slice(names.port());
    if key!(out, log, RequestProtocol) {
        quoted(out, |out| out.extend_from_slice(outcome.protocol.as_bytes()));
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
    if is_plain_path(outcome.path) {
        out.extend_from_slice(outcome.path);
    } else {
        let start = out.len();
        path(out, outcome.path);
        // Of what Go leaves in a path, only `&` means something to JSON as Go writes it.
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

pub(super) fn word(out: &mut Vec<u8>, text: &str) {
    quoted(out, |out| escape(out, text.as_bytes()));
}

pub(super) fn quoted(out: &mut Vec<u8>, inside: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    inside(out);
    out.push(b'"');
}
