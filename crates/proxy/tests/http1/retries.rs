//! Servers that cannot be reached, and connections that have died of age.

use crate::support::{Proxy, Upstream, get, nobody, ok, plan, settings};
use pointsman_plan::Retry;

#[test]
fn u_01_the_next_server_is_asked_when_one_refuses() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[nobody(), upstream.address]);
    let mut client = proxy.client();
    for _ in 0..4 {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
        let mut server = upstream.accept();
        server.head();
        assert_eq!(server.text(1), "x");
        server.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        assert!(client.head().starts_with("HTTP/1.1 200 OK\r\n"));
    }
    proxy.await_totals(|totals| totals.status[2] == 4 && totals.retries > 0);
}

#[test]
fn u_01_nobody_answers_is_502() {
    for (retry, tries) in [(None, 2), (Some(Retry { attempts: 5 }), 5), (Some(Retry { attempts: 0 }), 2)] {
        let mut settings = settings();
        settings.retry = retry;
        let proxy = Proxy::start(settings, plan(&[nobody(), nobody()]));
        let mut client = proxy.client();
        client.send(get("/"));
        let head = client.head();
        assert!(head.starts_with("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\n"), "{head}");
        assert_eq!(client.text(11), "Bad Gateway");
        proxy.await_totals(|totals| totals.retries == tries - 1);
    }
}

#[test]
fn a_connection_that_the_upstream_closed_is_replaced() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    for path in ["/1", "/2", "/3"] {
        client.send(format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"));
        let mut server = upstream.accept();
        server.head();
        server.take(1);
        server.send(ok(""));
        assert_eq!(client.head(), ok(""));
        drop(server);
        // The proxy's thread hears of the close no later than of a connection made after it.
        let mut probe = proxy.client();
        probe.send("GET / HTTP/1.1\r\nHost: nowhere\r\n\r\n");
        probe.head();
    }
}

#[test]
fn u_10_a_request_lost_on_an_old_connection_is_repeated_if_it_may_be() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(get("/1"));
    let mut server = upstream.accept();
    server.head();
    server.send(ok(""));
    client.head();
    client.send(get("/2"));
    assert!(server.head().starts_with("GET /2 "));
    drop(server);
    let mut server = upstream.accept();
    assert!(server.head().starts_with("GET /2 "));
    server.send(ok(""));
    assert_eq!(client.head(), ok(""));
    // Only once: the second loss is told.
    client.send(get("/3"));
    assert!(server.head().starts_with("GET /3 "));
    drop(server);
    upstream.accept().head();
    assert!(client.head().starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
}

#[test]
fn u_10_a_post_is_never_repeated() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(get("/1"));
    let mut server = upstream.accept();
    server.head();
    server.send(ok(""));
    client.head();
    client.send("POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    server.head();
    server.take(1);
    drop(server);
    assert!(client.head().starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    assert!(upstream.is_untouched());
}

#[test]
fn u_02_an_upstream_that_says_nothing_is_504() {
    let upstream = Upstream::new();
    let mut settings = settings();
    settings.timeouts.response_header_ms = 200;
    let proxy = Proxy::start(settings, plan(&[upstream.address]));
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 504 Gateway Timeout\r\n"), "{head}");
    assert_eq!(client.text(15), "Gateway Timeout");
    assert!(server.is_closed());
}

#[test]
fn u_02_a_server_that_takes_no_connection_is_504_in_time() {
    // A full backlog drops what knocks.
    let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    full.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    full.listen(0).unwrap();
    let address = full.local_addr().unwrap().as_socket().unwrap();
    let _fillers: Vec<_> =
        (0..4).map(|_| std::net::TcpStream::connect_timeout(&address, std::time::Duration::from_millis(100))).collect();
    let mut settings = settings();
    settings.timeouts.connect_ms = 200;
    let proxy = Proxy::start(settings, plan(&[address]));
    let mut client = proxy.client();
    client.send(get("/"));
    assert!(client.head().starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
}

#[test]
fn u_02_a_head_that_drips_is_504_in_time() {
    let upstream = Upstream::new();
    let mut settings = settings();
    settings.timeouts.response_header_ms = 300;
    let proxy = Proxy::start(settings, plan(&[upstream.address]));
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    let dripping = std::thread::spawn(move || {
        server.send("HTTP/1.1 200 OK\r\nX: ");
        while server.try_send("y") {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    });
    assert!(client.head().starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
    client.take("Gateway Timeout".len());
    dripping.join().unwrap();
}
