//! An upstream that says who it is, and one that answers when it is told to.

use super::LIMIT;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Answers on a port of the kernel's until the test ends.
pub struct Upstream {
    pub address: SocketAddr,
    /// Requests that wait for an answer: `/wait` and `/stream`.
    held: Receiver<TcpStream>,
}

impl Upstream {
    /// Answers every request with `name`, except: `/wait` is held for [`Upstream::held`], `/stream` too, after a chunked head.
    pub fn start(name: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (holding, held) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let holding = holding.clone();
                std::thread::spawn(move || serve(&stream, name, &holding));
            }
        });
        Self { address, held }
    }

    /// The next request that is held.
    pub fn held(&self) -> TcpStream {
        self.held.recv_timeout(LIMIT).expect("a request came")
    }
}

fn serve(stream: &TcpStream, name: &str, holding: &Sender<TcpStream>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            match reader.read_line(&mut head) {
                Ok(read) if read > 0 => {}
                _ => return,
            }
        }
        let mut writer = stream;
        let path = head.split(' ').nth(1).unwrap_or_default();
        if path == "/stream" {
            let _ = writer.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        }
        if path == "/stream" || path == "/wait" {
            let _ = holding.send(stream.try_clone().unwrap());
            continue;
        }
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{name}", name.len());
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
