//! What upstreams and clients receive.

use crate::support::{Proxy, Upstream, get, modified, ok, plan, route, settings};
use pointsman_plan::{Action, ForwardedHeaders, HeaderEdit, Middleware, Modifier};

fn exchange(proxy: &Proxy, upstream: &Upstream, request: &str) -> (String, String) {
    let mut client = proxy.client();
    client.send(request);
    let mut server = upstream.accept();
    let received = server.head();
    server.send(ok(""));
    (received, client.head())
}

#[test]
fn the_head_that_an_upstream_receives() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let request = "GET /p?q=1 HTTP/1.1\r\nHost: a\r\nx-odd:  v \r\nConnection: keep-alive, X-Gone\r\nX-Gone: 1\r\nTE: trailers, gzip\r\n\
        Keep-Alive: 5\r\nProxy-Connection: x\r\nProxy-Authorization: x\r\nTrailer: X\r\nAccept: */*\r\n\r\n";
    let (received, _) = exchange(&proxy, &upstream, request);
    let expected = "GET /p?q=1 HTTP/1.1\r\nHost: a\r\nx-odd: v\r\nAccept: */*\r\nX-Forwarded-For: 127.0.0.1\r\nX-Real-Ip: 127.0.0.1\r\n\
        X-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\nX-Forwarded-Host: a\r\nX-Forwarded-Server: edge\r\nTe: trailers\r\n\r\n";
    assert_eq!(received, expected);
}

#[test]
fn trusted_forwarded_headers_are_kept_and_appended_to() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let request = "GET / HTTP/1.1\r\nHost: a:81\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nx-forwarded-for: 2.2.2.2\r\n\
        X-Real-Ip: 3.3.3.3\r\nX-Forwarded-Server: x\r\nX-Forwarded-Host: h\r\nX-Forwarded-Uri: /u\r\n\r\n";
    let (received, _) = exchange(&proxy, &upstream, request);
    let expected = "GET / HTTP/1.1\r\nHost: a:81\r\nX-Forwarded-Proto: https\r\nX-Real-Ip: 3.3.3.3\r\nX-Forwarded-Host: h\r\n\
        X-Forwarded-Uri: /u\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 127.0.0.1\r\nX-Forwarded-Port: 81\r\nX-Forwarded-Server: edge\r\n\r\n";
    assert_eq!(received, expected);
}

#[test]
fn hd_01_an_untrusted_client_s_forwarded_headers_are_dropped() {
    let upstream = Upstream::new();
    let mut settings = settings();
    let trusted_ips = vec!["10.0.0.0/8".to_owned()];
    settings.entry_points.get_mut("http").unwrap().forwarded_headers =
        ForwardedHeaders { insecure: false, trusted_ips };
    settings.strict = true;
    let proxy = Proxy::start(settings, plan(&[upstream.address]));
    let request = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\n\
        X-Real-Ip: 3.3.3.3\r\nX-Forwarded-Host: h\r\nX-Forwarded-Uri: /u\r\nX-Forwarded-Method: PUT\r\nX_Forwarded_Proto: https\r\n\r\n";
    let (received, _) = exchange(&proxy, &upstream, request);
    let expected = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 127.0.0.1\r\nX-Real-Ip: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n\
        X-Forwarded-Port: 80\r\nX-Forwarded-Host: a\r\nX-Forwarded-Server: edge\r\n\r\n";
    assert_eq!(received, expected);
}

#[test]
fn the_server_s_host_is_sent_when_the_client_s_is_not_passed() {
    let upstream = Upstream::new();
    let mut plan = plan(&[upstream.address]);
    route(&mut plan).action = Action::Forward { pool: "t/p".to_owned(), pass_host: false };
    let proxy = Proxy::start(settings(), plan);
    let (received, _) = exchange(&proxy, &upstream, &get("/"));
    assert!(received.contains(&format!("\r\nHost: {}\r\n", upstream.address)), "{received}");
    assert!(received.contains("\r\nX-Forwarded-Host: a\r\n"), "{received}");
}

#[test]
fn path_modifiers_and_their_headers() {
    let upstream = Upstream::new();
    let strip = Modifier::StripPrefix { prefixes: vec!["/api".to_owned()] };
    let proxy = Proxy::start(settings(), modified(plan(&[upstream.address]), strip));
    let (received, _) = exchange(&proxy, &upstream, &get("/api/a%2Fb?x"));
    assert!(received.starts_with("GET /a%2Fb?x HTTP/1.1\r\n"), "{received}");
    assert!(received.contains("\r\nX-Forwarded-Prefix: /api\r\n"), "{received}");
}

#[test]
fn custom_headers_both_ways() {
    let upstream = Upstream::new();
    let mut plan = plan(&[upstream.address]);
    let edit = |name: &str, value: &str| HeaderEdit { name: name.to_owned(), value: value.to_owned() };
    route(&mut plan).middlewares.push(Middleware::Headers {
        request: vec![edit("X-Mine", "1"), edit("Accept", ""), edit("X-Forwarded-Proto", "https")],
        response: vec![edit("Server", ""), edit("X-Out", "2")],
    });
    let proxy = Proxy::start(settings(), plan);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept: x\r\nx-mine: 0\r\n\r\n");
    let mut server = upstream.accept();
    let received = server.head();
    assert!(received.contains("\r\nX-Mine: 1\r\n") && !received.contains("x-mine") && !received.contains("Accept"));
    assert_eq!(received.matches("X-Forwarded-Proto: https\r\n").count(), 1, "{received}");
    server.send("HTTP/1.1 200 OK\r\nServer: s\r\nx-out: 1\r\nContent-Length: 0\r\n\r\n");
    let answer = client.head();
    assert!(answer.contains("\r\nX-Out: 2\r\n") && !answer.contains("Server") && !answer.contains("x-out"), "{answer}");
}

#[test]
fn hd_04_hop_by_hop_fields_of_responses_are_removed() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    server.send(
        "HTTP/1.1 418 I'm a teapot\r\nConnection: keep-alive, X-Gone\r\nX-Gone: 1\r\nKeep-Alive: timeout=5\r\nX-Kept: 1\r\n\
        Upgrade: h2c\r\nProxy-Authenticate: x\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!(
        client.head(),
        "HTTP/1.1 418 I'm a teapot\r\nX-Kept: 1\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn a_date_is_added_where_there_is_none() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n");
    let answer = client.head();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\nDate: ") && answer.contains(" GMT\r\n"), "{answer}");
}

#[test]
fn h1_25_the_target_s_authority_is_host_and_route() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let (received, _) = exchange(&proxy, &upstream, "GET http://a?q HTTP/1.1\r\nHost: b\r\n\r\n");
    assert!(received.starts_with("GET /?q HTTP/1.1\r\nHost: a\r\n"), "{received}");
}

#[test]
fn h1_30_odd_targets_are_forwarded_byte_for_byte() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let (received, _) = exchange(&proxy, &upstream, &get("//a/../\"<>\\^`{|}é%2e;x?%zz"));
    assert!(received.starts_with("GET //a/../\"<>\\^`{|}é%2e;x?%zz HTTP/1.1\r\n"), "{received}");
}

#[test]
fn interim_responses() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    // U-11: a 103 is passed on, a 100 that nobody waits for is not.
    server.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    assert_eq!(client.head(), "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    server.send(ok("done"));
    assert_eq!(client.head() + &client.text(4), ok("done"));
}

#[test]
fn u_11_a_flood_of_interim_responses_and_an_unasked_101_are_502() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    for bad in [
        "HTTP/1.1 102 Processing\r\n\r\n".repeat(1_000),
        "HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n".to_owned(),
    ] {
        let mut client = proxy.client();
        client.send(get("/"));
        let mut server = upstream.accept();
        server.head();
        server.try_send(bad);
        let mut answer = client.head();
        while answer.starts_with("HTTP/1.1 102") {
            answer = client.head();
        }
        assert!(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{answer}");
        assert!(server.is_closed());
    }
}

#[test]
fn h1_27_a_host_in_another_spelling_takes_the_same_route() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    for host in ["a", "A", "a:443", "A:80"] {
        let (sent, _) =
            exchange(&proxy, &upstream, &format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        assert!(sent.contains(&format!("\r\nHost: {host}\r\n")), "{sent}");
    }
}
