//! One request and its response over one upstream connection, both directions at once.

mod body;
mod deadlines;
mod head;

use super::{Connection, Transport};
use crate::buffers::Buffer;
use crate::forward::{Decode, Encode, Pump, PumpError, Relay, UpstreamStream};
use deadlines::Deadlines;
use pointsman_http1::{ChunkDecoder, Request, RequestBody};
use std::task::{Context, Poll};

/// Why there is no (whole) response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The connection ended, or could not be written to, before any byte of a response.
    Dead,
    /// The response is malformed, or broke off in its head.
    Malformed,
    /// The upstream took too long.
    Late,
    /// It broke off in its body.
    Cut,
    /// The client left.
    ClientGone,
    /// The client took too long to send or to receive.
    ClientLate,
    /// The request's body is malformed: this status.
    ClientMalformed(u16),
    /// The process ends.
    Stopped,
}

/// The upstream's side of an exchange, and the state of both directions.
pub(super) struct Exchange {
    pub upstream: UpstreamStream,
    /// Read from the upstream, not yet used.
    pub buffer: Buffer,
    pub upload: Pump,
    pub download: Pump,
    /// The request cannot be written any more; a response may still come.
    pub upload_failed: bool,
    /// Something of a response has arrived.
    pub answered: bool,
    /// How the response is framed towards the client.
    pub relay: Relay,
    interim: u32,
    /// How long packed bytes may wait for more, in milliseconds.
    pause: u64,
    deadlines: Deadlines,
}

impl Exchange {
    /// Ready to send the head in `upload`, and the body that follows it.
    pub fn new<S: Transport>(
        connection: &Connection<S>,
        upstream: UpstreamStream,
        upload: Pump,
        request: &Request,
    ) -> Self {
        let timeouts = &connection.context.shared.settings.timeouts;
        let deadlines = Deadlines::of(request, timeouts, connection.timer.now_ms());
        let download = Pump::new(connection.context.buffers.text(), Decode::Over, Encode::Raw);
        let (buffer, upload_failed, answered) = (Buffer::default(), false, false);
        let relay = Relay::Nothing;
        Self { upstream, buffer, upload, download, upload_failed, answered, relay, interim: 0, pause: 0, deadlines }
    }

    /// What the upload pump decodes for a request.
    pub fn request_body(request: &Request) -> (Decode, Encode) {
        match request.body {
            RequestBody::None => (Decode::Over, Encode::Raw),
            RequestBody::Length(length) => (Decode::Length(length), Encode::Raw),
            RequestBody::Chunked => (Decode::Chunked(ChunkDecoder::new()), Encode::Chunked),
        }
    }

    /// Whether the request was sent whole.
    pub fn is_sent(&self) -> bool {
        !self.upload_failed && self.upload.is_done()
    }

    /// Sends what there is of the request. When it is sent, watches whether the client stays.
    fn poll_upload<S: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection<S>,
    ) -> Result<(), Failure> {
        if self.upload_failed || self.upload.is_done() {
            return if connection.poll_gone(cx) { Err(Failure::ClientGone) } else { Ok(()) };
        }
        let source = (&mut connection.stream, &mut connection.buffer);
        match self.upload.poll(cx, source, &mut self.upstream, &connection.context.buffers) {
            Poll::Pending => Ok(()),
            Poll::Ready(Ok(())) => {
                self.sent(connection);
                connection.timer.set_at(self.deadlines.next());
                if connection.poll_gone(cx) { Err(Failure::ClientGone) } else { Ok(()) }
            }
            Poll::Ready(Err(PumpError::Sink)) if self.upload.is_fresh() => Err(Failure::Dead),
            Poll::Ready(Err(PumpError::Sink)) => {
                self.upload_failed = true;
                Ok(())
            }
            Poll::Ready(Err(PumpError::Source)) => Err(Failure::ClientGone),
            Poll::Ready(Err(PumpError::Framing(reject))) => Err(Failure::ClientMalformed(reject.status)),
        }
    }

    /// The request is sent: from now on the upstream's time counts.
    fn sent<S>(&mut self, connection: &Connection<S>) {
        if self.is_sent() && !self.answered {
            let limit = connection.context.shared.settings.timeouts.response_header_ms;
            self.deadlines.response_head = (limit > 0).then(|| connection.timer.now_ms().saturating_add(limit));
            self.deadlines.read = None;
        }
    }
}

impl From<std::io::Error> for Failure {
    /// Of a write to the client.
    fn from(_: std::io::Error) -> Self {
        Self::ClientGone
    }
}

impl<S: Transport> Connection<S> {
    /// Whether the client has left. What it sends in advance is kept, as far as there is room.
    pub(super) fn poll_gone(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            self.context.buffers.lend(&mut self.buffer, 0);
            if self.buffer.is_full() {
                return false;
            }
            match self.buffer.poll_fill(&mut self.stream, cx) {
                Poll::Pending => {
                    self.context.buffers.reclaim(&mut self.buffer);
                    return false;
                }
                Poll::Ready(Ok(count)) if count > 0 => {}
                Poll::Ready(_) => return true,
            }
        }
    }
}
