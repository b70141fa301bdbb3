//! Pools that take requests and answers in whole.

use crate::support::{Proxy, Upstream, Wire, get, nobody, ok, plan, settings};
use pointsman_plan::{Buffering, Plan, PoolOptions, Settings};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

const RETRY_ERRORS: &str = r#", "retry": {"type": "all_of", "conditions": [{"type": "is_network_error"},
    {"type": "compare", "figure": "attempts", "operator": "<=", "value_millionths": 2000000}]}"#;

fn buffering(servers: &[SocketAddr], config: &str) -> Plan {
    let mut plan = plan(servers);
    let buffering: Buffering = serde_json::from_str(config).unwrap();
    let options = PoolOptions { buffering: Some(buffering), ..serde_json::from_str::<PoolOptions>("{}").unwrap() };
    plan.pools.get_mut("t/p").unwrap().options = Some(Arc::new(options));
    plan
}

fn proxy(upstream: &Upstream, config: &str) -> Proxy {
    Proxy::start(settings(), buffering(&[upstream.address], config))
}

fn post(body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Sends a large request and an answer through, in parts.
fn carried(proxy: &Proxy, upstream: &Upstream, size: usize) {
    let body: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
    let mut client = proxy.client();
    let (mut writer, sent) = (client.try_clone(), body.clone());
    let writing = std::thread::spawn(move || {
        writer.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        for part in sent.chunks(50_000) {
            writer.write_all(&[format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat()).unwrap();
        }
        writer.write_all(b"0\r\nX-Sum: 1\r\n\r\n").unwrap();
    });
    let mut server = upstream.accept();
    let head = server.head();
    assert!(head.ends_with(&format!("\r\nContent-Length: {size}\r\n\r\n")) && !head.contains("chunked"), "{head}");
    assert!(server.take(size) == body);
    writing.join().unwrap();
    let mut writer = server.try_clone();
    let sent = body.clone();
    let writing = std::thread::spawn(move || {
        writer.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n").as_bytes()).unwrap();
        writer.write_all(&sent).unwrap();
    });
    assert!(client.head().contains(&format!("\r\nContent-Length: {size}\r\n")));
    assert!(client.take(size) == body);
    writing.join().unwrap();
    // Both connections go on.
    client.send(get("/next"));
    assert!(server.head().starts_with("GET /next "));
    server.send(ok("x"));
    assert_eq!(client.head() + &client.text(1), ok("x"));
}

#[test]
fn requests_and_answers_pass_in_whole_from_memory_and_from_disk() {
    let upstream = Upstream::new();
    let small = proxy(&upstream, r#"{"memory_request_bytes": 10, "memory_response_bytes": 10}"#);
    for (proxy, size) in [(&small, 1_000_000), (&proxy(&upstream, "{}"), 3_000_000), (&small, 9)] {
        carried(proxy, &upstream, size);
    }
}

#[test]
fn nothing_reaches_the_server_before_all_of_the_request_is_there() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream, "{}");
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n");
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    assert!(upstream.is_untouched());
    client.send("world");
    let mut server = upstream.accept();
    let head = server.head();
    assert!(!head.contains("Expect"), "{head}");
    assert_eq!(server.text(10), "helloworld");
    // The answer neither, before all of it is there.
    server
        .send("HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    client.send(get("/pipelined"));
    server.send("0\r\nX-Sum: 1\r\n\r\n");
    let expected = "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n\
        5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n";
    assert_eq!(client.text(expected.len()), expected);
    assert!(server.head().starts_with("GET /pipelined "));
}

#[test]
fn r_08_bodies_above_the_limit_are_413_and_500() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream, r#"{"max_request_bytes": 10, "max_response_bytes": 10, "memory_request_bytes": 4}"#);
    let chunked =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n";
    let endless = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", 1_u64 << 40);
    let expecting = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n".to_owned();
    for request in [post("hello world"), chunked.to_owned(), endless, expecting] {
        let mut client = proxy.client();
        client.send(&request);
        let answer = client.rest();
        assert!(answer.starts_with("HTTP/1.1 413 Request Entity Too Large\r\n"), "{request:.60}: {answer}");
        assert!(answer.ends_with("\r\n\r\nRequest Entity Too Large"));
    }
    assert!(upstream.is_untouched());
    let long = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n".to_owned();
    for (answer, expected) in [
        (ok("ten bytes!"), "HTTP/1.1 200 OK\r\n"),
        (ok("hello world"), "HTTP/1.1 500 Internal Server Error\r\n"),
        (long, "HTTP/1.1 500 Internal Server Error\r\n"),
    ] {
        let mut client = proxy.client();
        client.send(post("ten bytes!"));
        let mut server = upstream.accept();
        server.head();
        server.take(10);
        server.send(answer);
        server.end();
        assert!(client.head().starts_with(expected));
    }
}

/// Answers a request with the body `again`.
fn replayed(server: &mut Wire, answer: &str) {
    assert!(server.head().starts_with("POST / "));
    assert_eq!(server.text(5), "again");
    server.send(answer);
}

#[test]
fn a_request_is_sent_again_while_the_condition_holds() {
    let (first, second) = (Upstream::new(), Upstream::new());
    for memory in [1_000, 2] {
        let config = format!(r#"{{"memory_request_bytes": {memory} {RETRY_ERRORS}}}"#);
        let proxy = Proxy::start(settings(), buffering(&[first.address, second.address], &config));
        let mut client = proxy.client();
        client.send(post("again"));
        let bad = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
        let mut one = first.accept();
        replayed(&mut one, bad);
        let mut two = second.accept();
        // Cut in the middle: nothing of it was shown to anybody.
        replayed(&mut two, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
        drop(two);
        replayed(&mut one, &ok("at last"));
        assert_eq!(client.head() + &client.text(7), ok("at last"));
        proxy.await_totals(|totals| totals.retries == 2);
        // Attempts end; what they came to is passed on.
        client.send(post("again"));
        let mut two = second.accept();
        replayed(&mut two, bad);
        replayed(&mut one, bad);
        replayed(&mut two, &ok("").replace("200 OK", "504 Last"));
        assert!(client.head().starts_with("HTTP/1.1 504 Last\r\n"));
    }
}

#[test]
fn attempts_are_bounded_whatever_the_condition_says() {
    let upstream = Upstream::new();
    let retry = r#"{"retry": {"type": "request_method", "operator": "==", "method": "GET"}}"#;
    let proxy = proxy(&upstream, retry);
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    for number in 1..=11 {
        server.head();
        server.send(ok(&format!("{number:2}")));
    }
    client.head();
    assert_eq!(client.text(2), "11");
    // Nobody to ask is an answer, too.
    let retry = r#"{"retry": {"type": "is_network_error"}}"#;
    let proxy = Proxy::start(settings(), buffering(&[nobody()], retry));
    let mut client = proxy.client();
    client.send(post("x"));
    assert!(client.head().starts_with("HTTP/1.1 502 "));
    client.take("Bad Gateway".len());
    // Another method is not asked again.
    client.send(get("/"));
    assert!(client.head().starts_with("HTTP/1.1 502 "));
}

#[test]
fn u_08_an_answer_that_is_cut_is_502() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream, "{}");
    for cut in ["Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"] {
        let mut client = proxy.client();
        client.send(get("/"));
        let mut server = upstream.accept();
        server.head();
        server.send(format!("HTTP/1.1 200 OK\r\n{cut}"));
        drop(server);
        assert!(client.head().starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    }
}

#[test]
fn a_client_that_leaves_or_dawdles_ends_it() {
    let upstream = Upstream::new();
    let config = buffering(&[upstream.address], "{}");
    let proxy = Proxy::start(Settings { timeouts: slow_clients(), ..settings() }, config);
    // In its body.
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    assert!(client.rest().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    drop(client);
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX");
    assert!(client.rest().starts_with("HTTP/1.1 400 "));
    assert!(upstream.is_untouched());
    // While the upstream thinks.
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    drop(client);
    assert!(server.is_closed());
    proxy.await_totals(|totals| totals.open == 0 && totals.in_flight == 0);
}

fn slow_clients() -> pointsman_plan::Timeouts {
    pointsman_plan::Timeouts { read_ms: 300, ..Default::default() }
}

#[test]
fn upgrades_and_head_pass_and_compression_works_on_top() {
    let upstream = Upstream::new();
    let mut settings = settings();
    settings.entry_points.get_mut("http").unwrap().compress = true;
    let proxy = Proxy::start(settings, buffering(&[upstream.address], "{}"));
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi");
    assert!(client.head().starts_with("HTTP/1.1 101 "));
    assert_eq!(client.text(2), "hi");
    let mut client = proxy.client();
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    assert!(client.head().contains("\r\nContent-Length: 5\r\n"));
    client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
    server.head();
    server.send(ok(&"y".repeat(5_000)));
    assert!(client.head().contains("\r\nContent-Encoding: gzip\r\n"));
}
