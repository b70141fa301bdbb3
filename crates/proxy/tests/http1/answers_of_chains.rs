//! Redirections, security headers, allow lists: answers that middlewares make before anybody is asked.

use crate::support::{Proxy, Upstream, get, modified, ok, plan, settings, with_middlewares};
use pointsman_plan::{Internal, Middleware, Modifier, Settings};

/// An entry point with these middlewares before routing, and these before what is internal.
fn guarded(middlewares: &str, guards: &str) -> Settings {
    let mut settings = settings();
    let entry_point = settings.entry_points.get_mut("http").unwrap();
    let parse = |json| serde_json::from_str::<Vec<Middleware>>(json).unwrap();
    (entry_point.middlewares, entry_point.guards) = (parse(middlewares), parse(guards));
    entry_point.internal = vec![Internal::Ping, Internal::Metrics];
    settings
}

#[test]
fn an_entry_point_redirects_before_it_routes() {
    let redirect = r#"[{"type": "redirect_entry_point", "entry_point": "https", "scheme": "https", "port": 443}]"#;
    let proxy = Proxy::start(guarded(redirect, "[]"), plan(&[]));
    let mut client = proxy.client();
    client.send("GET /x?y HTTP/1.1\r\nHost: foo:80\r\n\r\n");
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 302 Found\r\nContent-Type: text/plain; charset=utf-8\r\n"), "{head}");
    assert!(head.contains("\r\nLocation: https://foo:443/x?y\r\n"), "{head}");
    assert_eq!(client.text(5), "Found");
    client.send("POST / HTTP/1.1\r\nHost: foo\r\nContent-Length: 3\r\n\r\nabc");
    assert!(client.head().starts_with("HTTP/1.1 307 Temporary Redirect\r\n"));
    assert_eq!(client.text(18), "Temporary Redirect");
    // Nor is what is internal redirected.
    client.send(get("/ping"));
    assert!(client.head().starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn a_route_redirects_to_the_path_the_client_asked_for() {
    let redirect = r#"[{"type": "redirect_regex", "regex": "^http://a/(.*)$",
        "replacement": "https://b/{{ .Request.Header.Get \"X-To\" }}$1", "permanent": true}]"#;
    let plan = with_middlewares(plan(&[]), redirect);
    let proxy = Proxy::start(settings(), modified(plan, Modifier::StripPrefix { prefixes: vec!["/api".to_owned()] }));
    let mut client = proxy.client();
    client.send("GET /api/x HTTP/1.1\r\nHost: a\r\nX-To: t/\r\n\r\n");
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 301 Moved Permanently\r\n"), "{head}");
    assert!(head.contains("\r\nLocation: https://b/api/x\r\n"), "{head}");
    client.take(17);
    client.send("GET /apix HTTP/1.1\r\nHost: a\r\nX-To: %zz\r\n\r\n");
    assert!(client.head().starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "it would be no URL");
}

#[test]
fn what_an_expression_makes_must_be_a_url() {
    let redirect = r#"[{"type": "redirect_regex", "regex": "^.*$",
        "replacement": "https://{{ .Request.Header.Get \"X-To\" }}/"}]"#;
    let proxy = Proxy::start(settings(), with_middlewares(plan(&[]), redirect));
    let mut client = proxy.client();
    for to in ["a b", "h:x", "a@b@c d", "[::1"] {
        client.send(format!("GET / HTTP/1.1\r\nHost: a\r\nX-To: {to}\r\n\r\n"));
        assert!(client.head().starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{to}");
        client.take(11);
    }
}

#[test]
fn guards_keep_internal_routes_but_for_ping() {
    let nobody = r#"[{"type": "ip_allow_list", "source_range": ["10.0.0.0/8"]}]"#;
    let proxy = Proxy::start(guarded("[]", nobody), plan(&[]));
    let mut client = proxy.client();
    client.send(get("/metrics"));
    assert!(client.head().starts_with("HTTP/1.1 403 Forbidden\r\n"));
    assert_eq!(client.text(9), "Forbidden");
    for path in ["/ping", "/ready"] {
        client.send(get(path));
        assert!(client.head().starts_with("HTTP/1.1 200 OK\r\n"), "{path}");
        client.take(2);
    }
    // What is not internal is not guarded by them.
    client.send(get("/"));
    assert!(client.head().starts_with("HTTP/1.1 503 "));
}

#[test]
fn an_entry_point_whose_protection_cannot_be_built_lets_nobody_in() {
    let broken = r#"[{"type": "ip_allow_list", "source_range": ["nonsense"]}]"#;
    let settings = guarded(broken, "[]");
    let mut builder = pointsman_proxy::snapshot::Builder::new(&settings);
    let problems = builder.apply_plan(plan(&[])).problems;
    assert_eq!((problems[0].route.as_str(), problems[0].value.as_str()), ("entryPoints.http", "nonsense"));
    let proxy = Proxy::start_with(settings, builder.snapshot());
    let mut client = proxy.client();
    for (path, status) in [("/", "404"), ("/metrics", "404"), ("/ping", "200")] {
        client.send(get(path));
        assert!(client.head().starts_with(&format!("HTTP/1.1 {status} ")), "{path}");
        client.take(if status == "404" { 19 } else { 2 });
    }
}

#[test]
fn other_hosts_and_plain_connections_are_turned_away() {
    let security = r#"[{"type": "security_headers", "allowed_hosts": ["A", "b"], "ssl_redirect": true,
        "ssl_proxy_headers": [{"name": "X-Forwarded-Proto", "value": "https"}]}]"#;
    let mut plan = with_middlewares(plan(&[]), security);
    crate::support::route(&mut plan).matchers.clear();
    let proxy = Proxy::start(settings(), plan);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: c\r\n\r\n");
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 500 Internal Server Error\r\n"), "{head}");
    assert!(head.contains("X-Content-Type-Options: nosniff\r\n"), "{head}");
    assert_eq!(client.text(9), "Bad Host\n");
    client.send("GET /p?q HTTP/1.1\r\nHost: B\r\n\r\n");
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 301 Moved Permanently\r\nContent-Type: text/html; charset=utf-8\r\n"), "{head}");
    assert!(head.contains("Location: https://B/p?q\r\n"), "{head}");
    assert_eq!(client.text(48), "<a href=\"https://B/p?q\">Moved Permanently</a>.\n\n");
}

#[test]
fn security_headers_are_set_on_upstream_answers_before_custom_ones() {
    let upstream = Upstream::new();
    let chain = r#"[{"type": "headers", "response": [{"name": "X-Frame-Options", "value": "SAMEORIGIN"}]},
        {"type": "security_headers", "sts": "max-age=1", "ssl_host": "s", "public_key": "pin",
         "ssl_proxy_headers": [{"name": "X-Tls", "value": "yes"}],
         "response": [{"name": "X-Frame-Options", "value": "DENY"}, {"name": "X-XSS-Protection", "value": "1"},
            {"name": "Content-Security-Policy", "value": "script-src $NONCE"}]}]"#;
    let proxy = Proxy::start(settings(), with_middlewares(plan(&[upstream.address]), chain));
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 302 Found\r\nX-XSS-Protection: 0\r\nLocation: http://s/x\r\nContent-Length: 0\r\n\r\n");
    let head = client.head();
    assert_eq!(head.matches("X-Frame-Options").count(), 1, "{head}");
    assert!(head.contains("\r\nX-Frame-Options: SAMEORIGIN\r\n"), "{head}");
    assert!(head.contains("\r\nX-XSS-Protection: 1\r\n") && !head.contains("Protection: 0"), "{head}");
    assert!(head.contains("\r\nLocation: http://s/x\r\n") && !head.contains("Strict-Transport-Security"), "{head}");
    let nonce = |head: &str| head.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let first = nonce(&head);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Tls: yes\r\n\r\n");
    server.head();
    server.send("HTTP/1.1 302 Found\r\nLocation: http://s/x\r\nContent-Length: 0\r\n\r\n");
    let head = client.head();
    assert!(head.contains("\r\nLocation: https://s/x\r\n"), "{head}");
    assert!(head.contains("\r\nStrict-Transport-Security: max-age=1\r\nPublic-Key-Pins: pin\r\n"), "{head}");
    assert_ne!(nonce(&head), first);
    drop(server);
    drop(upstream);
    // Not on an answer of ours.
    client.send(get("/"));
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 502 ") && !head.contains("X-Frame-Options"), "{head}");
}

#[test]
fn steps_see_what_those_before_them_made_of_the_request() {
    let upstream = Upstream::new();
    let chain = r#"[{"type": "headers", "request": [{"name": "X-Tls", "value": "yes"}]},
        {"type": "security_headers", "ssl_redirect": true,
         "ssl_proxy_headers": [{"name": "X-Tls", "value": "yes"}]}]"#;
    let proxy = Proxy::start(settings(), with_middlewares(plan(&[upstream.address]), chain));
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    assert!(server.head().contains("\r\nX-Tls: yes\r\n"));
    server.send(ok("x"));
    assert!(client.head().starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn strictly_only_who_is_trusted_may_say_that_there_was_tls() {
    let security = r#"[{"type": "security_headers", "ssl_redirect": true,
        "ssl_proxy_headers": [{"name": "X-Forwarded-Proto", "value": "https"}]}]"#;
    for (trusted, status) in [("192.0.2.1", "301"), ("127.0.0.1", "503")] {
        let mut settings = settings();
        settings.strict = true;
        let entry_point = settings.entry_points.get_mut("http").unwrap();
        entry_point.forwarded_headers.insecure = false;
        entry_point.forwarded_headers.trusted_ips = vec![trusted.to_owned()];
        let proxy = Proxy::start(settings, with_middlewares(plan(&[]), security));
        let mut client = proxy.client();
        client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n");
        let head = client.head();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{trusted} {head}");
    }
}
