//! Updates under load, and more connections than descriptors.
#![allow(clippy::unwrap_used)]

mod support;

use pointsman_plan::{Downward, Upward};
use rustix::process::Signal;
use socket2::{Domain, Socket, Type};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use support::{Client, Options, Proxy, Upstream, plan, pool, until};

#[test]
fn l_06_a_thousand_updates_fail_no_request() {
    let (one, two) = (Upstream::start("one"), Upstream::start("two"));
    let mut options = Options::new();
    options.settings.threads = 2;
    let proxy = Proxy::start(options);
    let (mut link, _) = proxy.link();
    link.apply(plan(1, &[("a", one.address), ("b", one.address)]));
    let (stop, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..3)
        .map(|_| {
            let (stop, served, address) = (Arc::clone(&stop), Arc::clone(&served), proxy.address);
            std::thread::spawn(move || {
                let mut client = Client::connect(address).unwrap();
                while !stop.load(Ordering::Relaxed) {
                    let answer = client.get("a", "/").unwrap();
                    assert!(answer.status == 200 && ["one", "two"].contains(&answer.body.as_str()), "{answer:?}");
                    served.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut probe = Client::connect(proxy.address).unwrap();
    for base in 1..=1_000 {
        let (name, upstream) = if base % 2 == 0 { ("one", &one) } else { ("two", &two) };
        let pools = BTreeMap::from([("test/a".to_owned(), Some(pool(&[upstream.address])))]);
        let delta = Downward::ApplyDelta { base, generation: base + 1, routes: BTreeMap::new(), pools };
        assert_eq!(link.send(&delta), Upward::Applied { generation: base + 1, problems: Vec::new() });
        if base % 10 == 0 {
            assert_eq!(probe.get("a", "/").unwrap().body, name, "the old table answered after the new was confirmed");
        }
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().expect("no request failed");
    }
    assert!(served.load(Ordering::Relaxed) > 100, "there was no load");
}

#[test]
fn l_07_an_update_of_another_route_cuts_no_stream() {
    let (one, two) = (Upstream::start("one"), Upstream::start("two"));
    let proxy = Proxy::start(Options::new());
    let (mut link, _) = proxy.link();
    link.apply(plan(1, &[("a", one.address), ("b", one.address)]));
    let mut client = Client::connect(proxy.address).unwrap();
    client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut stream = one.held();
    assert_eq!(client.head().unwrap().status, 200);
    for generation in 2..20 {
        let other = if generation % 2 == 0 { two.address } else { one.address };
        link.apply(plan(generation, &[("a", one.address), ("b", other)]));
        stream.write_all(b"2\r\nhi\r\n").unwrap();
        assert_eq!((client.line().unwrap(), client.line().unwrap()), ("2".to_owned(), "hi".to_owned()));
    }
    // Also when its own route is gone.
    link.apply(plan(20, &[("b", two.address)]));
    stream.write_all(b"2\r\nhi\r\n0\r\n\r\n").unwrap();
    assert_eq!((client.line().unwrap(), client.line().unwrap()), ("2".to_owned(), "hi".to_owned()));
    assert_eq!(client.line().unwrap(), "0");
}

#[test]
fn out_of_descriptors_it_sheds_and_recovers() {
    let mut options = Options::new();
    options.descriptors = Some(40);
    options.settings.limits.connections = 10_000;
    let proxy = Proxy::start(options);
    let mut first = Client::connect(proxy.address).unwrap();
    assert_eq!(first.get("x", "/ping").unwrap().status, 200);
    let crowd: Vec<_> = (0..100).map(|_| Client::connect(proxy.address).unwrap()).collect();
    for _ in 0..50 {
        assert_eq!(first.get("x", "/ping").unwrap().status, 200, "who is in stays in");
    }
    drop(crowd);
    until("new connections are served again", || {
        Client::once(proxy.address, "x", "/ping").is_ok_and(|answer| answer.status == 200)
    });
}

#[test]
fn above_the_limit_connections_are_closed_and_places_come_back() {
    let mut options = Options::new();
    options.settings.limits.connections = 2;
    let proxy = Proxy::start(options);
    let mut held: Vec<_> = (0..2).map(|_| Client::connect(proxy.address).unwrap()).collect();
    for client in &mut held {
        assert_eq!(client.get("x", "/ping").unwrap().status, 200);
    }
    assert!(Client::connect(proxy.address).unwrap().rest().is_empty());
    drop(held);
    until("a place is free", || Client::once(proxy.address, "x", "/ping").is_ok_and(|answer| answer.status == 200));
}

#[test]
fn every_socket_of_an_entry_point_is_served() {
    let shared = |address: SocketAddr| {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_reuse_port(true).unwrap();
        socket.bind(&address.into()).unwrap();
        socket.listen(128).unwrap();
        TcpListener::from(socket)
    };
    let first = shared(([127, 0, 0, 1], 0).into());
    let address = first.local_addr().unwrap();
    let mut options = Options::on(first);
    options.others = vec![shared(address), shared(address)];
    options.settings.threads = 2;
    let proxy = Proxy::start(options);
    for _ in 0..60 {
        assert_eq!(Client::once(proxy.address, "x", "/ping").unwrap().status, 200);
    }
}

#[test]
fn r_01_a_log_nobody_reads_holds_up_nothing() {
    let upstream = Upstream::start("one");
    let mut options = Options::new();
    options.unread = true;
    let proxy = Proxy::start(options);
    let (mut link, _) = proxy.link();
    link.apply(plan(1, &[("a", upstream.address)]));
    for base in 1..4_000 {
        let delta =
            Downward::ApplyDelta { base, generation: base + 1, routes: BTreeMap::new(), pools: BTreeMap::new() };
        assert_eq!(link.send(&delta), Upward::Applied { generation: base + 1, problems: Vec::new() });
    }
    assert_eq!(Client::once(proxy.address, "a", "/").unwrap().body, "one");
    let metrics = Client::once(proxy.address, "x", "/metrics").unwrap().body;
    let dropped = metrics.lines().find_map(|line| line.strip_prefix("pointsman_log_lines_dropped_total "));
    assert!(dropped.is_some_and(|count| count != "0"), "{metrics}");
}

#[test]
fn l_08_restarts_refuse_no_connection() {
    let upstream = Upstream::start("one");
    let folder = std::env::temp_dir().join(format!("pointsman-restarts-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let options = |listener| {
        let mut options = Options::on(listener);
        options.settings.state_dir = folder.to_string_lossy().into_owned();
        options
    };
    let mut proxy = Proxy::start(options(TcpListener::bind("127.0.0.1:0").unwrap()));
    proxy.link().0.apply(plan(1, &[("a", upstream.address)]));
    until("the plan is on disk", || folder.join("plan.json").exists());
    let (stop, address) = (Arc::new(AtomicBool::new(false)), proxy.address);
    let clients: Vec<_> = (0..2)
        .map(|_| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let mut served = 0;
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(Client::once(address, "a", "/").expect("an answer").body, "one");
                    served += 1;
                }
                served
            })
        })
        .collect();
    for _ in 0..5 {
        let listener = proxy.listener.try_clone().unwrap();
        proxy.signal(Signal::TERM);
        assert_eq!(proxy.wait().code(), Some(0));
        proxy = Proxy::start(options(listener));
        assert_eq!(Client::once(address, "a", "/").unwrap().body, "one");
    }
    stop.store(true, Ordering::Relaxed);
    let served: u32 = clients.into_iter().map(|client| client.join().expect("no connection failed")).sum();
    assert!(served > 20, "there was no load");
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn r_09_a_body_that_no_disk_takes_is_500_and_others_pass() {
    let upstream = Upstream::start("one");
    let mut options = Options::new();
    options.temporary = Some("/proc/no-such-folder".into());
    let proxy = Proxy::start(options);
    let (mut link, _) = proxy.link();
    let mut plan = plan(1, &[("a", upstream.address)]);
    let config = r#"{"buffering": {"memory_request_bytes": 100}}"#;
    plan.pools.get_mut("test/a").unwrap().options = Some(Arc::new(serde_json::from_str(config).unwrap()));
    link.apply(plan);
    for (length, status) in [(100, 200), (101, 500), (100, 200)] {
        let mut client = Client::connect(proxy.address).unwrap();
        let body = "x".repeat(length);
        client.send(&format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}")).unwrap();
        assert_eq!(client.head().unwrap().status, status, "{length}");
    }
}
