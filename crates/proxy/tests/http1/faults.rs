//! Upstreams that misbehave, clients that leave.

use crate::support::{Proxy, Upstream, get, ok};

fn answered_with(bytes: &str) -> String {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    server.try_send(bytes);
    drop(server);
    client.rest()
}

#[test]
fn u_04_u_05_u_06_malformed_responses_are_502() {
    let large = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(200_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(10_000));
    for bad in [
        &many,
        "hello\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 2oo OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: y",
        "",
        &large,
    ] {
        let answer = answered_with(bad);
        assert!(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{bad:.60} -> {answer:.100}");
    }
}

#[test]
fn u_08_a_body_that_is_cut_is_never_shown_as_whole() {
    let answer = answered_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    assert!(answer.contains("Content-Length: 10\r\n") && answer.len() - answer.find("\r\n\r\n").unwrap() - 4 <= 5);
    for cut in ["5\r\nhello\r\n", "5\r\nhel", "5\r\nhello\r\nnonsense\r\n", "0\r\nX: y"] {
        let answer = answered_with(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{cut}"));
        assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
    }
}

#[test]
fn u_08_a_cut_body_of_no_stated_length_ends_in_a_reset() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    client.head();
    assert_eq!(client.text(5), "hello");
    drop(server);
    assert!(client.is_reset());
}

#[test]
fn h1_19_a_request_body_that_is_cut_is_cut_upstream() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    let mut server = upstream.accept();
    server.head();
    server.take(10);
    drop(client);
    assert!(server.is_closed());
}

#[test]
fn a_client_that_leaves_ends_the_work_upstream() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    // While the upstream thinks.
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    client.end();
    assert!(server.is_closed());
    // While it streams.
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.head();
    drop(client);
    assert!(server.is_closed());
    proxy.await_totals(|totals| totals.open == 0 && totals.in_flight == 0);
}

#[test]
fn a_response_is_delivered_although_the_upstream_does_not_read_the_request() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    assert!(client.head().starts_with("HTTP/1.1 403 Forbidden\r\n"));
    assert_eq!(client.text(2), "no");
}

#[test]
fn bytes_after_a_response_never_reach_another_client() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    server.send(ok("x") + &ok("stray"));
    assert_eq!(client.head() + &client.text(1), ok("x"));
    client.send(get("/"));
    let mut fresh = upstream.accept();
    fresh.head();
    fresh.send(ok("mine"));
    assert_eq!(client.head() + &client.text(4), ok("mine"));
    assert!(server.is_closed());
}
