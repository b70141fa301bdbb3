//! Bodies both ways.

use crate::support::{Proxy, Upstream, Wire, get, ok};

#[test]
fn a_request_s_body_arrives_as_it_is_sent() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    let mut server = upstream.accept();
    assert!(server.head().ends_with("\r\nContent-Length: 10\r\n\r\n"));
    assert_eq!(server.text(5), "hello");
    client.send("world");
    assert_eq!(server.text(5), "world");
    server.send(ok("thanks"));
    assert_eq!(client.head() + &client.text(6), ok("thanks"));
}

#[test]
fn chunks_are_made_anew_and_trailers_pass_both_ways() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    let body = "5;ext=1\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n";
    client.send(format!("POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: Chunked\r\n\r\n{body}"));
    let mut server = upstream.accept();
    let head = server.head();
    assert!(
        head.contains("\r\nTrailer: X-Sum\r\n") && head.ends_with("\r\nTransfer-Encoding: chunked\r\n\r\n"),
        "{head}"
    );
    assert_eq!(server.head(), "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");
    server
        .send("HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n");
    assert_eq!(
        client.head(),
        "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    // U-20: what has come goes on at once.
    assert_eq!(client.text(8), "3\r\nabc\r\n");
    server.send("2\r\nde\r\n0\r\nGrpc-Status: 0\r\n\r\n");
    assert_eq!(client.head(), "2\r\nde\r\n0\r\nGrpc-Status: 0\r\n\r\n");
    // Both connections are as good as new.
    client.send(get("/again"));
    assert!(server.head().starts_with("GET /again "));
}

#[test]
fn large_bodies_both_ways() {
    const SIZE: usize = 3_000_001;
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let body: Vec<u8> = (0..SIZE).map(|index| (index % 251) as u8).collect();
    let mut client = proxy.client();
    let mut writer = client.try_clone();
    let sent = body.clone();
    let writing = std::thread::spawn(move || {
        use std::io::Write;
        writer.write_all(format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {SIZE}\r\n\r\n").as_bytes()).unwrap();
        writer.write_all(&sent).unwrap();
    });
    let mut server = upstream.accept();
    server.head();
    assert!(server.take(SIZE) == body);
    writing.join().unwrap();
    let mut writer = server.try_clone();
    let sent = body.clone();
    let writing = std::thread::spawn(move || {
        use std::io::Write;
        writer.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        for part in sent.chunks(70_000) {
            writer.write_all(format!("{:x}\r\n", part.len()).as_bytes()).unwrap();
            writer.write_all(part).unwrap();
            writer.write_all(b"\r\n").unwrap();
        }
        writer.write_all(b"0\r\n\r\n").unwrap();
    });
    client.head();
    let mut received = Vec::new();
    loop {
        let line = String::from_utf8(client.until(b"\r\n")).unwrap();
        let length = usize::from_str_radix(line.trim(), 16).unwrap();
        received.extend(client.take(length));
        client.take(2);
        if length == 0 {
            break;
        }
    }
    writing.join().unwrap();
    assert!(received == body);
}

#[test]
fn u_12_a_body_until_close_is_chunked_for_http_1_1_and_raw_for_1_0() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    for (request, expected) in [
        (
            get("/"),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ),
        (
            "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n".to_owned(),
            "HTTP/1.0 200 OK\r\nDate: now\r\nContent-Type: a/b\r\n\r\nhello",
        ),
    ] {
        let mut client = proxy.client();
        client.send(request);
        let mut server = upstream.accept();
        server.head();
        server.send("HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\n\r\nhello");
        drop(server);
        assert_eq!(String::from_utf8(client.take(expected.len())).unwrap(), expected);
    }
}

#[test]
fn chunks_are_undone_for_http_1_0() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    let mut server = upstream.accept();
    assert!(server.head().starts_with("GET / HTTP/1.1\r\n"));
    server.send(
        "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    );
    assert_eq!(client.rest(), "HTTP/1.0 200 OK\r\nDate: now\r\nContent-Type: a/b\r\n\r\nabc");
}

#[test]
fn u_15_no_body_follows_head_204_and_304() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    for (request, answer, expected) in [
        ("HEAD", "200 OK\r\nContent-Length: 5", "200 OK\r\nDate: now\r\nContent-Length: 5"),
        ("GET", "204 No Content\r\nContent-Length: 5", "204 No Content\r\nDate: now"),
        ("GET", "304 Not Modified\r\nContent-Length: 5", "304 Not Modified\r\nDate: now"),
    ] {
        let mut client = proxy.client();
        client.send(format!("{request} / HTTP/1.1\r\nHost: a\r\n\r\n"));
        let mut server = upstream.accept();
        server.head();
        let (status, length) = answer.split_once("\r\n").unwrap();
        server.send(format!("HTTP/1.1 {status}\r\nDate: now\r\n{length}\r\n\r\nhello"));
        assert_eq!(client.head(), format!("HTTP/1.1 {expected}\r\n\r\n"));
        assert!(server.is_closed(), "bytes after a response: the connection is not used again");
        client.send(get("/next"));
        let mut server = upstream.accept();
        server.head();
        server.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        assert!(client.head().starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

#[test]
fn h1_33_a_client_that_expects_100_gets_the_upstream_s() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    let mut server = upstream.accept();
    assert!(server.head().contains("\r\nExpect: 100-continue\r\n"));
    server.send("HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    assert_eq!(server.text(5), "hello");
    server.send(ok(""));
    assert_eq!(client.head(), ok(""));
    client.send(get("/next"));
    assert!(server.head().starts_with("GET /next "));
}

#[test]
fn h1_33_a_client_that_expects_100_gets_ours_when_the_upstream_says_nothing() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    assert_eq!(server.text(5), "hello");
    server.send("HTTP/1.1 100 Continue\r\n\r\n".to_owned() + &ok(""));
    assert_eq!(client.head(), ok(""));
}

#[test]
fn h1_33_an_early_answer_to_a_client_that_expects_100_closes_both() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 417 Expectation Failed\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 0\r\n\r\n");
    let expected = "HTTP/1.1 417 Expectation Failed\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(client.rest(), expected);
    assert!(server.is_closed());
}

#[test]
fn an_early_response_is_passed_on_while_the_body_still_comes() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome");
    let mut server = upstream.accept();
    server.head();
    server.take(4);
    server.send("HTTP/1.1 413 Too Large\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\nno\n");
    let head = client.head();
    assert_eq!(
        head,
        "HTTP/1.1 413 Too Large\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(client.text(3), "no\n");
    client.try_send("more");
    assert!(client.is_closed() && server.rest().len() <= 4);
}

#[test]
fn an_echo_streams_both_ways_at_once() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    let mut server = upstream.accept();
    server.head();
    assert_eq!(server.text(6), "1\r\na\r\n");
    server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    client.head();
    assert_eq!(client.text(6), "1\r\na\r\n");
    client.send("1\r\nb\r\n0\r\n\r\n");
    assert_eq!(server.head(), "1\r\nb\r\n0\r\n\r\n");
    server.send("1\r\nb\r\n0\r\n\r\n");
    assert_eq!(client.rest(), "1\r\nb\r\n0\r\n\r\n");
}

#[test]
fn u_19_a_slow_side_holds_the_other_back() {
    let upstream = Upstream::new();
    let proxy = Proxy::to(&[upstream.address]);
    // More than the buffers of all sockets between them hold.
    const MORE: usize = 64 << 20;
    let taken_from = |wire: &Wire| {
        let mut writer = wire.try_clone();
        writer.set_write_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
        let mut taken = 0;
        while let Ok(count) = std::io::Write::write(&mut writer, &[b'y'; 65_536]) {
            taken += count;
            assert!(taken < MORE, "it is held in memory");
        }
    };
    let mut client = proxy.client();
    client.send(get("/"));
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n");
    client.head();
    taken_from(&server);
    let client = proxy.client();
    let mut sender = client;
    sender.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    taken_from(&sender);
}
