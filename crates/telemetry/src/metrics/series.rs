//! What is counted of an entry point or a backend, and under which labels.

use super::room::Taken;
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
pub struct Opened {
    /// `None`: nothing is counted of the request.
    pub(super) labels: Option<Labels>,
    /// It is under way at its entry point.
    pub(super) point: bool,
    /// The meter of the backend at which it is under way; 0: none.
    pub(super) backend: usize,
}

/// Requests of one set of labels, counted by one thread.
#[derive(Debug)]
pub(super) struct Series {
    pub labels: Labels,
    pub count: AtomicU64,
    pub nanos: AtomicU64,
    pub retries: AtomicU64,
    pub buckets: Buckets,
    _room: Taken,
}

impl Series {
    pub fn new(labels: Labels, buckets: usize, room: Taken) -> Self {
        let (count, nanos, retries) = Default::default();
        Self { labels, count, nanos, retries, buckets: Buckets::new(buckets), _room: room }
    }
}

/// Requests under way, of one method and protocol.
#[derive(Debug)]
pub(super) struct Gauge {
    pub labels: Labels,
    pub begun: AtomicU64,
    pub ended: AtomicU64,
    _room: Taken,
}

impl Gauge {
    pub fn new(labels: Labels, room: Taken) -> Self {
        Self { labels, begun: AtomicU64::new(0), ended: AtomicU64::new(0), _room: room }
    }
}

/// Requests by the first bound that they did not exceed; those longer than the last one are in none.
#[derive(Debug)]
pub(super) struct Buckets(Box<[AtomicU64]>);

impl Buckets {
    pub fn new(bounds: usize) -> Self {
        Self((0..bounds).map(|_| AtomicU64::new(0)).collect())
    }

    pub fn add(&self, nanos: u64, bounds: &[u64]) {
        if let Some((bucket, _)) = self.0.iter().zip(bounds).find(|(_, bound)| nanos <= **bound) {
            bump(bucket, 1);
        }
    }

    /// Adds them to `sums`, bucket by bucket.
    pub fn add_to(&self, sums: &mut Vec<u64>) {
        sums.resize(self.0.len(), 0);
        sums.iter_mut().zip(&self.0).for_each(|(sum, bucket)| *sum += bucket.load(Ordering::Relaxed));
    }
}

/// Adds to a counter of the calling thread's own.
pub(super) fn bump(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}
