//! Upgrade and tunnel.

use crate::support::{Proxy, Upstream, ok};

const ASK: &str =
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n";

#[test]
fn a_tunnel_carries_both_directions_and_half_closes() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(ASK.to_owned() + "early");
    let mut server = upstream.accept();
    let head = server.head();
    assert!(head.contains("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"), "{head}");
    assert!(head.contains("\r\nX-Forwarded-Proto: ws\r\n") && head.contains("\r\nSec-WebSocket-Key: k\r\n"), "{head}");
    server.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\nhello");
    let expected = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(client.head(), expected);
    assert_eq!(client.text(5), "hello");
    assert_eq!(server.text(5), "early");
    client.send("ping");
    assert_eq!(server.text(4), "ping");
    client.end();
    assert!(server.is_closed());
    server.send("last words");
    drop(server);
    assert_eq!(client.rest(), "last words");
}

#[test]
fn h1_32_early_bytes_are_not_sent_when_the_upgrade_is_refused() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(ASK.to_owned() + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    server.send(ok("no"));
    assert_eq!(
        client.rest(),
        "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
    );
    drop(proxy);
    assert!(server.is_closed() && upstream.is_untouched());
}

#[test]
fn h1_31_an_upgrade_to_h2c_is_not_passed_on() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
    let mut server = upstream.accept();
    let head = server.head();
    assert!(!head.contains("Upgrade") && !head.contains("HTTP2") && !head.contains("Connection"), "{head}");
    server.send(ok(""));
    assert_eq!(client.head(), ok(""));
}

#[test]
fn u_11_a_switch_to_another_protocol_than_asked_for_is_502() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(ASK);
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 101 x\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n");
    assert!(client.head().starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    assert!(server.is_closed());
}

#[test]
fn a_tunnel_ends_when_the_process_is_cut() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(ASK);
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
    client.head();
    proxy.shared.drain.advance(pointsman_proxy::drain::Phase::Cut);
    assert!(client.is_closed() && server.is_closed());
}
