//! What is answered without asking an upstream.

use crate::support::{Proxy, Upstream, get, plan, route, settings};
use pointsman_plan::{Action, Internal, Matcher, Middleware, Pattern};

/// Removes the Date line, which differs.
fn undated(answer: &str) -> String {
    answer.split_inclusive("\r\n").filter(|line| !line.starts_with("Date: ")).collect()
}

#[test]
fn h1_refused_requests_reach_no_upstream() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(9_000));
    let wide = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "a".repeat(70_000));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(10_000));
    let cases = [
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 0\r\n\r\nx", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: a\n\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: y\r\n\r\n", 417),
        (&long, 414),
        (&wide, 431),
        (&many, 431),
    ];
    for (request, status) in cases {
        let mut client = proxy.client();
        client.try_send(request);
        let answer = client.rest();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{:.60} -> {answer}", request);
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
    }
    assert!(upstream.is_untouched());
}

#[test]
fn h1_12_a_malformed_chunk_aborts_the_request_upstream() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0x5\r\nhello\r\n0\r\n\r\n",
    );
    assert!(client.rest().starts_with("HTTP/1.1 400 Bad Request\r\n"));
    let mut server = upstream.accept();
    assert!(!server.rest().contains("0\r\n\r\n"));
}

#[test]
fn no_route_is_404() {
    let proxy = Proxy::to(&[]);
    let mut client = proxy.client();
    let expected = "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n\
        Content-Length: 19\r\n\r\n404 page not found\n";
    client.send("GET / HTTP/1.1\r\nHost: other\r\n\r\n");
    assert_eq!(undated(&(client.head() + &client.text(19))), expected);
    // A body that has arrived is out of the way; the connection stays.
    client.send("POST / HTTP/1.1\r\nHost: other\r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!(undated(&(client.head() + &client.text(19))), expected);
    client.send("HEAD / HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n");
    assert!(client.rest().ends_with("Content-Length: 19\r\nConnection: close\r\n\r\n"));
    proxy.await_totals(|totals| totals.status[4] == 3);
}

#[test]
fn an_empty_pool_is_503() {
    let proxy = Proxy::to(&[]);
    let mut client = proxy.client();
    client.send(get("/"));
    let expected = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 19\r\n\r\n\
        Service Unavailable";
    assert_eq!(undated(&(client.head() + &client.text(19))), expected);
}

#[test]
fn a_refusing_route_and_an_allow_list() {
    let mut refusing = plan(&[]);
    route(&mut refusing).action = Action::Refuse { status: 404, reason: "x".to_owned() };
    let proxy = Proxy::start(settings(), refusing);
    let mut client = proxy.client();
    client.send(get("/"));
    assert!(client.head().contains("nosniff"));
    let mut guarded = plan(&[]);
    let source_range = vec!["10.0.0.0/8".to_owned()];
    route(&mut guarded).middlewares.push(Middleware::IpAllowList { source_range, use_x_forwarded_for: false });
    let proxy = Proxy::start(settings(), guarded);
    let mut client = proxy.client();
    client.send(get("/"));
    assert!(client.head().starts_with("HTTP/1.1 403 Forbidden\r\n"));
    assert_eq!(client.text(9), "Forbidden");
}

#[test]
fn a_trailing_slash_is_redirected() {
    let mut plan = plan(&[]);
    let pattern = Pattern { source: "/p".to_owned(), literal: Some("/p".to_owned()), ..Pattern::default() };
    route(&mut plan).matchers.push(Matcher::Path { patterns: vec![pattern], redirect_slash: true });
    let proxy = Proxy::start(settings(), plan);
    let mut client = proxy.client();
    client.send(get("/p/?q=1"));
    let body = "<a href=\"/p?q=1\">Moved Permanently</a>.\n\n";
    let expected = format!(
        "HTTP/1.1 301 Moved Permanently\r\nContent-Type: text/html; charset=utf-8\r\nLocation: /p?q=1\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(undated(&(client.head() + &client.text(body.len()))), expected);
}

#[test]
fn internal_routes_come_first() {
    let mut settings = settings();
    settings.entry_points.get_mut("http").unwrap().internal = vec![Internal::Ping, Internal::Api];
    let proxy = Proxy::start(settings, plan(&[]));
    let mut client = proxy.client();
    client.send(get("/ping"));
    client.head();
    assert_eq!(client.text(2), "OK");
    client.send(get("/api/x"));
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{head}");
}

#[test]
fn h1_28_the_server_itself_answers_options() {
    let proxy = Proxy::to(&[]);
    let mut client = proxy.client();
    client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(client.head().starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn admin_routes_are_forwarded_to_the_controller_s_socket() {
    use std::io::{Read, Write};
    let path = std::env::temp_dir().join(format!("pointsman-admin-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        String::from_utf8(head).unwrap()
    });
    let mut settings = settings();
    settings.admin_socket = path.to_str().unwrap().to_owned();
    settings.entry_points.get_mut("http").unwrap().internal = vec![Internal::Api];
    let proxy = Proxy::start(settings, plan(&[]));
    let mut client = proxy.client();
    client.send(get("/api/providers?x"));
    assert_eq!(
        client.head() + &client.text(2),
        "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\n{}"
    );
    assert!(serving.join().unwrap().starts_with("GET /api/providers?x HTTP/1.1\r\nHost: a\r\n"));
    std::fs::remove_file(&path).unwrap();
    client.send(get("/api"));
    assert!(client.head().starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
}

#[test]
fn servers_that_need_tls_are_never_spoken_to_in_plain() {
    let upstream = Upstream::new();
    let mut plan = plan(&[upstream.address]);
    plan.pools.get_mut("t/p").unwrap().servers[0].scheme = pointsman_plan::Scheme::Https;
    let proxy = Proxy::start(settings(), plan);
    let mut client = proxy.client();
    client.send(get("/"));
    assert!(client.head().starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    assert!(upstream.is_untouched());
}
