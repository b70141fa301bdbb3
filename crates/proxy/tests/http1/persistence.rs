//! Connections that stay, and how they end.

use crate::support::{Proxy, Upstream, get, ok, plan, settings};
use pointsman_proxy::drain::Phase;

#[test]
fn both_sides_keep_their_connections() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(get("/1"));
    let mut server = upstream.accept();
    for path in ["/1", "/2", "/3"] {
        assert!(server.head().starts_with(&format!("GET {path} ")));
        server.send(ok(path));
        assert_eq!(client.head() + &client.text(2), ok(path));
        client.send(get(["/2", "/3", "/4"][path[1..].parse::<usize>().unwrap() - 1]));
    }
    // Another client uses the same upstream connection, once it is free.
    assert!(server.head().starts_with("GET /4 "));
    server.send(ok(""));
    client.head();
    let mut other = proxy.client();
    other.send(get("/5"));
    assert!(server.head().starts_with("GET /5 "));
    assert!(upstream.is_untouched());
}

#[test]
fn h1_35_pipelined_requests_are_answered_in_order_up_to_the_invalid_one() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    let valid: String = (0..50).map(|index| get(&format!("/{index}"))).collect();
    client.send("\r\n".repeat(10_000) + &valid + "GET / HTTP/1.1\r\nHost: a\r\nBad : x\r\n\r\n" + &get("/never"));
    let mut server = upstream.accept();
    for index in 0..50 {
        let body = index.to_string();
        assert!(server.head().starts_with(&format!("GET /{body} ")));
        server.send(ok(&body));
        assert_eq!(client.head() + &client.text(body.len()), ok(&body));
    }
    let last = client.rest();
    let told = "400 Bad Request: invalid header name";
    assert!(last.starts_with(&format!("HTTP/1.1 {told}\r\n")) && last.ends_with(&format!("\r\n\r\n{told}")), "{last}");
    drop(client);
    drop(proxy);
    assert!(server.is_closed() && upstream.is_untouched());
}

#[test]
fn http_1_0_clients_stay_if_they_ask() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    server.send(ok("x"));
    assert_eq!(
        client.head(),
        "HTTP/1.0 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n"
    );
    client.take(1);
    client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    server.head();
    server.send(ok("x"));
    assert_eq!(client.rest(), "HTTP/1.0 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 1\r\n\r\nx");
}

#[test]
fn a_client_that_says_close_is_closed() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut server = upstream.accept();
    assert!(!server.head().contains("Connection"));
    server.send(ok("x"));
    assert_eq!(
        client.rest(),
        "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
    );
}

#[test]
fn an_upstream_that_says_close_is_not_used_again() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    for answer in ["HTTP/1.1 200 OK\r\nConnection: close", "HTTP/1.0 200 OK"] {
        client.send(get("/"));
        let mut server = upstream.accept();
        server.head();
        server.send(format!("{answer}\r\nContent-Length: 1\r\n\r\nx"));
        let head = client.head();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && !head.contains("Connection"), "{head}");
        client.take(1);
        assert!(server.is_closed());
    }
}

#[test]
fn idle_and_slow_clients_are_closed_in_time() {
    let upstream = Upstream::new();
    let mut settings = settings();
    settings.timeouts.head_ms = 200;
    settings.timeouts.idle_ms = 300;
    let proxy = Proxy::start(settings, plan(&[upstream.address]));
    assert!(proxy.client().is_closed(), "silent from the start");
    let mut slow = proxy.client();
    slow.send("GET / HT");
    assert!(slow.rest().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    let mut idle = proxy.client();
    idle.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    server.send(ok(""));
    assert_eq!(idle.rest(), ok(""));
}

#[test]
fn h1_21_a_body_that_does_not_come_is_408() {
    let upstream = Upstream::new();
    let mut settings = settings();
    settings.timeouts.read_ms = 300;
    let proxy = Proxy::start(settings, plan(&[upstream.address]));
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    assert!(client.rest().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    let mut server = upstream.accept();
    server.head();
    assert!(server.is_closed());
}

#[test]
fn a_drain_closes_idle_connections_and_busy_ones_behind_their_answer() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let (mut busy, mut idle) = (proxy.client(), proxy.client());
    busy.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    proxy.await_totals(|totals| totals.open == 2);
    proxy.shared.drain.advance(Phase::Closing);
    assert!(idle.is_closed());
    server.send(ok("x"));
    assert_eq!(
        busy.rest(),
        "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
    );
    proxy.await_totals(|totals| totals.open == 0 && totals.in_flight == 0);
}

#[test]
fn a_cut_ends_everything() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    proxy.shared.drain.advance(Phase::Cut);
    assert!(client.is_closed() && server.is_closed());
}

#[test]
fn idle_upstream_connections_grow_old() {
    let upstream = Upstream::new();
    let mut settings = settings();
    settings.timeouts.upstream_idle_ms = 200;
    let proxy = Proxy::start(settings, plan(&[upstream.address]));
    let mut client = proxy.client();
    client.send(get("/1"));
    let mut server = upstream.accept();
    server.head();
    server.send(ok(""));
    client.head();
    assert!(server.is_closed());
    client.send(get("/2"));
    let mut fresh = upstream.accept();
    assert!(fresh.head().starts_with("GET /2 "));
    fresh.send(ok(""));
    assert_eq!(client.head(), ok(""));
}

#[test]
fn u_21_a_connection_that_a_client_authenticated_is_its_own() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let challenge = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n";
    // Asked for by the server, and sent up front.
    for (first, answer) in [(get("/"), challenge.to_owned()), (authorized("Negotiate YII="), ok(""))] {
        let (mut known, mut other) = (proxy.client(), proxy.client());
        known.send(first);
        let mut server = upstream.accept();
        server.head();
        server.send(answer);
        known.head();
        // Another client gets another connection.
        other.send(get("/other"));
        let mut second = upstream.accept();
        assert!(second.head().starts_with("GET /other "));
        second.send(ok("") + "HTTP/1.1 200 OK");
        other.head();
        // The handshake goes on where it began, and so does everything behind it.
        for request in [authorized("NTLM TlRM"), get("/behind")] {
            known.send(request);
            server.head();
            server.send(ok(""));
            known.head();
        }
        // It ends with the client.
        drop(known);
        assert!(server.is_closed());
    }
}

fn authorized(credentials: &str) -> String {
    get("/").replace("\r\n\r\n", &format!("\r\nAuthorization: {credentials}\r\n\r\n"))
}

#[test]
fn no_more_idle_connections_are_kept_than_the_settings_say() {
    for (most, kept) in [(0, 0), (1, 1), (2, 2)] {
        let upstream = Upstream::new();
        let mut settings = settings();
        settings.limits.idle_per_server = most;
        let proxy = Proxy::start(settings, plan(&[upstream.address]));
        let (mut clients, mut servers) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let mut client = proxy.client();
            client.send(get("/"));
            let mut server = upstream.accept();
            server.head();
            clients.push(client);
            servers.push(server);
        }
        for (client, server) in clients.iter_mut().zip(&mut servers) {
            server.send(ok(""));
            client.head();
        }
        // The oldest had to go.
        for server in &mut servers[..3 - kept] {
            assert!(server.is_closed());
        }
        for (client, server) in clients.iter_mut().zip(servers[3 - kept..].iter_mut().rev()) {
            client.send(get("/again"));
            assert!(server.head().starts_with("GET /again "));
        }
    }
}

#[test]
fn h1_36_slow_bodies_and_clients_that_read_nothing_are_closed_in_time() {
    let upstream = Upstream::new();
    let mut settings = settings();
    (settings.timeouts.read_ms, settings.timeouts.write_ms) = (400, 400);
    let proxy = Proxy::start(settings, plan(&[upstream.address]));
    // A byte now and then does not help.
    let mut dripping = proxy.client();
    dripping.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    let mut writer = dripping.try_clone();
    let drip = std::thread::spawn(move || {
        use std::io::Write;
        while writer.write_all(b"x").is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    });
    assert!(dripping.rest().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    drip.join().unwrap();
    // An answer that is not read holds neither us nor the server.
    let mut deaf = proxy.client();
    deaf.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    while server.try_send([b'y'; 65_536]) {}
    proxy.await_totals(|totals| totals.in_flight == 0);
    drop(deaf);
}
