//! Pages in place of answers with certain codes.

use crate::support::{Proxy, Upstream, get, nobody, ok, plan, settings, with_middlewares, with_pool};
use pointsman_plan::Plan;
use std::net::SocketAddr;

fn with_pages(servers: &[SocketAddr], pages: SocketAddr, options: &str) -> Plan {
    let chain = format!(
        r#"[{{"type": "error_pages", "pages": [{{"statuses": [{{"first": 404, "last": 404}},
            {{"first": 500, "last": 599}}, {{"first": 401, "last": 403}}],
            "pool": "t/pages", "query": "/{{status}}.html?{{status}}"{options}}}]}}]"#
    );
    with_pool(with_middlewares(plan(servers), &chain), "pages", pages)
}

const PAGE: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Page: 1\r\nContent-Length: 4\r\nDate: then\r\n\r\npage";

#[test]
fn an_upstreams_answer_is_replaced() {
    let (upstream, pages) = (Upstream::new(), Upstream::new());
    let proxy = Proxy::start(settings(), with_pages(&[upstream.address], pages.address, ""));
    let mut client = proxy.client();
    client.send(
        "POST /x HTTP/1.1\r\nHost: a\r\nCookie: c=1\r\nIf-None-Match: e\r\nRange: bytes=0-1\r\nContent-Length: 2\r\n\r\nab",
    );
    let mut server = upstream.accept();
    server.head();
    server.take(2);
    server.send("HTTP/1.1 404 Not Here\r\nX-Original: 1\r\nContent-Length: 8\r\n\r\noriginal");
    let mut asked = pages.accept();
    let head = asked.head();
    assert!(
        head.starts_with(&format!("GET /404.html?404 HTTP/1.1\r\nHost: {}\r\nCookie: c=1\r\n", pages.address)),
        "{head}"
    );
    assert!(head.contains("\r\nX-Forwarded-Host: a\r\n"), "{head}");
    for gone in ["Content-Length", "If-None-Match", "Range", "Transfer-Encoding"] {
        assert!(!head.contains(gone), "{gone} {head}");
    }
    asked.send(PAGE);
    let expected = "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nX-Page: 1\r\nDate: then\r\n\
        Content-Length: 4\r\n\r\n";
    assert_eq!(client.head(), expected);
    assert_eq!(client.text(4), "page");
    // All three connections go on.
    client.send("HEAD /y HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(server.head().starts_with("HEAD /y "));
    server.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 8\r\n\r\n");
    assert!(asked.head().starts_with("GET /503.html?503 "));
    asked.send(PAGE);
    assert_eq!(client.head(), expected.replace("404 Not Found", "503 Service Unavailable"));
    client.send(get("/z"));
    assert!(server.head().starts_with("GET /z "));
    server.send(ok("fine"));
    assert!(client.head().starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(client.text(4), "fine");
}

#[test]
fn our_own_answers_are_replaced_too() {
    let pages = Upstream::new();
    let mut plan = with_pages(&[nobody()], pages.address, r#", "pass_host": true"#);
    let proxy = Proxy::start(settings(), plan.clone());
    let mut client = proxy.client();
    client.send(get("/"));
    let mut asked = pages.accept();
    assert!(asked.head().starts_with("GET /502.html?502 HTTP/1.1\r\nHost: 0.0.0.0\r\n"));
    asked.send(PAGE);
    assert!(client.head().starts_with("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n"));
    assert_eq!(client.text(4), "page");
    plan = with_middlewares(
        plan,
        r#"[{"type": "basic_auth", "users": ["a:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M="], "remove_header": true}]"#,
    );
    let proxy = Proxy::start(settings(), plan);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eDp4\r\n\r\n");
    let mut asked = pages.accept();
    let head = asked.head();
    assert!(head.starts_with("GET /401.html?401 ") && !head.contains("Authorization"), "{head}");
    asked.send(PAGE);
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html\r\n"), "{head}");
}

#[test]
fn without_the_page_the_original_answer_stays() {
    let upstream = Upstream::new();
    let proxy = Proxy::start(settings(), with_pages(&[upstream.address], nobody(), ""));
    let mut client = proxy.client();
    for framing in ["Content-Length: 8\r\n\r\noriginal", "Transfer-Encoding: chunked\r\n\r\n8\r\noriginal\r\n0\r\n\r\n"]
    {
        client.send(get("/"));
        let mut server = upstream.accept();
        server.head();
        server.send(format!("HTTP/1.1 404 Not Here\r\nX-Original: 1\r\nConnection: close\r\n{framing}"));
        let head = client.head();
        assert!(head.starts_with("HTTP/1.1 404 Not Here\r\nX-Original: 1\r\n"), "{head}");
        client.until(b"original");
        if framing.starts_with('T') {
            client.until(b"0\r\n\r\n");
        }
    }
    let large = Upstream::new();
    let proxy = Proxy::start(settings(), with_pages(&[nobody()], large.address, ""));
    let mut client = proxy.client();
    client.send(get("/"));
    let mut asked = large.accept();
    asked.head();
    asked.send("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n");
    assert!(client.head().starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    assert_eq!(client.text(11), "Bad Gateway");
}

#[test]
fn a_websocket_handshake_that_fails_has_a_page_and_one_that_succeeds_has_none() {
    let (upstream, pages) = (Upstream::new(), Upstream::new());
    let proxy = Proxy::start(settings(), with_pages(&[upstream.address], pages.address, ""));
    let handshake = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let mut client = proxy.client();
    client.send(handshake);
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    let mut asked = pages.accept();
    let head = asked.head();
    assert!(!head.contains("Upgrade"), "{head}");
    asked.send(PAGE);
    assert!(client.head().starts_with("HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n"));
    let mut client = proxy.client();
    client.send(handshake);
    server.head();
    server.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    assert!(client.head().starts_with("HTTP/1.1 101 "));
}

#[test]
fn the_pages_servers_outlive_other_routes_of_theirs() {
    let pages = Upstream::new();
    let settings = settings();
    let mut builder = pointsman_proxy::snapshot::Builder::new(&settings);
    let plan = with_pages(&[nobody()], pages.address, "");
    builder.apply_plan(plan.clone());
    // The pool is declared anew while a route that is not changed has it for its pages.
    let mut pools = plan.pools.clone();
    let pool = pools.remove("t/pages").unwrap();
    builder.apply_delta(1, 2, [].into(), [("t/pages".to_owned(), None)].into()).unwrap();
    builder.apply_delta(2, 3, [].into(), [("t/pages".to_owned(), Some(pool))].into()).unwrap();
    let proxy = Proxy::start_with(settings, builder.snapshot());
    let mut client = proxy.client();
    client.send(get("/"));
    let mut asked = pages.accept();
    asked.head();
    asked.send(PAGE);
    assert!(client.head().contains("\r\nX-Page: 1\r\n"));
}
