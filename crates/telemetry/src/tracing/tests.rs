//! Fields of every format, decisions, and what a collector is told.

use super::context::{B3Shape, Carrier, Own, Parent, Told};
use super::sampling::Sampler;
use super::span::{Span, document, shortened};
use super::{Trace, Tracer};
use crate::Outcome;
use pointsman_plan::{Propagation, Tracing};
use proptest::prelude::*;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn config(propagation: Propagation) -> Tracing {
    let (trace, parent, priority) = match propagation {
        Propagation::Jaeger => ("uber-trace-id", "", ""),
        Propagation::Datadog => ("x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority"),
        Propagation::W3c | Propagation::Zipkin => ("", "", ""),
    };
    let [trace_header, parent_header, priority_header] = [trace, parent, priority].map(str::to_owned);
    Tracing { propagation, trace_header, parent_header, priority_header, ..Tracing::default() }
}

fn find<'a>(fields: &'a [(&str, &str)], wanted: &str) -> Option<&'a [u8]> {
    fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_bytes())
}

fn read(propagation: Propagation, fields: &[(&str, &str)]) -> Told {
    Carrier::of(&config(propagation)).read(&|name| find(fields, name))
}

fn begin(config: &Tracing, fields: &[(&str, &str)]) -> (Arc<Tracer>, Box<Trace>) {
    let tracer = Tracer::start(config, ["http".to_owned()].into_iter(), |_| {}).unwrap();
    let trace = tracer.begin(&|name| find(fields, name));
    (tracer, trace)
}

fn parsed(fields: &str) -> Vec<(&str, &str)> {
    fields.lines().filter_map(|line| line.split_once(": ")).collect()
}

fn client() -> Parent {
    let trace = u128::from_str_radix(TRACE, 16).unwrap();
    Parent { trace, span: u64::from_str_radix(SPAN, 16).unwrap(), parent: None }
}

#[test]
fn traceparent_is_read_as_its_standard_says() {
    let told = |value: &str| read(Propagation::W3c, &[("Traceparent", value)]);
    let whole = format!("00-{TRACE}-{SPAN}-01");
    assert_eq!(told(&whole), Told { parent: Some(client()), sampled: Some(true), ..Told::default() });
    assert_eq!(told(&format!("00-{TRACE}-{SPAN}-00")).sampled, Some(false));
    assert_eq!(told(&format!("01-{TRACE}-{SPAN}-03-more")).parent, Some(client()));
    let zeros = (format!("00-{}-{SPAN}-01", "0".repeat(32)), format!("00-{TRACE}-{}-01", "0".repeat(16)));
    let bad = [
        &zeros.0,
        &zeros.1,
        &whole.to_uppercase(),
        &format!("ff-{TRACE}-{SPAN}-01"),
        &format!("{whole}-more"),
        &format!("01-{TRACE}-{SPAN}-01more"),
        &whole[..54],
        "",
        "äöü",
    ];
    for value in bad {
        assert_eq!(told(value), Told::default(), "{value}");
    }
}

#[test]
fn b3_is_read_in_both_forms() {
    for propagation in [Propagation::W3c, Propagation::Zipkin] {
        let single = |value: &str| read(propagation, &[("b3", value)]);
        let (parent, b3) = (Some(client()), B3Shape::Single);
        let above = Some(Parent { parent: Some(5), ..client() });
        let whole = Told { parent: above, sampled: Some(true), b3, ..Told::default() };
        assert_eq!(single(&format!("{TRACE}-{SPAN}-1-0000000000000005")), whole);
        assert_eq!(single(&format!("{TRACE}-{SPAN}")), Told { parent, b3, ..Told::default() });
        let debug = Told { parent, sampled: Some(true), debug: true, b3, ..Told::default() };
        assert_eq!(single(&format!("{TRACE}-{SPAN}-d")), debug);
        assert_eq!(single("0"), Told { sampled: Some(false), b3, ..Told::default() });
        for bad in ["", "-", "x", "1-2-3-4-5", &format!("{TRACE}-{SPAN}-x")] {
            assert_eq!(single(bad), Told::default(), "{bad}");
        }
        let ids = [("X-B3-TraceId", TRACE), ("x-b3-spanid", SPAN)];
        let multi = Told { parent, b3: B3Shape::Multi, ..Told::default() };
        assert_eq!(read(propagation, &ids), multi);
        let sampled = [ids[0], ids[1], ("X-B3-Sampled", "0")];
        assert_eq!(read(propagation, &sampled), Told { sampled: Some(false), ..multi });
        let flags = [ids[0], ids[1], ("X-B3-Flags", "1")];
        assert_eq!(read(propagation, &flags), Told { sampled: Some(true), debug: true, ..multi });
        assert_eq!(read(propagation, &ids[..1]), Told::default());
    }
}

#[test]
fn jaeger_and_datadog_are_read() {
    let jaeger = |value: &str| read(Propagation::Jaeger, &[("Uber-Trace-Id", value)]);
    let parent = Parent { trace: 0xab, span: 0xc, parent: None };
    let told = Told { parent: Some(parent), sampled: Some(true), ..Told::default() };
    assert_eq!(jaeger("ab:c:0:1"), told);
    assert_eq!(jaeger("ab%3Ac%3a0%3A1"), told);
    assert_eq!(jaeger("ab:c:d:3"), Told { parent: Some(Parent { parent: Some(0xd), ..parent }), debug: true, ..told });
    for bad in ["ab:c:0", "0:c:0:1", "ab:c:0:1:2", "+b:c:0:1", "ab:c:0:x"] {
        assert_eq!(jaeger(bad), Told::default(), "{bad}");
    }
    let fields = [
        ("x-datadog-trace-id", "18446744073709551615"),
        ("x-datadog-parent-id", "7"),
        ("x-datadog-sampling-priority", "-1"),
    ];
    let parent = Some(Parent { trace: u64::MAX.into(), span: 7, parent: None });
    let told = Told { parent, sampled: Some(false), priority: Some(-1), ..Told::default() };
    assert_eq!(read(Propagation::Datadog, &fields), told);
}

#[test]
fn a_trace_goes_on_or_begins() {
    let whole = format!("00-{TRACE}-{SPAN}-00");
    let (_, trace) = begin(&config(Propagation::W3c), &[("traceparent", &whole), ("b3", "1")]);
    assert_eq!((trace.own.trace, trace.own.parent, trace.own.sampled), (client().trace, Some(client().span), false));
    let fields = format!("traceparent: 00-{TRACE}-{0:016x}-00\r\nb3: {TRACE}-{0:016x}-0-{SPAN}\r\n", trace.own.span);
    assert_eq!(trace.fields(), fields.as_bytes());
    assert!(trace.replaces(b"Traceparent") && trace.replaces(b"X-B3-TRACEID") && !trace.replaces(b"tracestate"));
    let (_, first) = begin(&config(Propagation::W3c), &[]);
    assert!(first.own.sampled && first.own.parent.is_none() && first.own.trace >> 64 != 0);
    assert!(first.replaces(b"tracestate") && !first.replaces(b"uber-trace-id"));
}

#[test]
fn zipkin_may_share_a_span_and_have_short_ids() {
    let narrow = config(Propagation::Zipkin);
    let (_, first) = begin(&narrow, &[]);
    assert_eq!(first.own.trace >> 64, 0);
    let shared = Tracing { same_span: true, id128: true, ..narrow };
    let fields = [("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN), ("X-B3-ParentSpanId", "0000000000000009")];
    let (_, trace) = begin(&shared, &fields);
    assert_eq!((trace.own.span, trace.own.parent), (client().span, Some(9)));
    assert!(begin(&shared, &[]).1.own.trace >> 64 != 0);
}

#[test]
fn the_sampler_keeps_its_share_and_its_pace() {
    let share = |sampled_per_million: u32| {
        let sampler = Sampler::of(&Tracing { sampled_per_million, ..Tracing::default() });
        (0..1_000_u64).filter(|index| sampler.samples((u64::MAX / 1_000 * index + u64::MAX / 2_000).into())).count()
    };
    assert_eq!([0, 250_000, 1_000_000].map(share), [0, 250, 1_000]);
    let sampler = Sampler::of(&Tracing { most_per_kilosecond: 3_000, ..Tracing::default() });
    let taken = |now: u128| (0..10).filter(|_| sampler.takes(now * 1_000_000)).count();
    assert_eq!([0, 0, 400, 10_000].map(taken), [3, 0, 1, 3]);
    let slow = Sampler::of(&Tracing { most_per_kilosecond: 100, ..Tracing::default() });
    assert_eq!([0_u128, 9, 11].map(|second| slow.takes(second * 1_000_000_000)), [true, false, true]);
}

#[test]
fn long_names_are_shortened() {
    assert_eq!(shortened("GET short".to_owned(), usize::MAX), "GET short");
    let name = shortened("GET a-very-long-name-of-ä-route".to_owned(), 20);
    assert!(name.len() <= 20 && name.starts_with("GET a-very-"), "{name}");
    assert_eq!(shortened("ä".repeat(20), 16).len(), 6 + 9);
}

/// One request to a collector that answers `status`: its head, and its document.
fn collected(listener: &TcpListener, status: u16) -> (String, Value) {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (mut bytes, mut piece) = (Vec::new(), [0; 4_096]);
    loop {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0);
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Ok(document) = serde_json::from_str(body)
        {
            stream.write_all(format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").as_bytes()).unwrap();
            return (head.to_owned(), document);
        }
    }
}

#[test]
fn spans_reach_a_collector_that_fails_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let attributes = [("team".to_owned(), "edge".to_owned())].into();
    let base = Tracing { host: "127.0.0.1".to_owned(), port, attributes, ..Tracing::default() };
    let (tracer, trace) = begin(&base, &[]);
    let (told, documents) = channel();
    let collector = thread::spawn(move || {
        for status in [503, 200] {
            told.send(collected(&listener, status)).unwrap();
        }
    });
    trace.end(&Outcome {
        status: 502,
        method: b"GET",
        path: b"/a",
        query: Some(b"b"),
        route: Some("main"),
        ..Outcome::default()
    });
    let wait = || documents.recv_timeout(Duration::from_secs(20)).unwrap();
    let ((head, first), (_, second)) = (wait(), wait());
    collector.join().unwrap();
    tracer.flush();
    assert_eq!(first, second);
    assert!(
        head.starts_with("POST /v1/traces HTTP/1.1\r\n") && head.contains("Content-Type: application/json"),
        "{head}"
    );
    assert_eq!(tracer.counts(), (1, 0));
    let resource = &first["resourceSpans"][0];
    assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "traefik");
    assert_eq!(resource["resource"]["attributes"][1]["key"], "team");
    let span = &resource["scopeSpans"][0]["spans"][0];
    assert_eq!((&span["name"], &span["kind"], &span["status"]["code"]), (&"GET main".into(), &2.into(), &2.into()));
    assert_eq!(span["traceId"], format!("{:032x}", trace.own.trace));
    let url = span["attributes"].as_array().unwrap().iter().find(|each| each["key"] == "http.url").unwrap();
    assert_eq!(url["value"]["stringValue"], "/a?b");
}

#[test]
fn spans_without_a_collector_are_dropped_and_counted() {
    let (tracer, trace) = begin(&Tracing::default(), &[]);
    trace.end(&Outcome::default());
    tracer.flush();
    assert_eq!(tracer.counts(), (0, 1));
}

#[test]
fn a_collector_that_never_answers_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tracer, trace) = begin(&Tracing { host: "127.0.0.1".to_owned(), port, ..Tracing::default() }, &[]);
    for _ in 0..10_000 {
        trace.end(&Outcome::default());
    }
    let (sent, dropped) = tracer.counts();
    // At most what was being sent, what waits to be, and the queue.
    assert!(sent == 0 && dropped >= 10_000 - 2_048 - 2 * 512, "{dropped}");
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        trace in 1..=u128::MAX, span in 1..=u64::MAX, parent in proptest::option::of(1..=u64::MAX), sampled: bool,
        single: bool,
    ) {
        let b3 = if single { B3Shape::Single } else { B3Shape::None };
        for propagation in [Propagation::W3c, Propagation::Jaeger, Propagation::Zipkin, Propagation::Datadog] {
            let narrow = propagation == Propagation::Datadog;
            let trace = if narrow { u128::from(trace as u64).max(1) } else { trace };
            let carrier = Carrier::of(&config(propagation));
            let own = Own { trace, span, parent, sampled };
            let text = carrier.write(own, &Told { b3, ..Told::default() });
            let fields = parsed(&text);
            let told = carrier.read(&|name| find(&fields, name));
            let read = told.parent.unwrap();
            prop_assert_eq!((read.trace, read.span, told.sampled), (trace, span, Some(sampled)));
            prop_assert!(text.ends_with("\r\n") && fields.iter().all(|(name, _)| carrier.replaces(name.as_bytes(), true)));
        }
    }

    #[test]
    fn nothing_a_client_says_is_passed_on_raw(value in any::<Vec<u8>>()) {
        for propagation in [Propagation::W3c, Propagation::Jaeger, Propagation::Zipkin, Propagation::Datadog] {
            let carrier = Carrier::of(&config(propagation));
            let told = carrier.read(&|_| Some(&value));
            let own = Own { trace: 1, span: 2, parent: None, sampled: true };
            let text = carrier.write(own, &told);
            prop_assert!(text.split("\r\n").all(|line| line.is_empty() || line.contains(": ")));
        }
    }

    #[test]
    fn documents_are_json_whatever_a_span_holds(name in any::<String>(), text in any::<String>(), limit in 0..64_usize) {
        let own = Own { trace: 1, span: 2, parent: Some(3), sampled: true };
        let name = shortened(name, limit);
        prop_assert!(name.len() <= limit.max(16));
        let span = Span { own, name, times: (1, 2), failed: false, texts: vec![("a", text.clone())], numbers: vec![("n", 7)] };
        let value: Value = serde_json::from_str(&document(&[span], &[].into())).unwrap();
        let span = &value["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        prop_assert_eq!(&span["attributes"][0]["value"]["stringValue"], &Value::from(text));
        prop_assert_eq!(&span["parentSpanId"], "0000000000000003");
    }
}
