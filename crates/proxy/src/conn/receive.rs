//! Waiting for a request, and reading its head.

use super::{Connection, Transport};
use pointsman_http1::{Reject, Request, blank_lines};
use std::future::poll_fn;
use std::task::Poll;

/// How long a connection may stay idle once the process closes: a client that is just about to send gets its answer.
const GENTLE_MS: u64 = 1_000;
/// Empty lines before a request that are put up with, in bytes.
const BLANK: usize = 64 << 10;

/// What a connection brings.
pub(super) enum Received {
    /// A request; its head is in `Connection.bytes`.
    Request(Request),
    /// Something that is none.
    Refused(Reject),
    /// Nothing more.
    Over,
}

/// How a wait for bytes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filled {
    Some,
    Closed,
    Late,
}

impl<S: Transport> Connection<S> {
    /// Waits for the next request head.
    pub(super) async fn receive(&mut self) -> Received {
        let timeouts = &self.context.shared.settings.timeouts;
        let (head_ms, idle_ms) = (timeouts.head_ms, timeouts.idle_ms);
        self.timer.set(if self.first { head_ms } else { idle_ms });
        if self.buffer.is_empty() && self.fill(true).await != Filled::Some {
            return Received::Over;
        }
        if !self.first {
            self.timer.set(head_ms);
        }
        match self.read_head().await {
            Ok(true) => {}
            Ok(false) => return Received::Over,
            Err(reject) => return Received::Refused(reject),
        }
        self.bytes = self.context.buffers.text();
        self.bytes.extend_from_slice(&self.buffer.bytes()[..self.head.len()]);
        self.buffer.consume(self.head.len());
        match Request::parse(&self.head, &self.bytes) {
            Ok(request) => Received::Request(request),
            Err(reject) => Received::Refused(reject),
        }
    }

    /// False: the connection ended before a head did.
    async fn read_head(&mut self) -> Result<bool, Reject> {
        self.head.clear();
        let mut blank = 0;
        loop {
            if self.head.is_empty() {
                let count = blank_lines(self.buffer.bytes());
                blank += count;
                self.buffer.consume(count);
                if blank > BLANK {
                    return Err(Reject::bad("too many empty lines"));
                }
            }
            // A lone CR may be half of an empty line.
            if self.buffer.bytes() != b"\r" && self.head.advance(self.buffer.bytes(), &self.limits)? {
                return Ok(true);
            }
            if self.buffer.is_full() && !self.context.buffers.grow(&mut self.buffer, self.limits.head) {
                return Err(Reject::with(431, "the head is too long"));
            }
            match self.fill(false).await {
                Filled::Some => {}
                Filled::Closed => return Ok(false),
                Filled::Late if self.buffer.is_empty() => return Ok(false),
                Filled::Late => return Err(Reject::with(408, "the head took too long")),
            }
        }
    }

    /// Waits for bytes, until the timer's deadline. `idle`: nothing has come yet, the process's end may interrupt.
    async fn fill(&mut self, idle: bool) -> Filled {
        let mut gentle = false;
        poll_fn(|cx| {
            self.context.buffers.lend(&mut self.buffer, 0);
            match self.buffer.poll_fill(&mut self.stream, cx) {
                Poll::Ready(Ok(count)) if count > 0 => return Poll::Ready(Filled::Some),
                Poll::Ready(_) => return Poll::Ready(Filled::Closed),
                Poll::Pending => self.context.buffers.reclaim(&mut self.buffer),
            }
            if self.is_cut() {
                return Poll::Ready(Filled::Closed);
            }
            if idle && !gentle && self.is_closing() {
                gentle = true;
                self.timer.set(GENTLE_MS);
            }
            if self.timer.poll_expired(cx) { Poll::Ready(Filled::Late) } else { Poll::Pending }
        })
        .await
    }
}
