//! What is counted, and under which labels.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How 1.7 tells protocols apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// Anything else.
    #[default]
    Http,
    /// The client takes an event stream.
    Sse,
    /// The client asks for a WebSocket.
    Websocket,
}

impl Kind {
    /// The label.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Sse => "sse",
            Self::Websocket => "websocket",
        }
    }
}

/// Whose figures.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An entry point's.
    EntryPoint(Arc<str>),
    /// A backend's.
    Backend(Arc<str>),
    /// A router's, by name and provider.
    Router(Arc<str>, Arc<str>),
}

/// Methods by number; any other is the last one: whoever may invent methods must not invent series.
pub(super) const METHODS: [&str; 10] =
    ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "EXTENSION_METHOD"];

/// Method, protocol and status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Labels {
    pub method: u8,
    pub kind: Kind,
    pub code: u16,
}

impl Labels {
    pub fn new(method: &[u8], kind: Kind) -> Self {
        let number = METHODS.iter().position(|known| known.as_bytes() == method).unwrap_or(METHODS.len() - 1);
        Self { method: number as u8, kind, code: 0 }
    }
}

/// What [`crate::Recorder::open`] counted, for the end to count against.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opened(pub(super) Option<Places>);

/// Where the gauges of a request's entry point and backend are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub labels: Labels,
    pub point: (usize, usize),
    pub backend: Option<(usize, usize)>,
}

/// Requests of one subject and one set of labels, counted by one thread.
#[derive(Debug)]
pub(super) struct Series {
    pub subject: Subject,
    pub labels: Labels,
    pub count: AtomicU64,
    pub nanos: AtomicU64,
    pub retries: AtomicU64,
    /// Requests by bucket; those longer than the last bound are only in `count`.
    pub buckets: Box<[AtomicU64]>,
}

impl Series {
    pub fn new(subject: Subject, labels: Labels, buckets: usize) -> Self {
        Self {
            subject,
            labels,
            count: AtomicU64::new(0),
            nanos: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            buckets: (0..buckets).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub fn add(&self, nanos: u64, bounds: &[u64]) {
        bump(&self.count, 1);
        bump(&self.nanos, nanos);
        if let Some((bucket, _)) = self.buckets.iter().zip(bounds).find(|(_, bound)| nanos <= **bound) {
            bump(bucket, 1);
        }
    }
}

/// Requests under way, of one subject, method and protocol.
#[derive(Debug)]
pub(super) struct Gauge {
    pub subject: Subject,
    pub labels: Labels,
    pub begun: AtomicU64,
    pub ended: AtomicU64,
}

impl Gauge {
    pub fn new(subject: Subject, labels: Labels) -> Self {
        Self { subject, labels, begun: AtomicU64::new(0), ended: AtomicU64::new(0) }
    }
}

/// Adds to a counter of the calling thread's own.
pub(super) fn bump(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}
