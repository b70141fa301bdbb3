//! A finished request, as those see it who count and write.

use crate::{Meters, Opened, Reason};
use std::time::{Duration, Instant};

/// Field lines, one after the other.
pub trait Fields {
    /// Calls `f` with the name and value of each.
    fn each<'f>(&'f self, f: &mut dyn FnMut(&'f [u8], &'f [u8]));
}

/// When the stages of a request began; `None` where nobody wants to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stages {
    /// Its number in order of arrival, from 1; 0 where nobody wants to know.
    pub number: u64,
    /// What was counted as under way.
    pub opened: Opened,
    /// Its head was read.
    pub begun: Option<Instant>,
    /// It was decided what becomes of it.
    pub decided: Option<Instant>,
    /// It was over.
    pub ended: Option<Instant>,
}

impl Stages {
    /// From its beginning to its end; zero where nobody wants to know.
    #[must_use]
    pub fn duration(&self) -> Duration {
        between(self.begun, self.ended)
    }

    /// From the decision to its end.
    #[must_use]
    pub fn origin(&self) -> Duration {
        between(self.decided, self.ended)
    }
}

fn between(start: Option<Instant>, end: Option<Instant>) -> Duration {
    start.zip(end).map_or(Duration::ZERO, |(start, end)| end.saturating_duration_since(start))
}

/// What there is to know of a finished request. Borrowed: nothing is copied unless somebody writes it down.
#[derive(Clone, Copy, Default)]
pub struct Outcome<'a> {
    /// Status sent (499: the client left before one was).
    pub status: u16,
    /// Text of the status, as Go knows it; empty for others.
    pub phrase: &'static str,
    /// Why.
    pub reason: Reason,
    /// Index in sorted name order.
    pub entry_point: usize,
    /// Address of the client, as text.
    pub client: &'a str,
    /// Port of the client.
    pub port: u16,
    /// As received; empty when the head was not understood.
    pub method: &'a [u8],
    /// Raw path as received.
    pub path: &'a [u8],
    /// Raw query as received.
    pub query: Option<&'a [u8]>,
    /// `HTTP/1.1`.
    pub protocol: &'static str,
    /// Host or authority as received.
    pub host: &'a [u8],
    /// First line as received, where the head was not understood.
    pub line: &'a [u8],
    /// The request's fields without Host, as middlewares left them.
    pub fields: Option<&'a dyn Fields>,
    /// Head of the response, as sent, and perhaps what follows it; empty if none was, or nobody wants to know.
    pub head: &'a [u8],
    /// Name of the route, if one matched.
    pub route: Option<&'a str>,
    /// Provider of the route.
    pub provider: Option<&'a str>,
    /// Name of its pool, if it has one.
    pub backend: Option<&'a str>,
    /// URL of the last server tried.
    pub server: Option<&'a str>,
    /// Who the client has proved to be.
    pub user: Option<&'a str>,
    /// Tries beyond the first.
    pub retries: u32,
    /// Body bytes received from the client, without framing.
    pub bytes_in: u64,
    /// Body bytes sent to the client, without framing.
    pub bytes_out: u64,
    /// Body bytes of the upstream's response, where they are others than `bytes_out`.
    pub origin_bytes: Option<u64>,
    /// What counts it.
    pub meters: Meters<'a>,
    /// When its stages began.
    pub stages: Stages,
}
