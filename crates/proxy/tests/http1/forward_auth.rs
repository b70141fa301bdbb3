//! Another server decides who comes in.

use crate::support::{Proxy, Upstream, Wire, get, modified, nobody, ok, plan, settings, with_middlewares};
use pointsman_plan::Modifier;
use std::net::SocketAddr;

fn chain(address: SocketAddr, options: &str) -> String {
    format!(r#"[{{"type": "forward_auth", "address": "http://{address}/check?k=v"{options}}}]"#)
}

const HEADERS: &str = r#", "auth_response_headers": ["X-Auth-User", "X-Auth-Groups"]"#;

#[test]
fn the_server_is_told_of_the_request_and_its_answer_goes_on() {
    let (upstream, auth) = (Upstream::new(), Upstream::new());
    let plan = with_middlewares(plan(&[upstream.address]), &chain(auth.address, HEADERS));
    let proxy = Proxy::start(settings(), modified(plan, Modifier::StripPrefix { prefixes: vec!["/api".to_owned()] }));
    let mut client = proxy.client();
    client.send(
        "POST /api/x?q=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nCookie: c=1\r\nTE: trailers\r\nX-Auth-User: root\r\n\
         X_Auth_User: root\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Uri: /else\r\n\
         X_Forwarded_Uri: /else\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Port: 99\r\n\r\nabc",
    );
    let mut asked = auth.accept();
    let head = asked.head();
    assert!(
        head.starts_with(&format!("GET /check?k=v HTTP/1.1\r\nHost: {}\r\nCookie: c=1\r\n", auth.address)),
        "{head}"
    );
    for field in [
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Method: POST",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Host: a",
        "X-Forwarded-Uri: /x?q=1",
        "X-Forwarded-Prefix: /api",
        "X-Forwarded-Port: 99",
    ] {
        assert_eq!(head.matches(&format!("\r\n{field}\r\n")).count(), 1, "{field} {head}");
    }
    for gone in ["Content-Length", "TE:", "X-Hop", "6.6.6.6", "else"] {
        assert!(!head.contains(gone), "{gone} {head}");
    }
    asked.send(
        "HTTP/1.1 204 No Content\r\nX-Auth-User: test\r\nX-Auth-Groups: a\r\nx-auth-groups: b\r\nX-No: 1\r\n\r\n",
    );
    let mut server = upstream.accept();
    let head = server.head();
    assert!(head.contains("\r\nX-Auth-User: test\r\nX-Auth-Groups: a\r\nX-Auth-Groups: b\r\n"), "{head}");
    assert!(!head.contains("root") && !head.contains("X-No"), "{head}");
    assert_eq!(server.text(3), "abc");
    server.send(ok("x"));
    assert!(client.head().starts_with("HTTP/1.1 200 OK\r\n"));
    client.take(1);
    // Over the same connection, as the server let it open; a header it does not send is gone all the same.
    client.send("GET /api/ HTTP/1.1\r\nHost: a\r\nX-Auth-User: root\r\n\r\n");
    asked.head();
    asked.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assert!(!server.head().contains("X-Auth-User"));
}

#[test]
fn what_a_client_claims_is_believed_where_that_is_wanted() {
    let auth = Upstream::new();
    let proxy = Proxy::start(
        settings(),
        with_middlewares(plan(&[]), &chain(auth.address, r#", "trust_forward_header": true"#)),
    );
    let mut client = proxy.client();
    client.send(
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Uri: /else\r\nX-Forwarded-Method: PUT\r\n\
         X-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\n\r\n",
    );
    let head = auth.accept().head();
    for field in ["For: 6.6.6.6, 127.0.0.1", "Uri: /else", "Method: PUT", "Proto: https", "Host: b"] {
        assert_eq!(head.matches(&format!("\r\nX-Forwarded-{field}\r\n")).count(), 1, "{field} {head}");
    }
}

fn refused(answer: &str) -> (Wire, String) {
    let auth = Upstream::new();
    let proxy = Proxy::start(settings(), with_middlewares(plan(&[nobody()]), &chain(auth.address, HEADERS)));
    let mut client = proxy.client();
    client.send(get("/"));
    let mut asked = auth.accept();
    asked.head();
    asked.send(answer);
    let head = client.head();
    (client, head)
}

#[test]
fn its_refusal_is_the_clients() {
    let (mut client, head) = refused(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\
         Keep-Alive: 5\r\nConnection: X-Hop\r\nX-Hop: 1\r\nDate: then\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
    );
    let expected = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nSet-Cookie: a=1\r\n\
        Set-Cookie: b=2\r\nDate: then\r\nContent-Length: 2\r\n\r\n";
    assert_eq!(head, expected);
    assert_eq!(client.text(2), "no");
}

#[test]
fn its_redirections_are_absolute() {
    let (_, head) = refused("HTTP/1.1 302 Found\r\nLocation: login?to=/\r\nContent-Length: 0\r\n\r\n");
    let location = head.split("\r\nLocation: ").nth(1).unwrap().split("\r\n").next().unwrap();
    assert!(location.starts_with("http://127.0.0.1:") && location.ends_with("/login?to=/"), "{head}");
    let (_, head) = refused("HTTP/1.1 302 Found\r\nLocation: https://sso/x\r\nContent-Length: 0\r\n\r\n");
    assert!(head.contains("\r\nLocation: https://sso/x\r\n"), "{head}");
}

#[test]
fn who_cannot_be_asked_lets_nobody_in() {
    let unreachable = with_middlewares(plan(&[nobody()]), &chain(nobody(), ""));
    let proxy = Proxy::start(settings(), unreachable);
    let mut client = proxy.client();
    client.send(get("/"));
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 500 Internal Server Error\r\nDate: "), "{head}");
    assert!(head.ends_with("\r\nContent-Length: 0\r\n\r\n") && !head.contains("Content-Type"), "{head}");
    for answer in [
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-Auth-User: a\rX-Evil: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2000000\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://a b/\r\nContent-Length: 0\r\n\r\n",
    ] {
        let (_, head) = refused(answer);
        assert!(head.starts_with("HTTP/1.1 500 "), "{answer} {head}");
    }
}

#[test]
fn tls_is_not_pretended() {
    let mut builder = pointsman_proxy::snapshot::Builder::new(&settings());
    let chain = r#"[{"type": "forward_auth", "address": "https://auth/"}]"#;
    let problems = builder.apply_plan(with_middlewares(plan(&[]), chain)).problems;
    assert_eq!(problems[0].message, "TLS is not supported yet");
    let proxy = Proxy::start_with(settings(), builder.snapshot());
    let mut client = proxy.client();
    client.send(get("/"));
    assert!(client.head().starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_connection_by_which_one_client_is_known_is_no_other_clients() {
    let auth = Upstream::new();
    let proxy = Proxy::start(settings(), with_middlewares(plan(&[nobody()]), &chain(auth.address, "")));
    let mut client = proxy.client();
    for fields in ["Authorization: NTLM TlRMTVNTUAAB\r\n", ""] {
        client.send(format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
        // Each time over a connection of its own.
        let mut asked = auth.accept();
        asked.head();
        asked.send("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n");
        assert!(client.head().starts_with("HTTP/1.1 401 "));
    }
    client.send(get("/"));
    auth.accept().head();
}

#[test]
fn nobody_is_asked_any_further_about_a_client_that_has_left() {
    let auth = Upstream::new();
    let proxy = Proxy::start(settings(), with_middlewares(plan(&[nobody()]), &chain(auth.address, "")));
    let mut client = proxy.client();
    client.send(get("/"));
    let mut asked = auth.accept();
    asked.head();
    drop(client);
    assert!(asked.is_closed());
    proxy.await_totals(|totals| totals.in_flight == 0 && totals.requests == 1);
}
