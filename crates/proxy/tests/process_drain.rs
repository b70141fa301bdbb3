//! The way out: unready, then closing, then gone (cases L-01, L-02, L-03), and the signals that mean nothing (L-05).
#![allow(clippy::unwrap_used)]

mod support;

use pointsman_plan::Upward;
use rustix::process::Signal;
use std::io::Write;
use std::time::{Duration, Instant};
use support::{Client, Link, Options, Proxy, Upstream, plan, until};

fn serving(upstream: &Upstream, options: Options) -> (Proxy, Link) {
    let proxy = Proxy::start(options);
    let (mut link, _) = proxy.link();
    link.apply(plan(1, &[("a", upstream.address)]));
    (proxy, link)
}

#[test]
fn an_idle_proxy_ends_at_once() {
    let mut proxy = Proxy::start(Options::new());
    proxy.signal(Signal::TERM);
    assert_eq!(proxy.wait().code(), Some(0));
}

#[test]
fn l_01_requests_in_hand_are_finished_and_idle_connections_closed() {
    let upstream = Upstream::start("one");
    let (mut proxy, mut link) = serving(&upstream, Options::new());
    let mut idle = Client::connect(proxy.address).unwrap();
    assert_eq!(idle.get("a", "/").unwrap().body, "one");
    let mut fresh = Client::connect(proxy.address).unwrap();
    let mut busy = Client::connect(proxy.address).unwrap();
    busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut request = upstream.held();

    proxy.signal(Signal::TERM);
    assert!(idle.rest().is_empty());
    assert!(fresh.rest().is_empty());
    assert_eq!(link.answer(), Some(Upward::Draining {}));
    request.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone").unwrap();
    let head = busy.head().unwrap();
    assert_eq!((head.status, head.field("connection")), (200, Some("close")));
    assert_eq!(busy.rest(), b"done");
    assert_eq!(proxy.wait().code(), Some(0));
}

#[test]
fn l_01_new_connections_are_taken_until_the_accept_grace_is_over() {
    let upstream = Upstream::start("one");
    let mut options = Options::new();
    options.settings.timeouts.request_accept_grace_ms = 1_500;
    let (mut proxy, _link) = serving(&upstream, options);
    let mut kept = Client::connect(proxy.address).unwrap();
    assert_eq!(kept.get("x", "/ping").unwrap().body, "OK");
    proxy.signal(Signal::INT);
    until("ping says that it stops", || kept.get("x", "/ping").unwrap().status == 503);
    let ping = kept.get("x", "/ping").unwrap();
    assert_eq!(ping.body, "Service Unavailable");
    assert_eq!(kept.get("x", "/ready").unwrap().status, 503);
    assert_eq!(Client::once(proxy.address, "a", "/").unwrap().body, "one");
    assert_eq!(proxy.wait().code(), Some(0));
}

#[test]
fn l_02_what_outlasts_the_grace_is_cut() {
    let upstream = Upstream::start("one");
    let mut options = Options::new();
    options.settings.timeouts.grace_ms = 300;
    let (mut proxy, _link) = serving(&upstream, options);
    let mut busy = Client::connect(proxy.address).unwrap();
    busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let _request = upstream.held();
    proxy.signal(Signal::TERM);
    assert_eq!(proxy.wait().code(), Some(0));
    assert!(busy.head().is_err());
}

#[test]
fn l_03_a_second_signal_ends_it_at_once() {
    let upstream = Upstream::start("one");
    for second in [Signal::TERM, Signal::INT] {
        let mut options = Options::new();
        options.settings.timeouts.grace_ms = 600_000;
        let (mut proxy, mut link) = serving(&upstream, options);
        let mut busy = Client::connect(proxy.address).unwrap();
        busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let _request = upstream.held();
        proxy.signal(Signal::TERM);
        assert_eq!(link.answer(), Some(Upward::Draining {}));
        proxy.signal(second);
        let start = Instant::now();
        assert_eq!(proxy.wait().code(), Some(1));
        assert!(start.elapsed() < Duration::from_secs(10), "it waited for the grace time");
    }
}

#[test]
fn without_its_supervisor_it_drains_and_ends() {
    let upstream = Upstream::start("one");
    let (mut proxy, _link) = serving(&upstream, Options::new());
    let mut busy = Client::connect(proxy.address).unwrap();
    busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut request = upstream.held();
    proxy.orphan();
    request.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone").unwrap();
    assert_eq!(busy.head().unwrap().status, 200);
    assert_eq!(proxy.wait().code(), Some(0));
}

#[test]
fn l_05_other_signals_are_survived() {
    let proxy = Proxy::start(Options::new());
    let mut client = Client::connect(proxy.address).unwrap();
    for signal in [Signal::HUP, Signal::USR1, Signal::USR2, Signal::PIPE, Signal::QUIT, Signal::WINCH] {
        proxy.signal(signal);
        assert_eq!(client.get("x", "/ping").unwrap().body, "OK", "{signal:?}");
    }
    assert_eq!(Client::once(proxy.address, "x", "/ping").unwrap().status, 200);
}
