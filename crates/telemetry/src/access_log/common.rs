//! A line in the common log format, with 1.7's fields behind it.

use super::fields::Field;
use super::headers::REDACTED;
use super::names::{Origin, origin};
use super::text::{number, path};
use super::{AccessLog, State};
use crate::Outcome;
use pointsman_plan::HeaderMode;

/// Appends the line to `state.line`. What is dropped or missing leaves a `-`.
pub(super) fn write(state: &mut State, log: &AccessLog, outcome: &Outcome<'_>) {
    let State { clock, line: out, .. } = state;
    let seen = seen(outcome);
    let origin = origin(outcome, &log.entry_points);
    let keeps = |field| log.fields.keeps(field);
    let host = seen.forwarded_for.unwrap_or(outcome.client.as_bytes());
    bare(out, keeps(Field::ClientHost).then_some(host));
    out.extend_from_slice(b" - ");
    bare(out, keeps(Field::ClientUsername).then_some(outcome.user.unwrap_or("-").as_bytes()));
    out.extend_from_slice(b" [");
    match (keeps(Field::StartUTC), keeps(Field::StartLocal)) {
        (false, false) => out.push(b'-'),
        (utc, _) => clock.common(out, utc),
    }
    out.extend_from_slice(b"] \"");
    bare(out, keeps(Field::RequestMethod).then_some(outcome.method));
    out.push(b' ');
    target(out, keeps(Field::RequestPath), outcome);
    out.push(b' ');
    bare(out, keeps(Field::RequestProtocol).then_some(outcome.protocol.as_bytes()));
    out.extend_from_slice(b"\" ");
    answer(out, log, origin.is_some(), outcome);
    for (name, value) in [("Referer", seen.referer), ("User-Agent", seen.agent)] {
        out.extend_from_slice(b" \"");
        match log.headers.mode(name.as_bytes()) {
            HeaderMode::Keep => bare(out, value),
            HeaderMode::Redact => bare(out, value.map(|_| REDACTED)),
            HeaderMode::Drop => out.push(b'-'),
        }
        out.push(b'"');
    }
    out.push(b' ');
    count(out, keeps(Field::RequestCount).then_some(outcome.stages.number));
    names(out, log, origin.as_ref(), outcome);
    number(out, if keeps(Field::Duration) { clock.duration() / 1_000_000 } else { 0 });
    out.extend_from_slice(b"ms");
}

fn answer(out: &mut Vec<u8>, log: &AccessLog, known: bool, outcome: &Outcome<'_>) {
    let status = if outcome.status == 101 { 0 } else { u64::from(outcome.status) };
    count(out, (known && log.fields.keeps(Field::OriginStatus)).then_some(status));
    out.push(b' ');
    let bytes = outcome.origin_bytes.unwrap_or(outcome.bytes_out);
    count(out, (known && log.fields.keeps(Field::OriginContentSize)).then_some(bytes));
}

fn names(out: &mut Vec<u8>, log: &AccessLog, origin: Option<&Origin<'_>>, outcome: &Outcome<'_>) {
    out.push(b' ');
    match origin.filter(|_| log.fields.keeps(Field::FrontendName)) {
        None => out.push(b'-'),
        Some(origin) => {
            out.push(b'"');
            out.extend_from_slice(origin.frontend.0.as_bytes());
            plain(out, origin.frontend.1.as_bytes());
            out.push(b'"');
        }
    }
    out.push(b' ');
    match origin.filter(|_| log.fields.keeps(Field::BackendURL)) {
        None => out.push(b'-'),
        Some(origin) => {
            out.push(b'"');
            match origin.server {
                Some(url) => plain(out, url.as_bytes()),
                None => target(out, true, outcome),
            }
            out.push(b'"');
        }
    }
    out.push(b' ');
}

/// What of the request's headers stands in the line.
#[derive(Default)]
struct Seen<'a> {
    forwarded_for: Option<&'a [u8]>,
    referer: Option<&'a [u8]>,
    agent: Option<&'a [u8]>,
}

fn seen<'a>(outcome: &Outcome<'a>) -> Seen<'a> {
    let mut seen = Seen::default();
    if let Some(fields) = outcome.fields {
        fields.each(&mut |name, value| {
            let place = match name.len() {
                7 if name.eq_ignore_ascii_case(b"Referer") => &mut seen.referer,
                10 if name.eq_ignore_ascii_case(b"User-Agent") => &mut seen.agent,
                15 if name.eq_ignore_ascii_case(b"X-Forwarded-For") => &mut seen.forwarded_for,
                _ => return,
            };
            *place = place.or(Some(value));
        });
    }
    seen
}

fn target(out: &mut Vec<u8>, kept: bool, outcome: &Outcome<'_>) {
    if !kept || outcome.path.is_empty() {
        return out.push(b'-');
    }
    path(out, outcome.path);
    if let Some(query) = outcome.query {
        out.push(b'?');
        plain(out, query);
    }
}

fn count(out: &mut Vec<u8>, value: Option<u64>) {
    match value {
        None => out.push(b'-'),
        Some(value) => number(out, value),
    }
}

fn bare(out: &mut Vec<u8>, value: Option<&[u8]>) {
    match value {
        None | Some(b"") => out.push(b'-'),
        Some(value) => plain(out, value),
    }
}

/// As it is, but for what would break the line. compat(1.7): quotes are not escaped.
fn plain(out: &mut Vec<u8>, value: &[u8]) {
    out.extend(value.iter().map(|&byte| if byte < 0x20 { b' ' } else { byte }));
}
