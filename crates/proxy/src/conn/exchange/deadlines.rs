//! How long each part of an exchange may take.

use super::{Exchange, Failure};
use crate::conn::Connection;
use crate::drain::Phase;
use pointsman_http1::Request;
use pointsman_plan::Timeouts;
use std::task::{Context, Poll};

/// How long a client that waits for a 100 is left waiting when the upstream says nothing.
const CONTINUE_MS: u64 = 1_000;

/// Instants of `Timer::now_ms`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deadlines {
    pub read: Option<u64>,
    pub write: Option<u64>,
    pub response_head: Option<u64>,
    pub go_on: Option<u64>,
    pub release: Option<u64>,
}

impl Deadlines {
    /// At the start.
    pub fn of(request: &Request, timeouts: &Timeouts, now: u64) -> Self {
        let after = |millis: u64| (millis > 0).then(|| now.saturating_add(millis));
        Self {
            read: after(timeouts.read_ms).filter(|_| !request.body.is_empty()),
            write: after(timeouts.write_ms),
            response_head: None,
            go_on: request.expects_continue.then(|| now + CONTINUE_MS),
            release: None,
        }
    }

    pub fn next(&self) -> Option<u64> {
        [self.read, self.write, self.response_head, self.go_on, self.release].into_iter().flatten().min()
    }
}

impl Exchange {
    /// Does what the deadlines that have passed ask for, and waits for the next.
    pub(super) fn poll_deadline<S, T>(
        &mut self,
        cx: &Context<'_>,
        connection: &mut Connection<S>,
    ) -> Poll<Result<T, Failure>> {
        if connection.context.shared.drain.reached(Phase::Cut) {
            return Poll::Ready(Err(Failure::Stopped));
        }
        if !connection.timer.poll_expired(cx) {
            return Poll::Pending;
        }
        let now = connection.timer.now_ms();
        let passed = |at: Option<u64>| at.is_some_and(|at| at <= now);
        if passed(self.deadlines.response_head) {
            return Poll::Ready(Err(Failure::Late));
        }
        if passed(self.deadlines.read) || passed(self.deadlines.write) {
            return Poll::Ready(Err(Failure::ClientLate));
        }
        if passed(self.deadlines.go_on) {
            self.deadlines.go_on = None;
            self.download.out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            cx.waker().wake_by_ref();
        }
        if passed(self.deadlines.release) {
            self.deadlines.release = None;
            self.download.release();
            cx.waker().wake_by_ref();
        }
        connection.timer.set_at(self.deadlines.next());
        if connection.timer.poll_expired(cx) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}
