//! The PROXY protocol in front of connections.

use crate::support::{Proxy, Upstream, Wire, get, ok, plan, route, settings};
use pointsman_plan::{Middleware, ProxyProtocol};

const BINARY: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\xc6\x33\x64\x07\xdc\x04\x01\xbb";
const BINARY6: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x27\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\xdc\x04\x01\xbb\x04\0\0";
const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

fn proxy(upstream: &Upstream, config: &str) -> Proxy {
    let mut settings = settings();
    settings.timeouts.head_ms = 300;
    let config: ProxyProtocol = serde_json::from_str(config).unwrap();
    settings.entry_points.get_mut("http").unwrap().proxy_protocol = Some(config);
    Proxy::start(settings, plan(&[upstream.address]))
}

/// Who the upstream is told the client is.
fn told(client: &mut Wire, upstream: &Upstream, sent: &[&[u8]]) -> String {
    for part in sent {
        client.send(part);
    }
    let mut server = upstream.accept();
    let head = server.head();
    server.send(ok("x") + "HTTP/1.1 200 OK");
    client.head();
    client.take(1);
    let start = head.find("X-Forwarded-For: ").unwrap() + "X-Forwarded-For: ".len();
    head[start..].split("\r\n").next().unwrap().to_owned()
}

#[test]
fn the_client_is_whom_a_trusted_header_names() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream, r#"{"trusted_ips": ["127.0.0.0/8"]}"#);
    let request = get("/");
    let line = b"PROXY TCP4 203.0.113.9 198.51.100.7 56324 443\r\n";
    let line6 = b"PROXY TCP6 2001:db8::1 ::1 56324 443\r\n";
    for (header, expected) in [
        (&line[..], "203.0.113.9"),
        (line6, "2001:db8::1"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (BINARY, "203.0.113.9"),
        (BINARY6, "2001:db8::1"),
        (LOCAL, "127.0.0.1"),
        (b"", "127.0.0.1"),
    ] {
        let mut client = proxy.client();
        assert_eq!(told(&mut client, &upstream, &[header, request.as_bytes()]), expected, "{}", header.escape_ascii());
        // It speaks for the connection, not for one request.
        assert_eq!(told(&mut client, &upstream, &[request.as_bytes()]), expected);
    }
    // In one piece with the request, and in many.
    let whole = [BINARY, request.as_bytes()].concat();
    assert_eq!(told(&mut proxy.client(), &upstream, &[&whole]), "203.0.113.9");
    let single: Vec<&[u8]> = BINARY6.chunks(1).chain(request.as_bytes().chunks(5)).collect();
    assert_eq!(told(&mut proxy.client(), &upstream, &single), "2001:db8::1");
    let plain: Vec<&[u8]> = request.as_bytes().chunks(1).collect();
    assert_eq!(told(&mut proxy.client(), &upstream, &plain), "127.0.0.1");
}

#[test]
fn an_allow_list_sees_the_client_it_names() {
    let upstream = Upstream::new();
    let mut settings = settings();
    settings.entry_points.get_mut("http").unwrap().proxy_protocol =
        Some(ProxyProtocol { insecure: true, trusted_ips: Vec::new() });
    let mut plan = plan(&[upstream.address]);
    route(&mut plan)
        .middlewares
        .push(Middleware::IpAllowList { source_range: vec!["203.0.113.0/24".to_owned()], use_x_forwarded_for: false });
    let proxy = Proxy::start(settings, plan);
    let mut stranger = proxy.client();
    stranger.send(get("/"));
    assert!(stranger.head().starts_with("HTTP/1.1 403 "));
    let line = b"PROXY TCP4 203.0.113.9 198.51.100.7 56324 443\r\n";
    assert_eq!(told(&mut proxy.client(), &upstream, &[line, get("/").as_bytes()]), "203.0.113.9");
}

#[test]
fn what_an_untrusted_peer_says_is_read_and_not_believed() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream, r#"{"trusted_ips": ["192.0.2.1"]}"#);
    let line = b"PROXY TCP4 203.0.113.9 198.51.100.7 56324 443\r\n";
    assert_eq!(told(&mut proxy.client(), &upstream, &[line, get("/").as_bytes()]), "127.0.0.1");
    assert_eq!(told(&mut proxy.client(), &upstream, &[BINARY, get("/").as_bytes()]), "127.0.0.1");
}

#[test]
fn malformed_and_late_headers_close_the_connection() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream, r#"{"insecure": true}"#);
    for bad in [
        &b"PROXY TCP4 203.0.113.9\r\n"[..],
        b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0",
        b"PROXY TCP4 203.0.113.9",
        b"\r\n",
        b"",
    ] {
        let mut client = proxy.client();
        client.send(bad);
        assert!(client.is_closed(), "{}", bad.escape_ascii());
    }
    // One that ends in its header is not waited for.
    let mut client = proxy.client();
    client.send("PROXY TCP4");
    client.end();
    assert!(client.is_closed());
    assert!(upstream.is_untouched());
}

#[test]
fn without_the_option_a_header_is_no_request() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("PROXY TCP4 203.0.113.9 198.51.100.7 56324 443\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(client.rest().starts_with("HTTP/1.1 400 "));
    assert!(upstream.is_untouched());
}
