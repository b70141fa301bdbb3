//! Waiting for the head of a response; interim ones are passed on.

use super::{Exchange, Failure};
use crate::buffers::LARGE;
use crate::conn::{Connection, Transport};
use crate::forward::write_interim_head;
use pointsman_http1::{Limits, Method, Request, Response, Version};
use std::future::poll_fn;
use std::task::{Context, Poll};

/// Interim responses put up with before a final one.
const INTERIM: u32 = 32;
/// Fields of a response head.
const RESPONSE_FIELDS: usize = 512;

impl Exchange {
    /// Sends the request and waits for the head of the final response.
    pub async fn response_head<S: Transport>(
        &mut self,
        connection: &mut Connection<S>,
        request: &Request,
    ) -> Result<Response, Failure> {
        connection.response_head.clear();
        self.sent(connection);
        connection.timer.set_at(self.deadlines.next());
        poll_fn(|cx| self.poll_response_head(cx, connection, request)).await
    }

    fn poll_response_head<S: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection<S>,
        request: &Request,
    ) -> Poll<Result<Response, Failure>> {
        if let Err(failure) = self.poll_upload(cx, connection) {
            return Poll::Ready(Err(failure));
        }
        loop {
            if self.download.poll_flush(cx, &mut self.buffer, &mut connection.stream)?.is_pending() {
                return self.poll_deadline(cx, connection);
            }
            if let Some(outcome) = self.read_head(connection, request) {
                return Poll::Ready(outcome);
            }
            if !self.download.is_flushed() {
                continue;
            }
            if self.buffer.is_full() && !connection.context.buffers.grow(&mut self.buffer, connection.limits.head) {
                return Poll::Ready(Err(Failure::Malformed));
            }
            connection.context.buffers.lend(&mut self.buffer, LARGE as u64);
            match self.buffer.poll_fill(&mut self.upstream, cx) {
                Poll::Ready(Ok(count)) if count > 0 => self.answered = true,
                Poll::Ready(_) => {
                    return Poll::Ready(Err(if self.answered { Failure::Malformed } else { Failure::Dead }));
                }
                Poll::Pending => {
                    connection.context.buffers.reclaim(&mut self.buffer);
                    return self.poll_deadline(cx, connection);
                }
            }
        }
    }

    /// The final response's head, if it has arrived; interim ones are passed on.
    fn read_head<S: Transport>(
        &mut self,
        connection: &mut Connection<S>,
        request: &Request,
    ) -> Option<Result<Response, Failure>> {
        let limits = Limits { line: connection.limits.head, head: connection.limits.head, fields: RESPONSE_FIELDS };
        loop {
            let head = &mut connection.response_head;
            match head.advance(self.buffer.bytes(), &limits) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(_) => return Some(Err(Failure::Malformed)),
            }
            let Ok(response) = Response::parse(head, self.buffer.bytes(), request.method == Method::Head) else {
                return Some(Err(Failure::Malformed));
            };
            match response.status {
                101 if !switches_as_asked(&connection.bytes, request, self.buffer.bytes(), &response) => {
                    return Some(Err(Failure::Malformed));
                }
                100 | 102..=199 => {}
                _ => return Some(Ok(response)),
            }
            self.interim += 1;
            if self.interim > INTERIM {
                return Some(Err(Failure::Malformed));
            }
            self.relay_interim(connection, request, &response);
            self.buffer.consume(connection.response_head.len());
            connection.response_head.clear();
        }
    }

    /// A 100 goes to who waits for one, once; others to all that know interim responses.
    fn relay_interim<S>(&mut self, connection: &mut Connection<S>, request: &Request, response: &Response) {
        let wanted = match response.status {
            100 => self.deadlines.go_on.take().is_some(),
            _ => request.version == Version::Http11,
        };
        if wanted {
            write_interim_head(&mut self.download.out, (&connection.response_head, self.buffer.bytes()), response);
        }
        connection.timer.set_at(self.deadlines.next());
    }
}

/// Whether a 101 names a protocol that the request asked for.
fn switches_as_asked(asked: &[u8], request: &Request, answered: &[u8], response: &Response) -> bool {
    let (Some(wanted), Some(chosen)) = (request.upgrade, response.upgrade) else { return false };
    let mut wanted = wanted.of(asked).split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    wanted.any(|protocol| protocol.eq_ignore_ascii_case(chosen.of(answered)))
}
