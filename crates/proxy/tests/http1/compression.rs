//! Entry points that compress.

use crate::support::{Proxy, Upstream, Wire, get, ok, plan, route, settings};
use flate2::read::{GzDecoder, MultiGzDecoder};
use pointsman_plan::{Matcher, Middleware, Pattern, PoolOptions, Settings};
use std::io::Read;
use std::sync::Arc;

const GZIP: &str = "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, deflate\r\n\r\n";

fn compressing() -> Settings {
    let mut settings = settings();
    settings.entry_points.get_mut("http").unwrap().compress = true;
    settings
}

fn proxy(upstream: &Upstream) -> Proxy {
    Proxy::start(compressing(), plan(&[upstream.address]))
}

/// What the client gets for `request` when the upstream says `answer`, up to the close of the connection it asks for.
fn answered(proxy: &Proxy, upstream: &Upstream, request: &str, answer: &str) -> (String, Vec<u8>) {
    let mut client = proxy.client();
    client.send(request.replacen("\r\n", "\r\nConnection: close\r\n", 1));
    let mut server = upstream.accept();
    server.head();
    server.send(answer);
    server.end();
    (client.head(), client.remains())
}

/// The data of a body in chunks, and its trailers.
fn unchunked(body: &[u8]) -> (Vec<u8>, String) {
    let (mut data, mut rest) = (Vec::new(), body);
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").expect("a size");
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).expect("hexadecimal");
        rest = &rest[line + 2..];
        if size == 0 {
            return (data, String::from_utf8(rest.to_vec()).unwrap());
        }
        data.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

fn unpacked(packed: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(packed).read_to_string(&mut text).expect("gzip");
    text
}

fn text(length: usize) -> String {
    (0..length).map(|at| char::from(b'a' + (at * at % 23) as u8)).collect()
}

fn chunked(body: &str, trailers: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n{trailers}\r\n",
        body.len()
    )
}

#[test]
fn long_bodies_are_packed_and_short_ones_are_not() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream);
    let (head, body) = answered(&proxy, &upstream, GZIP, &ok(&text(1_400)));
    let expected = "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nContent-Encoding: gzip\r\n\
        Vary: Accept-Encoding\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    assert_eq!(head, expected);
    assert_eq!(unpacked(&unchunked(&body).0), text(1_400));
    let (head, body) = answered(&proxy, &upstream, GZIP, &ok(&text(1_399)));
    let expected = "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nVary: Accept-Encoding\r\n\
        Content-Length: 1399\r\nConnection: close\r\n\r\n";
    assert_eq!(head, expected);
    assert_eq!(body, text(1_399).into_bytes());
}

#[test]
fn a_body_of_unknown_length_shows_how_long_it_is() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream);
    for (length, packed) in [(1_399, false), (1_400, true), (200_000, true), (0, false)] {
        let body = text(length);
        let chunks =
            if length == 0 { chunked("", "").replace("0\r\n\r\n0", "0") } else { chunked(&body, "X-Sum: 1\r\n") };
        let (head, received) = answered(&proxy, &upstream, GZIP, &chunks);
        assert_eq!(head.contains("\r\nContent-Encoding: gzip\r\n"), packed, "{length}: {head}");
        let (data, trailers) = unchunked(&received);
        assert_eq!(if packed { unpacked(&data) } else { String::from_utf8(data).unwrap() }, body);
        assert_eq!(trailers, if length == 0 { "\r\n" } else { "X-Sum: 1\r\n\r\n" });
        // The same until the upstream closes, and for a client of HTTP/1.0.
        let answer = format!("HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\n\r\n{body}");
        let (head, received) = answered(&proxy, &upstream, &GZIP.replace("1.1", "1.0"), &answer);
        assert_eq!(head.contains("\r\nContent-Encoding: gzip\r\n"), packed, "{length}: {head}");
        assert!(!head.contains("Transfer-Encoding"));
        assert_eq!(if packed { unpacked(&received) } else { String::from_utf8(received).unwrap() }, body);
    }
}

#[test]
fn what_must_not_be_packed_is_not() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream);
    let long = text(3_000);
    let with = |field: &str| ok(&long).replacen("\r\n", &format!("\r\n{field}\r\n"), 1);
    let partial = with("Content-Range: bytes 0-2999/9000").replace("200 OK", "206 Partial Content");
    for (request, answer, varies) in [
        (get("/"), ok(&long), true),
        (GZIP.replace("gzip", "gzip;q=0"), ok(&long), true),
        (GZIP.replace("gzip", "*"), ok(&long), true),
        (GZIP.to_owned(), with("Content-Encoding: br"), true),
        (GZIP.to_owned(), with("Cache-Control: no-transform"), true),
        (GZIP.to_owned(), partial, true),
        (GZIP.replacen("\r\n", "\r\nContent-Type: application/grpc+proto\r\n", 1), ok(&long), false),
    ] {
        let (head, body) = answered(&proxy, &upstream, &request, &answer);
        assert!(!head.contains("gzip") && head.contains("\r\nContent-Length: 3000\r\n"), "{request}{head}");
        assert_eq!(head.contains("\r\nVary: Accept-Encoding\r\n"), varies, "{request}{head}");
        assert_eq!(body, long.as_bytes());
    }
    for (request, answer) in [
        (GZIP.replace("GET", "HEAD"), "200 OK\r\nContent-Length: 5000"),
        (GZIP.to_owned(), "204 No Content"),
        (GZIP.to_owned(), "304 Not Modified\r\nETag: \"x\""),
    ] {
        let (head, body) = answered(&proxy, &upstream, &request, &format!("HTTP/1.1 {answer}\r\nDate: now\r\n\r\n"));
        let answer = answer.replace("\r\nContent-Length: 5000", "");
        assert!(head.starts_with(&format!("HTTP/1.1 {answer}\r\n")) && body.is_empty(), "{head}");
        assert!(head.contains("\r\nVary: Accept-Encoding\r\n") && !head.contains("gzip"), "{head}");
    }
}

#[test]
fn the_head_of_a_packed_answer_is_true() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream);
    let fields =
        "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\nContent-Encoding: \r\nVary: Origin\r\nvary: accept-encoding\r\n";
    let answer = ok(&text(2_000)).replacen("\r\n", &format!("\r\n{fields}"), 1);
    let (head, _) = answered(&proxy, &upstream, GZIP, &answer);
    let expected = "HTTP/1.1 200 OK\r\nETag: W/\"v1\"\r\nVary: Origin\r\nvary: accept-encoding\r\nDate: now\r\n\
        Content-Type: a/b\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    assert_eq!(head, expected);
    // The type of a body that says none is guessed from what was packed.
    let (head, _) = answered(&proxy, &upstream, GZIP, &ok(&text(2_000)).replace("Content-Type: a/b\r\n", ""));
    assert!(head.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"), "{head}");
}

/// Reads one chunk.
fn chunk(client: &mut Wire) -> Vec<u8> {
    let line = String::from_utf8(client.until(b"\r\n")).unwrap();
    let size = usize::from_str_radix(line.trim_end(), 16).unwrap();
    let data = client.take(size);
    client.take(2);
    data
}

#[test]
fn u_20_an_event_stream_is_packed_and_passed_on_as_it_comes() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream);
    let mut client = proxy.client();
    client.send(GZIP);
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    // Nothing was said yet: the head does not wait for ever.
    assert!(client.head().contains("\r\nContent-Encoding: gzip\r\n"));
    let mut packed = Vec::new();
    for number in 0..5 {
        let event = format!("data: {number}\n\n");
        server.send(format!("{:x}\r\n{event}\r\n", event.len()));
        let expected: String = (0..=number).map(|number| format!("data: {number}\n\n")).collect();
        let mut text = vec![0; expected.len()];
        while GzDecoder::new(&packed[..]).read_exact(&mut text).is_err() {
            packed.extend(chunk(&mut client));
        }
        assert_eq!(String::from_utf8_lossy(&text), expected);
    }
    // A stream that is cut is not shown as whole.
    drop(server);
    let rest = client.remains();
    assert!(!rest.ends_with(b"0\r\n\r\n"));
}

#[test]
fn a_part_of_a_long_body_waits_as_long_as_the_pool_says() {
    for flush_ms in [-1, 100, 1] {
        let upstream = Upstream::new();
        let mut plan = plan(&[upstream.address]);
        let options: PoolOptions = serde_json::from_str(&format!(r#"{{"flush_ms": {flush_ms}}}"#)).unwrap();
        plan.pools.get_mut("t/p").unwrap().options = Some(Arc::new(options));
        let proxy = Proxy::start(compressing(), plan);
        let mut client = proxy.client();
        client.send(GZIP);
        let mut server = upstream.accept();
        server.head();
        server.send("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 2000\r\n\r\nfirst");
        client.head();
        let (mut packed, mut first) = (Vec::new(), [0; 5]);
        while GzDecoder::new(&packed[..]).read_exact(&mut first).is_err() {
            packed.extend(chunk(&mut client));
        }
        assert_eq!(&first, b"first");
        server.send(text(1_995));
        let (mut rest, mut done) = (Vec::new(), false);
        while !done {
            rest = chunk(&mut client);
            done = rest.is_empty();
            packed.extend(&rest);
        }
        assert!(rest.is_empty());
        assert_eq!(unpacked(&packed), format!("first{}", text(1_995)));
        // The connection goes on.
        client.send(get("/"));
        assert!(server.head().starts_with("GET / "));
    }
}

#[test]
fn large_bodies_are_packed_in_slices() {
    let upstream = Upstream::new();
    let proxy = proxy(&upstream);
    let body = text(3_000_000);
    let (_, received) = answered(&proxy, &upstream, GZIP, &ok(&body));
    let packed = unchunked(&received).0;
    assert!(packed.len() < 300_000, "{}", packed.len());
    assert!(unpacked(&packed) == body);
}

#[test]
fn answers_of_our_own_vary_and_are_packed_if_they_are_long() {
    let upstream = Upstream::new();
    let mut plan = plan(&[upstream.address]);
    let pattern = Pattern { source: "/s".to_owned(), literal: Some("/s".to_owned()), ..Pattern::default() };
    route(&mut plan).matchers.push(Matcher::Path { patterns: vec![pattern], redirect_slash: true });
    let proxy = Proxy::start(compressing(), plan);
    let mut client = proxy.client();
    client.send(GZIP);
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 404 ") && head.contains("\r\nVary: Accept-Encoding\r\n"), "{head}");
    assert!(head.contains("\r\nContent-Length: 19\r\n"));
    client.take(19);
    client.send(GZIP.replace("GET / ", &format!("GET /s/?{} ", text(2_000))));
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 301 ") && head.contains("\r\nContent-Encoding: gzip\r\n"), "{head}");
    let length = head.split("Content-Length: ").nth(1).unwrap().split("\r\n").next().unwrap();
    assert!(unpacked(&client.take(length.parse().unwrap())).contains("Moved Permanently"));
}

#[test]
fn a_redirection_of_the_entry_point_comes_before_its_compression() {
    let mut settings = compressing();
    let (regex, replacement) = ("^http://a/(.*)".to_owned(), "http://b/${1}".to_owned());
    let redirect = Middleware::RedirectRegex { regex, replacement, permanent: false };
    settings.entry_points.get_mut("http").unwrap().middlewares.push(redirect);
    let proxy = Proxy::start(settings, plan(&[]));
    let mut client = proxy.client();
    client.send(GZIP);
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 302 ") && head.contains("\r\nLocation: http://b/\r\n"), "{head}");
    assert!(!head.contains("Vary"), "{head}");
}

#[test]
fn without_the_option_nothing_is_packed() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let (head, _) = answered(&proxy, &upstream, GZIP, &ok(&text(5_000)));
    assert!(!head.contains("Vary") && !head.contains("gzip"), "{head}");
}
