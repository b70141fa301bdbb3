//! The thread that sends spans to a collector. Request threads leave them in a queue and never wait.

use super::span::{Span, document};
use crate::Complain;
use pointsman_plan::Tracing;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Spans that wait at most; what finds no room is dropped.
const QUEUE: usize = 2_048;
/// Spans of one request to the collector at most.
const BATCH: usize = 512;
/// Spans wait so long for others to be sent with, and so does what could not be sent.
const TICK: Duration = Duration::from_secs(1);
/// For one request to the collector, all in all.
const PATIENCE: Duration = Duration::from_secs(5);
/// Requests to the collector with the same spans.
const TRIES: u32 = 5;
/// How long [`Queue::flush`] waits.
const FLUSH: Duration = Duration::from_secs(2);
/// Pause between two complaints.
const SELDOM: Duration = Duration::from_secs(60);
/// Of an answer so much is read.
const ANSWER: usize = 1 << 10;

enum Item {
    Span(Box<Span>),
    Flush(SyncSender<()>),
}

/// How many spans got through.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub sent: AtomicU64,
    pub dropped: AtomicU64,
}

/// The end that request threads see.
#[derive(Debug)]
pub(super) struct Queue {
    items: Option<SyncSender<Item>>,
    pub counts: Arc<Counts>,
}

impl Queue {
    /// Starts to send; without a host there is nobody to send to, and all is dropped.
    pub fn start(config: &Tracing, complain: Complain) -> io::Result<Self> {
        let counts = Arc::<Counts>::default();
        if config.host.is_empty() {
            return Ok(Self { items: None, counts });
        }
        let (items, received) = sync_channel(QUEUE);
        let mut exporter = Exporter::new(config, complain, Arc::clone(&counts));
        std::thread::Builder::new().name("spans".to_owned()).spawn(move || exporter.run(&received))?;
        Ok(Self { items: Some(items), counts })
    }

    pub fn push(&self, span: Span) {
        let left = self.items.as_ref().is_some_and(|items| items.try_send(Item::Span(Box::new(span))).is_ok());
        if !left {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until what was left so far is sent, but not for a collector that takes nothing.
    pub fn flush(&self) {
        let (done, sent) = sync_channel(1);
        if self.items.as_ref().is_some_and(|items| items.try_send(Item::Flush(done)).is_ok()) {
            let _ = sent.recv_timeout(FLUSH);
        }
    }
}

struct Exporter {
    host: String,
    port: u16,
    path: String,
    resource: BTreeMap<String, String>,
    counts: Arc<Counts>,
    complain: Complain,
    complained: Option<Instant>,
    batch: Vec<Span>,
    tries: u32,
}

impl Exporter {
    fn new(config: &Tracing, complain: Complain, counts: Arc<Counts>) -> Self {
        let mut resource = config.attributes.clone();
        resource.insert("service.name".to_owned(), config.service.clone());
        Self {
            host: config.host.clone(),
            port: config.port,
            path: config.path.clone(),
            resource,
            counts,
            complain,
            complained: None,
            batch: Vec::new(),
            tries: 0,
        }
    }

    /// Sends for as long as somebody may leave spans.
    fn run(&mut self, items: &Receiver<Item>) {
        loop {
            let (waiting, over) = self.gather(items);
            while !self.batch.is_empty() && self.send() && waiting.is_some() {
                self.take(items);
            }
            if let Some(done) = waiting {
                let _ = done.try_send(());
            }
            if over {
                return;
            }
        }
    }

    /// Fills the batch until it is due; who waits for it, and whether nobody is there any more.
    fn gather(&mut self, items: &Receiver<Item>) -> (Option<SyncSender<()>>, bool) {
        let due = Instant::now() + TICK;
        // A batch that failed waits out its time, also while it is full.
        while self.batch.len() < BATCH || self.tries > 0 {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            if self.batch.len() >= BATCH {
                std::thread::sleep(left);
                break;
            }
            match items.recv_timeout(left) {
                Ok(Item::Span(span)) => self.batch.push(*span),
                Ok(Item::Flush(done)) => return (Some(done), false),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return (None, true),
            }
        }
        (None, false)
    }

    /// What is there already.
    fn take(&mut self, items: &Receiver<Item>) {
        let spans = items.try_iter().filter_map(|item| match item {
            Item::Span(span) => Some(*span),
            Item::Flush(_) => None,
        });
        self.batch.extend(spans.take(BATCH));
    }

    /// Whether the batch is out of the way; else it stays to be tried again.
    fn send(&mut self) -> bool {
        let count = self.batch.len() as u64;
        let outcome = self.post(&document(&self.batch, &self.resource));
        self.tries += 1;
        match outcome {
            Ok(200..=299) => _ = self.counts.sent.fetch_add(count, Ordering::Relaxed),
            Ok(status) => {
                self.complain(format_args!("it answers {status}"));
                if (status == 429 || status >= 500) && self.tries < TRIES {
                    return false;
                }
                self.counts.dropped.fetch_add(count, Ordering::Relaxed);
            }
            Err(error) => {
                self.complain(format_args!("{error}"));
                if self.tries < TRIES {
                    return false;
                }
                self.counts.dropped.fetch_add(count, Ordering::Relaxed);
            }
        }
        self.batch.clear();
        self.tries = 0;
        true
    }

    fn complain(&mut self, why: std::fmt::Arguments<'_>) {
        if self.complained.is_none_or(|at| at.elapsed() >= SELDOM) {
            self.complained = Some(Instant::now());
            let (host, port) = (&self.host, self.port);
            (self.complain)(format_args!("Spans don't reach the collector at {host}:{port}: {why}; some may be lost"));
        }
    }

    /// The status of the answer.
    fn post(&self, body: &str) -> io::Result<u16> {
        let until = Instant::now() + PATIENCE;
        let mut stream = self.connect(until)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let (host, port, path, length) = (&self.host, self.port, &self.path, body.len());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        write_until(&mut stream, body.as_bytes(), until)?;
        status_of(&mut stream, until)
    }

    fn connect(&self, until: Instant) -> io::Result<TcpStream> {
        let mut failure = io::Error::new(ErrorKind::NotFound, "its name has no address");
        let host = self.host.trim_matches(['[', ']']);
        for address in (host, self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(until)?) {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}

fn write_until(stream: &mut TcpStream, mut bytes: &[u8], until: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left(until)?))?;
        match stream.write(bytes)? {
            0 => return Err(ErrorKind::WriteZero.into()),
            count => bytes = &bytes[count..],
        }
    }
    Ok(())
}

fn status_of(stream: &mut TcpStream, until: Instant) -> io::Result<u16> {
    let (mut answer, mut length) = ([0; ANSWER], 0);
    // `HTTP/1.1 200`.
    while length < 12 {
        stream.set_read_timeout(Some(left(until)?))?;
        match stream.read(&mut answer[length..])? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            count => length += count,
        }
    }
    let status = std::str::from_utf8(&answer[9..12]).ok().and_then(|text| text.parse().ok());
    status.filter(|_| answer.starts_with(b"HTTP/1.")).ok_or_else(|| ErrorKind::InvalidData.into())
}

fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}
