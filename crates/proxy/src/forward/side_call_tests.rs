//! A server that answers as it is told.

use super::*;
use tokio::net::{TcpListener, TcpStream};

const LIMIT: Duration = Duration::from_secs(20);

/// What a server that sends `answer` in two pieces and then closes is taken to have answered.
async fn answered(answer: &'static [u8], most: usize) -> Result<(Reply, bool), SideCallError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("bound");
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("comes");
        let mut asked = [0; 18];
        stream.read_exact(&mut asked).await.expect("asks");
        assert_eq!(&asked, b"GET / HTTP/1.1\r\n\r\n");
        let (first, second) = answer.split_at(answer.len() / 2);
        stream.write_all(first).await.expect("is taken");
        tokio::task::yield_now().await;
        // It may have had enough.
        let _ = stream.write_all(second).await;
    });
    let mut stream = UpstreamStream::Tcp(TcpStream::connect(address).await.expect("connects"));
    let call = SideCall { head: b"GET / HTTP/1.1\r\n\r\n", most, limit: LIMIT };
    let outcome = timeout(LIMIT, ask(&mut stream, call)).await.expect("ends");
    server.await.expect("does not panic");
    outcome
}

#[tokio::test]
async fn every_framing_is_understood_and_bounded() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (answer, most, body, stays) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde"[..], 5, Some("abcde"), true),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", 4, None, false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcdeHTTP/1.1 200 OK", 5, Some("abcde"), false),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab", 5, Some("ab"), false),
        (b"HTTP/1.1 200 OK\r\n\r\nabcde", 5, Some("abcde"), false),
        (b"HTTP/1.1 200 OK\r\n\r\nabcde", 4, None, false),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 4, Some(""), true),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 4, Some(""), true),
        (chunked, 5, Some("abcde"), true),
        (chunked, 4, None, false),
    ] {
        let (reply, kept) = answered(answer, most).await.expect("an answer");
        let told = String::from_utf8_lossy(answer);
        assert_eq!(reply.body.as_deref(), body.map(str::as_bytes), "{told}");
        assert_eq!(kept, stays, "{told}");
        assert!(matches!(reply.response.status, 200 | 204));
    }
}

#[tokio::test]
async fn what_breaks_off_or_is_no_answer_is_none() {
    for (answer, expected) in [
        (&b""[..], SideCallError::Unreached),
        (b"HTTP/1.1 200 OK\r\n", SideCallError::Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd", SideCallError::Malformed),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", SideCallError::Malformed),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", SideCallError::Malformed),
        (b"ICY 200 OK\r\n\r\n", SideCallError::Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", SideCallError::Malformed),
    ] {
        let told = String::from_utf8_lossy(answer).into_owned();
        assert_eq!(answered(answer, 100).await.expect_err(&told), expected, "{told}");
    }
}
