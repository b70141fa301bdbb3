//! Names and passwords, at routes and at entry points.

use crate::support::{Proxy, Upstream, get, ok, plan, settings, with_middlewares};

/// `test:test`.
const TEST: &str = "Authorization: Basic dGVzdDp0ZXN0\r\n";
const BASIC: &str = r#"[{"type": "basic_auth", "users": ["test:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/"],
    "header_field": "X-WebAuth-User", "remove_header": true}]"#;

fn with(fields: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

#[test]
fn without_a_password_nobody_passes() {
    let upstream = Upstream::new();
    let proxy = Proxy::start(settings(), with_middlewares(plan(&[upstream.address]), BASIC));
    let mut client = proxy.client();
    for fields in [
        "",
        "Authorization: Basic dGVzdDp3cm9uZw==\r\n",
        "Authorization: Basic bm9ib2R5OnRlc3Q=\r\n",
        "Authorization: Basic \r\n",
        "Authorization: basic dGVzdDp0ZXN0\r\n",
        "Authorization: Basic dGVzdDp0ZXN0\tx\r\n",
        "Authorization: Basic dGVzdDp0ZXN0\r\nAuthorization: Basic dGVzdDp0ZXN0\r\n",
        "Authorization: Bearer x\r\nauthorization: Basic dGVzdDp0ZXN0\r\n",
        "Proxy-Authorization: Basic dGVzdDp0ZXN0\r\n",
        "X_WebAuth_User: test\r\nX-WebAuth-User: test\r\n",
    ] {
        client.send(with(fields));
        let head = client.head();
        assert!(head.starts_with("HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\n"), "{fields} {head}");
        assert!(head.contains("\r\nWWW-Authenticate: Basic realm=\"traefik\"\r\n"), "{head}");
        assert_eq!(client.text(17), "401 Unauthorized\n");
    }
    client.send(with(&format!("Authorization: Basic {}\r\n", "dGVzdDp0".repeat(4_000))));
    assert!(client.head().starts_with("HTTP/1.1 401 "));
    client.take(17);
    assert!(upstream.is_untouched());
    proxy.await_totals(|totals| totals.status[4] == 11);
}

#[test]
fn a_users_name_goes_on_and_the_password_does_not() {
    let upstream = Upstream::new();
    let proxy = Proxy::start(settings(), with_middlewares(plan(&[upstream.address]), BASIC));
    let mut client = proxy.client();
    client.send(with(&format!("{TEST}X-WebAuth-User: root\r\nx_webauth_user: root\r\nConnection: X-WebAuth-User\r\n")));
    let mut server = upstream.accept();
    for _ in 0..2 {
        let head = server.head();
        assert!(head.contains("\r\nX-WebAuth-User: test\r\n"), "{head}");
        assert!(!head.contains("root") && !head.contains("Authorization"), "{head}");
        server.send(ok("x"));
        client.head();
        client.take(1);
        // This time it is known already.
        client.send(with(TEST));
    }
    server.head();
}

#[test]
fn bodies_wait_until_the_password_is_right() {
    let upstream = Upstream::new();
    let proxy = Proxy::start(settings(), with_middlewares(plan(&[upstream.address]), BASIC));
    let mut client = proxy.client();
    client.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n{TEST}\r\nabc"));
    client.send("def");
    let mut server = upstream.accept();
    server.head();
    assert_eq!(server.text(6), "abcdef");
    server.send(ok(""));
    client.head();
    // A client that leaves in the middle is no defect.
    client.send(with("Authorization: Basic dGVzdDo1\r\n"));
    drop(client);
    proxy.await_totals(|totals| totals.in_flight == 0);
}

#[test]
fn an_entry_points_users_are_asked_before_anything_is_routed() {
    let upstream = Upstream::new();
    let mut settings = settings();
    let entry_point = settings.entry_points.get_mut("http").unwrap();
    entry_point.middlewares = serde_json::from_str(BASIC).unwrap();
    let gone = r#"[{"type": "headers", "request": [{"name": "X-WebAuth-User", "value": "fixed"}]}]"#;
    let proxy = Proxy::start(settings, with_middlewares(plan(&[upstream.address]), gone));
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: nowhere\r\n\r\n");
    assert!(client.head().starts_with("HTTP/1.1 401 "));
    client.take(17);
    client.send(format!("GET / HTTP/1.1\r\nHost: nowhere\r\n{TEST}\r\n"));
    assert!(client.head().starts_with("HTTP/1.1 404 "));
    client.take(19);
    client.send(with(TEST));
    let head = upstream.accept().head();
    // Custom headers of the route come later.
    assert!(head.contains("\r\nX-WebAuth-User: fixed\r\n") && !head.contains("User: test"), "{head}");
}

#[test]
fn a_digest_challenge_is_told() {
    let digest = r#"[{"type": "digest_auth", "users": ["test:traefik:a2688e031edb4be6a3797f3882655c05"]}]"#;
    let proxy = Proxy::start(settings(), with_middlewares(plan(&[]), digest));
    let mut client = proxy.client();
    client.send(get("/"));
    let head = client.head();
    assert!(head.contains("\r\nWWW-Authenticate: Digest realm=\"traefik\", nonce=\""), "{head}");
    assert!(head.contains("\", algorithm=\"MD5\", qop=\"auth\"\r\n"), "{head}");
    assert_eq!(client.text(17), "401 Unauthorized\n");
}

#[test]
fn the_access_log_names_who_was_let_in_and_nobody_else() {
    let upstream = Upstream::new();
    let path = format!("{}/users-{}.log", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    let mut settings = settings();
    settings.access_log = serde_json::from_value(serde_json::json!({"path": path, "format": "json"})).unwrap();
    let proxy = Proxy::start(settings, with_middlewares(plan(&[upstream.address]), BASIC));
    let mut client = proxy.client();
    // Asked, known already, wrong, none, and a head that cannot be understood.
    for _ in 0..2 {
        client.send(with(TEST));
        let mut server = upstream.accept();
        server.head();
        server.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        client.head();
    }
    for fields in ["Authorization: Basic dGVzdDp3cm9uZw==\r\n", ""] {
        client.send(with(fields));
        client.head();
        client.take(17);
    }
    client.send(with(TEST));
    drop(upstream.accept());
    client.head();
    client.take(11);
    client.send("nonsense\r\n\r\n");
    client.head();
    proxy.await_totals(|totals| totals.status[1..].iter().sum::<u64>() == 6);
    proxy.shared.telemetry.log().unwrap().flush();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let told: Vec<_> =
        lines.map(|line| [line["DownstreamStatus"].to_string(), line["ClientUsername"].to_string()]).collect();
    let wanted = [(200, "test"), (200, "test"), (401, "-"), (401, "-"), (502, "test"), (400, "-")];
    assert_eq!(told, wanted.map(|(status, user)| [status.to_string(), format!("{user:?}")]), "{text}");
}
