//! No message can be bent so that proxy and upstream disagree about where it ends: whatever an upstream takes for a
//! request was written by the proxy, and no client is given another's answer.

use crate::support::{Proxy, plan, settings};
use pointsman_plan::Settings;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const MESSAGES: usize = 600;
const CLIENTS: usize = 12;
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: a\r\nX-Token: hidden\r\n\r\n";

/// Pieces that have split proxies from upstreams before.
const PIECES: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    "\0",
    "\x0b",
    ":",
    ",",
    ";",
    "0",
    "5",
    "+",
    "-",
    "0x",
    "chunked",
    "Content-Length: 0\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Transfer_Encoding: chunked\r\n",
    "transfer-encoding: x\r\n",
    "Connection: Content-Length\r\n",
    "Connection: Transfer-Encoding\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: websocket\r\nConnection: upgrade\r\n",
    "Host: b\r\n",
    "0\r\n\r\n",
    "\r\n\r\n",
    "HTTP/1.0",
    "GET",
    "HEAD",
    " X: y\r\n",
    "é",
    "\u{85}",
];

/// xorshift64: the same messages on each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

fn bent(dice: &mut Dice, token: &str) -> Vec<u8> {
    let body = HIDDEN;
    let framed = if dice.below(2) == 0 {
        format!("Content-Length: {}\r\nX-Token: {token}\r\n\r\n{body}", body.len())
    } else {
        format!(
            "Transfer-Encoding: chunked\r\nX-Token: {token}\r\n\r\n{:x};a=b\r\n{body}\r\n0\r\nX-T: u\r\n\r\n",
            body.len()
        )
    };
    let mut message = format!("POST /{token} HTTP/1.1\r\nHost: a\r\n{framed}").into_bytes();
    for _ in 0..dice.below(4) {
        let at = dice.below(message.len());
        let piece = PIECES[dice.below(PIECES.len())].as_bytes();
        let removed = dice.below(3).min(message.len() - at);
        message.splice(at..at + removed, piece.iter().copied());
    }
    message.extend_from_slice(
        format!("GET /{token}-last HTTP/1.1\r\nHost: a\r\nX-Token: {token}\r\nConnection: close\r\n\r\n").as_bytes(),
    );
    message
}

#[test]
fn no_message_is_taken_for_another() {
    none_is_taken(settings(), "{}");
}

#[test]
fn nor_where_messages_are_buffered_and_packed() {
    let mut settings = settings();
    settings.entry_points.get_mut("http").unwrap().compress = true;
    none_is_taken(settings, r#"{"buffering": {"memory_request_bytes": 20, "memory_response_bytes": 20}}"#);
}

fn none_is_taken(mut settings: Settings, options: &str) {
    let (upstream, seen, strays) = recording_upstream();
    settings.timeouts.head_ms = 200;
    settings.timeouts.idle_ms = 200;
    settings.timeouts.read_ms = 200;
    settings.timeouts.response_header_ms = 1_000;
    let mut plan = plan(&[upstream]);
    plan.pools.get_mut("t/p").unwrap().options = Some(Arc::new(serde_json::from_str(options).unwrap()));
    let proxy = Arc::new(Proxy::start(settings, plan));
    // For a long search: DESYNC_MESSAGES=1000000.
    let messages = std::env::var("DESYNC_MESSAGES").map_or(MESSAGES, |text| text.parse().unwrap());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let proxy = Arc::clone(&proxy);
            std::thread::spawn(move || {
                let mut dice = Dice(0x9e37_79b9_7f4a_7c15 + client as u64);
                for number in 0..messages / CLIENTS {
                    let message = bent(&mut dice, &format!("c{client}m{number}e"));
                    check_answers(proxy.address, &message);
                }
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    assert!(seen.load(Ordering::SeqCst) > messages / 2, "most bent messages were no requests at all");
    assert_eq!(
        strays.load(Ordering::SeqCst),
        0,
        "an upstream took something for a request that the proxy did not write"
    );
}

/// Every answer that carries a token carries one that this client sent.
fn check_answers(proxy: SocketAddr, message: &[u8]) {
    let mut stream = TcpStream::connect(proxy).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    if stream.write_all(message).is_err() {
        return;
    }
    let mut answers = Vec::new();
    let end = stream.read_to_end(&mut answers);
    assert!(end.is_ok() || !matches!(end.unwrap_err().kind(), std::io::ErrorKind::WouldBlock), "{:?}", Text(message));
    for answer in answers.split(|&byte| byte == b'\n').filter_map(|line| line.strip_prefix(b"X-Token: ")) {
        let token = answer.trim_ascii();
        let own = token.is_empty() || message.windows(token.len()).any(|sent| sent == token);
        assert!(own, "{:?} got {:?}", Text(message), Text(token));
    }
}

struct Text<'a>(&'a [u8]);

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.0))
    }
}

/// An upstream that reads requests by its own, simple lights, and counts those without the proxy's mark.
fn recording_upstream() -> (SocketAddr, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (seen, strays) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (Arc::clone(&seen), Arc::clone(&strays));
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let (seen, strays) = counts.clone();
            std::thread::spawn(move || answer_all(stream, &seen, &strays));
        }
    });
    (address, seen, strays)
}

fn answer_all(mut stream: TcpStream, seen: &AtomicUsize, strays: &AtomicUsize) {
    let mut read = Vec::new();
    while let Some(head) = take_until(&mut stream, &mut read, b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&head).into_owned();
        seen.fetch_add(1, Ordering::SeqCst);
        if head.matches("\r\nX-Forwarded-Server: edge\r\n").count() != 1
            || head.replace("\r\n", "").contains(['\r', '\n'])
        {
            eprintln!("a stray: {head:?}");
            strays.fetch_add(1, Ordering::SeqCst);
            return;
        }
        let field = |name: &str| {
            let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
            lines.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
        };
        let whole = match (field("transfer-encoding"), field("content-length")) {
            (Some(_), _) => skip_chunks(&mut stream, &mut read),
            (None, Some(length)) => skip(&mut stream, &mut read, length.parse().unwrap()),
            (None, None) => Some(()),
        };
        let token = field("x-token").unwrap_or_default();
        let body = if head.starts_with("HEAD ") { "" } else { "ok" };
        let answer = format!("HTTP/1.1 200 OK\r\nX-Token: {token}\r\nContent-Length: 2\r\n\r\n{body}");
        if whole.is_none() || stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn take_until(stream: &mut TcpStream, read: &mut Vec<u8>, end: &[u8]) -> Option<Vec<u8>> {
    loop {
        if let Some(at) = read.windows(end.len()).position(|window| window == end) {
            let rest = read.split_off(at + end.len());
            return Some(std::mem::replace(read, rest));
        }
        more(stream, read)?;
    }
}

fn skip(stream: &mut TcpStream, read: &mut Vec<u8>, count: usize) -> Option<()> {
    while read.len() < count {
        more(stream, read)?;
    }
    read.drain(..count);
    Some(())
}

fn skip_chunks(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    loop {
        let line = String::from_utf8(take_until(stream, read, b"\r\n")?).ok()?;
        let length = usize::from_str_radix(line.trim_end(), 16).ok()?;
        if length == 0 {
            while take_until(stream, read, b"\r\n")? != b"\r\n" {}
            return Some(());
        }
        skip(stream, read, length + 2)?;
    }
}

fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let mut space = [0; 4_096];
    let count = stream.read(&mut space).ok().filter(|&count| count > 0)?;
    read.extend_from_slice(&space[..count]);
    Some(())
}
