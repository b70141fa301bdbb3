use super::*;
use crate::Limits;
use proptest::prelude::*;

const LIMITS: Limits = Limits { line: 65_536, head: 65_536, fields: 512 };

fn parse_for(text: &[u8], to_head: bool) -> Result<Response, Reject> {
    let mut head = Head::default();
    match head.advance(text, &LIMITS)? {
        true => Response::parse(&head, text, to_head),
        false => Err(Reject::bad("incomplete")),
    }
}

fn parse(text: &str) -> Result<Response, Reject> {
    parse_for(text.as_bytes(), false)
}

#[test]
fn u_04_junk_is_refused() {
    for line in [
        "HTTP/9.9 200 OK",
        "HTTP/1.1 99 x",
        "HTTP/1.1 1000 x",
        "HTTP/1.1 2oo OK",
        "hello",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 200OK",
        "HTTP/1.1 099 x",
        "HTTP/2.0 200 OK",
    ] {
        assert!(parse(&format!("{line}\r\n\r\n")).is_err(), "{line}");
    }
    assert_eq!(parse("HTTP/1.1 200\r\n\r\n").expect("valid").status, 200);
    assert_eq!(parse("HTTP/1.0 999 odd words\r\n\r\n").expect("valid").status, 999);
}

#[test]
fn u_05_large_heads_are_refused() {
    assert!(parse(&format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(600))).is_err());
    assert!(parse(&format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(70_000))).is_err());
}

#[test]
fn u_06_ambiguous_framing_is_refused() {
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "X: a\r\n b\r\n",
    ] {
        assert!(parse(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n")).is_err(), "{fields}");
    }
    assert!(parse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
}

#[test]
fn u_06_u_15_framing_where_no_body_may_be_is_dropped_and_the_connection_not_reused() {
    for status in [204, 304, 103] {
        for field in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
            let response = parse(&format!("HTTP/1.1 {status} x\r\n{field}\r\n\r\n")).expect("normalised");
            assert_eq!(response.body, ResponseBody::None);
            assert!(!response.keep_alive);
            assert!(status == 304 || response.length.is_none());
        }
    }
    let head = parse_for(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true).expect("valid");
    assert_eq!((head.body, head.length, head.keep_alive), (ResponseBody::None, Some(5), true));
}

#[test]
fn bodies_and_persistence() {
    let of = |text: &str| parse(text).map(|r| (r.body, r.keep_alive)).expect("valid");
    assert_eq!(of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), (ResponseBody::Length(5), true));
    assert_eq!(of("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"), (ResponseBody::Chunked, true));
    assert_eq!(of("HTTP/1.1 200 OK\r\n\r\n"), (ResponseBody::UntilClose, false));
    assert_eq!(of("HTTP/1.1 204 x\r\n\r\n"), (ResponseBody::None, true));
    assert_eq!(of("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n"), (ResponseBody::Length(5), false));
    assert!(of("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n").1);
    assert!(!of("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n").1);
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_for(&bytes, false);
        let _ = parse_for(&[b"HTTP/1.1 ", &bytes[..], b"\r\n\r\n"].concat(), true);
    }
}
