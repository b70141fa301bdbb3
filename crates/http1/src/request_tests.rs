use super::*;
use crate::{Limits, blank_lines};
use proptest::prelude::*;

const LIMITS: Limits = Limits { line: 8_192, head: 65_536, fields: 128 };

fn parse(text: &[u8]) -> Result<Request, Reject> {
    let mut head = Head::default();
    match head.advance(text, &LIMITS)? {
        true => Request::parse(&head, text),
        false => Err(Reject::with(0, "incomplete")),
    }
}

/// A request with these field lines beside Host.
fn with(fields: &str) -> Result<Request, Reject> {
    parse(format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes())
}

fn line(line: &[u8]) -> Result<Request, Reject> {
    parse(&[line, b"\r\nHost: a\r\n\r\n"].concat())
}

#[track_caller]
fn refused(outcome: Result<Request, Reject>, status: u16) {
    assert_eq!(outcome.map(|_| ()).map_err(|reject| reject.status), Err(status));
}

#[test]
fn h1_01_length_and_encoding_are_refused() {
    refused(with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400);
    refused(with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400);
}

#[test]
fn h1_02_h1_03_several_lengths_are_refused() {
    for fields in ["Content-Length: 1\r\nContent-Length: 0\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n"] {
        refused(with(fields), 400);
    }
    for value in ["5, 5", "5,"] {
        refused(with(&format!("Content-Length: {value}\r\n")), 400);
    }
}

#[test]
fn h1_04_malformed_lengths_are_refused() {
    for value in ["+5", "-1", "0x10", "1_0", "5 5", "1Z", "", "99999999999999999999", "9223372036854775808"] {
        refused(with(&format!("Content-Length: {value}\r\n")), 400);
    }
    refused(with("Content-Length:\r\nContent-Length: 5\r\n"), 400);
    assert_eq!(
        with("Content-Length: 9223372036854775807\r\n").expect("valid").body,
        RequestBody::Length(i64::MAX as u64)
    );
    assert_eq!(with("content-length:7\t\r\n").expect("valid").body, RequestBody::Length(7));
}

#[test]
fn h1_06_encodings_other_than_chunked_are_refused() {
    let bad = [
        "xchunked",
        "identity",
        ",chunked",
        "chunked, identity",
        "chunked;q=1",
        "\"chunked\"",
        "gzip, chunked",
        "x",
        "",
    ];
    for value in bad {
        refused(with(&format!("Transfer-Encoding: {value}\r\n")), 400);
    }
    assert_eq!(with("Transfer-Encoding: ChUnKeD\r\n").expect("valid").body, RequestBody::Chunked);
}

#[test]
fn h1_07_padded_and_lookalike_framing_is_refused() {
    for pad in [&b"\x0b"[..], b"\x85", b"\xa0", b"\xff"] {
        let head = |line: &[u8]| [b"POST / HTTP/1.1\r\nHost: a\r\n", line, b"\r\n\r\n"].concat();
        refused(parse(&head(&[b"Transfer-Encoding", pad, b": chunked"].concat())), 400);
        refused(parse(&head(&[b"Transfer-Encoding:", pad, b"chunked"].concat())), 400);
        refused(parse(&head(&[b"Transfer-Encoding: chunked", pad].concat())), 400);
    }
    refused(with("Transfer_Encoding: chunked\r\n"), 400);
    refused(with("content_length: 5\r\n"), 400);
}

#[test]
fn h1_08_several_encodings_are_refused() {
    refused(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
    refused(with("Transfer-Encoding:\r\n chunked\r\n"), 400);
    refused(parse(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

#[test]
fn h1_10_h1_11_spaces_around_names_and_folds_are_refused() {
    for fields in ["X : y\r\n", "X\t: y\r\n", " X: y\r\n", "X: y\r\n z\r\n", "X: y\r\n\tz\r\n", ": y\r\n", "X\r\n"] {
        refused(with(fields), 400);
    }
    refused(parse(b"GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400);
}

#[test]
fn h1_12_h1_13_bare_line_ends_are_refused() {
    for text in [
        &b"GET / HTTP/1.1\nHost: a\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nHost: a\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX\rY: b\r\n\r\n",
        b"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",
        b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        refused(parse(text), 400);
    }
}

#[test]
fn h1_15_control_characters_are_refused_and_high_bytes_kept() {
    for byte in (0..0x20).chain([0x7f]).filter(|byte| !matches!(byte, b'\t' | b'\r' | b'\n')) {
        let head = |line: &[u8]| [b"GET / HTTP/1.1\r\nHost: a\r\n", line, b"\r\n\r\n"].concat();
        refused(parse(&head(&[b"X: a", &[byte][..], b"b"].concat())), 400);
        refused(parse(&head(&[b"X", &[byte][..], b": b"].concat())), 400);
    }
    let text = b"GET / HTTP/1.1\r\nHost: a\r\nX: \x80\xff\xc3\xa4\r\n\r\n";
    let mut head = Head::default();
    assert!(head.advance(text, &LIMITS).expect("valid"));
    assert_eq!(head.fields[1].value.of(text), b"\x80\xff\xc3\xa4");
    refused(parse(b"GET / HTTP/1.1\r\nHost: a\r\nX\x80: b\r\n\r\n"), 400);
}

#[test]
fn h1_21_bodies_of_any_method_are_framed() {
    assert_eq!(
        parse(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n").expect("valid").body,
        RequestBody::Length(5)
    );
    assert_eq!(parse(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("valid").body, RequestBody::None);
}

#[test]
fn h1_22_long_heads_are_refused() {
    refused(line(format!("GET /{} HTTP/1.1", "a".repeat(8_192)).as_bytes()), 414);
    refused(line(&[b'a'; 9_000]), 414);
    refused(with(&format!("X: {}\r\n", "a".repeat(65_536))), 431);
    refused(with(&"X: y\r\n".repeat(128)), 431);
    assert!(with(&"X: y\r\n".repeat(127)).is_ok());
}

#[test]
fn h1_23_malformed_methods_are_refused() {
    for method in ["G<T", "GET\x0b", "get", "Get", "", &"A".repeat(1_000)] {
        refused(line(format!("{method} / HTTP/1.1").as_bytes()), 400);
    }
    assert_eq!(line(b"PROPFIND / HTTP/1.1").expect("valid").method, Method::Other);
}

#[test]
fn h1_24_malformed_versions_are_refused() {
    for bad in [
        "GET /",
        "GET / HTTP/1.10",
        "GET / HTTP/4294967297.1",
        "GET\t/ HTTP/1.1",
        "GET /\tHTTP/1.1",
        "GET / http/1.1",
        "GET  / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /  HTTP/1.1",
    ] {
        refused(line(bad.as_bytes()), 400);
    }
    refused(line(b"GET / HTTP/2.0"), 505);
    refused(line(b"GET / HTTP/0.9"), 505);
}

#[test]
fn h1_25_the_authority_of_the_target_wins() {
    let text = b"GET http://a:81/p?q HTTP/1.1\r\nHost: b\r\n\r\n";
    let request = parse(text).expect("valid");
    assert_eq!(request.host.of(text), b"a:81");
    assert_eq!((request.path.of(text), request.query.map(|q| q.of(text))), (&b"/p"[..], Some(&b"q"[..])));
    for bad in ["http:///x", "ftp://a/", "a:80", "http://u@a/", "x"] {
        refused(line(format!("GET {bad} HTTP/1.1").as_bytes()), 400);
    }
    let bare = b"GET HTTP://a?q HTTP/1.1\r\nHost: b\r\n\r\n";
    let request = parse(bare).expect("valid");
    assert_eq!((request.path.of(bare), request.path_and_query.of(bare)), (&b""[..], &b"?q"[..]));
}

#[test]
fn h1_26_hosts() {
    refused(parse(b"GET / HTTP/1.1\r\n\r\n"), 400);
    refused(parse(b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
    refused(parse(b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), 400);
    refused(parse(b"GET http://a/ HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400);
    assert!(parse(b"GET / HTTP/1.0\r\n\r\n").is_ok());
}

#[test]
fn h1_28_targets_that_are_no_path() {
    assert_eq!(line(b"OPTIONS * HTTP/1.1").expect("valid").target, Target::Server);
    refused(line(b"GET * HTTP/1.1"), 400);
    refused(line(b"CONNECT a:443 HTTP/1.1"), 501);
    refused(line(b"CONNECT / HTTP/1.1"), 501);
}

#[test]
fn h1_30_characters_of_the_target() {
    for bad in [&b"/a#b"[..], b"/#", b"/a\x7f", b"/\x01", b"/%zz", b"/%2"] {
        refused(line(&[b"GET ", bad, b" HTTP/1.1"].concat()), 400);
    }
    for good in [&b"/a\\b"[..], b"/\"<>{}", b"/\xc3\xa4", b"/%2f%2E", b"/a?%zz"] {
        let text = [b"GET ", good, b" HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
        assert_eq!(parse(&text).expect("valid").path_and_query.of(&text), good);
    }
}

#[test]
fn h1_31_upgrades() {
    let asked = |fields: &str| with(fields).expect("valid").upgrade.is_some();
    assert!(asked("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"));
    assert!(!asked("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"));
    assert!(!asked("Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n"));
    assert!(!asked("Upgrade: websocket\r\n"));
    assert!(!asked("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n"));
}

#[test]
fn h1_33_expectations() {
    assert!(with("Expect: 100-Continue\r\nContent-Length: 5\r\n").expect("valid").expects_continue);
    assert!(!with("Expect: 100-continue\r\n").expect("valid").expects_continue);
    for fields in ["Expect: y 100-continue\r\n", "Expect: 100-continue\r\nExpect: 100-continue\r\n", "Expect: x\r\n"] {
        refused(with(fields), 417);
    }
    let old = b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    assert!(!parse(old).expect("valid").expects_continue);
}

#[test]
fn h1_35_empty_lines_before_a_request() {
    assert_eq!(blank_lines(b"\r\n\r\nGET"), 4);
    assert_eq!(blank_lines(b"\r"), 0);
    assert_eq!(blank_lines(b"\n\r\n"), 0);
}

#[test]
fn persistence() {
    let keeps = |text: &[u8]| parse(text).expect("valid").keep_alive;
    assert!(keeps(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert!(!keeps(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"));
    assert!(!keeps(b"GET / HTTP/1.0\r\n\r\n"));
    assert!(keeps(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

#[test]
fn hd_03_connection_does_not_remove_what_we_manage() {
    let text = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Forwarded-For, x-real-ip\r\nConnection: Host, content-length, X-Mine\r\n\
        Connection: Authorization\r\nX-Mine: 1\r\n\r\n";
    let mut head = Head::default();
    assert!(head.advance(text, &LIMITS).expect("valid"));
    let request = Request::parse(&head, text).expect("valid");
    let removes = |name: &str| request.connection.removes(&head, text, name.as_bytes(), Name::of(name.as_bytes()));
    assert!(removes("x-mine"));
    for name in ["X-Forwarded-For", "X-Real-Ip", "Host", "Content-Length", "Authorization", "X-Other"] {
        assert!(!removes(name), "{name}");
    }
}

fn tokens() -> impl Strategy<Value = String> {
    "[A-Za-z][A-Za-z0-9-]{0,12}"
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
        let _ = parse(&[b"GET / HTTP/1.1\r\nHost: a\r\n", &bytes[..], b"\r\n\r\n"].concat());
        let _ = line(&bytes);
    }

    #[test]
    fn any_split_gives_the_same_head(
        fields in proptest::collection::vec((tokens(), "[ -~]{0,40}"), 0..8),
        step in 1_usize..20,
        flaw in proptest::option::of((0_usize..200, any::<u8>())),
    ) {
        let mut text = String::from("GET /x HTTP/1.1\r\nHost: a\r\n");
        for (name, value) in &fields {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        let mut text = text.into_bytes();
        if let Some((at, byte)) = flaw {
            let at = at % text.len();
            text[at] = byte;
        }
        let mut whole = Head::default();
        let at_once = whole.advance(&text, &LIMITS);
        let mut head = Head::default();
        let mut split = Ok(false);
        for end in (step..text.len()).step_by(step).chain([text.len()]) {
            split = head.advance(&text[..end], &LIMITS);
            if split != Ok(false) {
                break;
            }
        }
        // In pieces, a flaw may show only once its line has ended.
        prop_assert!(at_once == split || (at_once.is_err() && split == Ok(false)));
        if at_once == Ok(true) {
            let shape = |head: &Head| head.fields.iter().map(|f| (f.name, f.value, f.id)).collect::<Vec<_>>();
            prop_assert_eq!(shape(&whole), shape(&head));
            prop_assert_eq!(whole.len(), head.len());
        }
    }

    #[test]
    fn what_is_written_is_read_back(fields in proptest::collection::vec((tokens(), "[!-~]{0,10}[ !-~]{0,10}"), 1..8)) {
        let mut text = b"GET / HTTP/1.1\r\n".to_vec();
        for (name, value) in &fields {
            text.extend_from_slice(format!("{name}:\t{value} \r\n").as_bytes());
        }
        text.extend_from_slice(b"\r\n");
        let mut head = Head::default();
        prop_assert!(head.advance(&text, &LIMITS).expect("valid"));
        let mut again = b"GET / HTTP/1.1\r\n".to_vec();
        for field in &head.fields {
            crate::write_head_field(&mut again, &text, field);
        }
        again.extend_from_slice(b"\r\n");
        let mut second = Head::default();
        prop_assert!(second.advance(&again, &LIMITS).expect("valid"));
        let mut third = b"GET / HTTP/1.1\r\n".to_vec();
        for (field, other) in second.fields.iter().zip(&head.fields) {
            prop_assert_eq!(field.value.of(&again), other.value.of(&text));
            crate::write_head_field(&mut third, &again, field);
        }
        third.extend_from_slice(b"\r\n");
        prop_assert_eq!(third, again);
    }
}
