//! Where a request stands in a trace, as the fields of W3C Trace Context, B3, Jaeger and Datadog say it.

use pointsman_plan::{Propagation, Tracing};
use std::fmt::Write;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
const B3: &str = "b3";
const B3_TRACE: &str = "X-B3-TraceId";
const B3_SPAN: &str = "X-B3-SpanId";
const B3_PARENT: &str = "X-B3-ParentSpanId";
const B3_SAMPLED: &str = "X-B3-Sampled";
const B3_FLAGS: &str = "X-B3-Flags";
const ALL_B3: [&str; 6] = [B3, B3_TRACE, B3_SPAN, B3_PARENT, B3_SAMPLED, B3_FLAGS];

/// Looks a field up by its name in any case.
pub type Lookup<'a> = dyn Fn(&str) -> Option<&'a [u8]> + 'a;

/// The client's span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parent {
    pub trace: u128,
    pub span: u64,
    /// The client's own parent, where it is told.
    pub parent: Option<u64>,
}

/// What a client says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub parent: Option<Parent>,
    /// Its decision; `None`: it leaves that to us.
    pub sampled: Option<bool>,
    /// Jaeger and B3: sampled come what may.
    pub debug: bool,
    /// Datadog's priority, which says more than yes and no.
    pub priority: Option<i8>,
    pub b3: B3Shape,
}

/// How a client writes B3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum B3Shape {
    #[default]
    None,
    Single,
    Multi,
}

/// What we say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub trace: u128,
    pub span: u64,
    pub parent: Option<u64>,
    pub sampled: bool,
}

/// Whose fields are read and written.
#[derive(Debug)]
pub(super) struct Carrier {
    kind: Propagation,
    trace: Box<str>,
    parent: Box<str>,
    priority: Box<str>,
}

impl Carrier {
    pub fn of(config: &Tracing) -> Self {
        let text = |text: &String| text.as_str().into();
        Self {
            kind: config.propagation,
            trace: text(&config.trace_header),
            parent: text(&config.parent_header),
            priority: text(&config.priority_header),
        }
    }

    /// Whether a client's field gives way to ours. `continued`: its trace goes on.
    pub fn replaces(&self, name: &[u8], continued: bool) -> bool {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        match self.kind {
            Propagation::W3c => is(TRACEPARENT) || (is(TRACESTATE) && !continued) || ALL_B3.into_iter().any(is),
            Propagation::Zipkin => ALL_B3.into_iter().any(is),
            Propagation::Jaeger => is(&self.trace),
            Propagation::Datadog => is(&self.trace) || is(&self.parent) || is(&self.priority),
        }
    }

    /// What a client says; what it says wrongly counts as not said.
    pub fn read(&self, lookup: &Lookup<'_>) -> Told {
        match self.kind {
            Propagation::W3c => {
                let b3 = read_b3(lookup);
                lookup(TRACEPARENT).and_then(parse_traceparent).map_or(b3, |told| Told { b3: b3.b3, ..told })
            }
            Propagation::Zipkin => read_b3(lookup),
            Propagation::Jaeger => lookup(&self.trace).and_then(parse_jaeger).unwrap_or_default(),
            Propagation::Datadog => {
                let number = |name: &str| text(lookup(name)?)?.parse::<u64>().ok().filter(|&id| id != 0);
                let parent = number(&self.trace).zip(number(&self.parent));
                let priority = lookup(&self.priority).and_then(text).and_then(|text| text.parse::<i8>().ok());
                Told {
                    parent: parent.map(|(trace, span)| Parent { trace: trace.into(), span, parent: None }),
                    sampled: priority.map(|priority| priority > 0),
                    priority,
                    ..Told::default()
                }
            }
        }
    }

    /// Our fields, each with its end of line.
    pub fn write(&self, own: Own, told: &Told) -> String {
        let mut out = String::new();
        let Own { trace, span, parent, sampled } = own;
        // Writing to a String cannot fail.
        let _ = match self.kind {
            Propagation::W3c => {
                let _ = write!(out, "{TRACEPARENT}: 00-{trace:032x}-{span:016x}-{:02x}\r\n", u8::from(sampled));
                write_b3(&mut out, own, told, told.b3)
            }
            Propagation::Zipkin => {
                // compat(1.7): several fields, also for who sends one.
                let _ = write_b3(&mut out, own, told, B3Shape::Multi);
                if told.b3 == B3Shape::Single { write_b3(&mut out, own, told, B3Shape::Single) } else { Ok(()) }
            }
            Propagation::Jaeger => {
                let flags = u8::from(sampled) | u8::from(told.debug) << 1;
                write!(out, "{}: {trace:x}:{span:x}:{:x}:{flags:x}\r\n", self.trace, parent.unwrap_or(0))
            }
            Propagation::Datadog => {
                let priority = told.priority.unwrap_or(i8::from(sampled));
                let _ = write!(out, "{}: {}\r\n{}: {span}\r\n", self.trace, trace as u64, self.parent);
                write!(out, "{}: {priority}\r\n", self.priority)
            }
        };
        out
    }
}

fn write_b3(out: &mut String, own: Own, told: &Told, shape: B3Shape) -> std::fmt::Result {
    let Own { trace, span, parent, sampled } = own;
    let width = if trace >> 64 == 0 { 16 } else { 32 };
    match shape {
        B3Shape::None => Ok(()),
        B3Shape::Single => {
            let flag = if told.debug {
                "d"
            } else if sampled {
                "1"
            } else {
                "0"
            };
            write!(out, "{B3}: {trace:0width$x}-{span:016x}-{flag}")?;
            if let Some(parent) = parent {
                write!(out, "-{parent:016x}")?;
            }
            out.write_str("\r\n")
        }
        B3Shape::Multi => {
            write!(out, "{B3_TRACE}: {trace:0width$x}\r\n{B3_SPAN}: {span:016x}\r\n")?;
            if let Some(parent) = parent {
                write!(out, "{B3_PARENT}: {parent:016x}\r\n")?;
            }
            match told.debug {
                true => write!(out, "{B3_FLAGS}: 1\r\n"),
                false => write!(out, "{B3_SAMPLED}: {}\r\n", u8::from(sampled)),
            }
        }
    }
}

fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok()
}

/// Up to `digits` hexadecimal digits, not all of them 0.
fn id(text: &str, digits: usize) -> Option<u128> {
    let fits = (1..=digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u128::from_str_radix(text, 16).ok().filter(|&id| fits && id != 0)
}

fn span_id(text: &str) -> Option<u64> {
    id(text, 16).and_then(|id| u64::try_from(id).ok())
}

/// W3C Trace Context, level 1: `00-TRACE-SPAN-FLAGS`; later versions may go on behind.
fn parse_traceparent(value: &[u8]) -> Option<Told> {
    let value = text(value)?;
    let head = value.get(..55)?;
    let lower = head.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let mut parts = head.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lengths = (version.len(), trace.len(), span.len(), flags.len()) == (2, 32, 16, 2) && parts.next().is_none();
    let ends = value.len() == 55 || (version != "00" && value.as_bytes()[55] == b'-');
    if !(lower && lengths && ends) || version == "ff" {
        return None;
    }
    let parent = Parent { trace: id(trace, 32)?, span: span_id(span)?, parent: None };
    let flags = u8::from_str_radix(flags, 16).ok()?;
    Some(Told { parent: Some(parent), sampled: Some(flags & 1 == 1), ..Told::default() })
}

/// `TRACE:SPAN:PARENT:FLAGS`; its clients may have the colons escaped.
fn parse_jaeger(value: &[u8]) -> Option<Told> {
    let value = text(value)?.replace("%3A", ":").replace("%3a", ":");
    let mut parts = value.split(':');
    let (trace, span, above, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let parent = Parent { trace: id(trace, 32)?, span: span_id(span)?, parent: span_id(above) };
    let flags = u8::from_str_radix(flags, 16).ok()?;
    Some(Told { parent: Some(parent), sampled: Some(flags & 1 == 1), debug: flags & 3 == 3, ..Told::default() })
}

fn read_b3(lookup: &Lookup<'_>) -> Told {
    if let Some(told) = lookup(B3).and_then(parse_b3) {
        return told;
    }
    let find = |name: &str| lookup(name).and_then(text);
    let trace = find(B3_TRACE).and_then(|text| id(text, 32)).zip(find(B3_SPAN).and_then(span_id));
    let parent = trace.map(|(trace, span)| Parent { trace, span, parent: find(B3_PARENT).and_then(span_id) });
    let debug = find(B3_FLAGS) == Some("1");
    let sampled = if debug { Some(true) } else { find(B3_SAMPLED).and_then(decision).map(|(sampled, _)| sampled) };
    let b3 = if parent.is_some() || sampled.is_some() { B3Shape::Multi } else { B3Shape::None };
    Told { parent, sampled, debug, b3, ..Told::default() }
}

/// `TRACE-SPAN`, `TRACE-SPAN-DECISION`, the same with `-PARENT`, or a decision alone.
fn parse_b3(value: &[u8]) -> Option<Told> {
    let parts: Vec<&str> = text(value)?.splitn(5, '-').collect();
    let b3 = B3Shape::Single;
    let (trace, span, rest) = match *parts.as_slice() {
        [alone] => {
            let (sampled, debug) = decision(alone)?;
            return Some(Told { sampled: Some(sampled), debug, b3, ..Told::default() });
        }
        [trace, span, ref rest @ ..] if rest.len() <= 2 => (id(trace, 32)?, span_id(span)?, rest),
        _ => return None,
    };
    let decided = rest.first().map(|text| decision(text).ok_or(())).transpose().ok()?;
    let parent = Some(Parent { trace, span, parent: rest.get(1).and_then(|text| span_id(text)) });
    let debug = decided.is_some_and(|(_, debug)| debug);
    Some(Told { parent, sampled: decided.map(|(sampled, _)| sampled), debug, b3, ..Told::default() })
}

/// Sampled, and come what may.
fn decision(text: &str) -> Option<(bool, bool)> {
    match text {
        "1" | "true" => Some((true, false)),
        "0" | "false" => Some((false, false)),
        "d" => Some((true, true)),
        _ => None,
    }
}
