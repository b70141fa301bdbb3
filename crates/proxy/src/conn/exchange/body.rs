//! The response on its way to the client: its head as we send it, then its body.

use super::{Exchange, Failure};
use crate::conn::{Connection, Transport};
use crate::forward::{
    Coding, Decode, Destination, Encode, Gzip, LEAST, PumpError, Relay, ResponseForm, guess, is_short, is_stream,
    may_pack, write_response_head,
};
use pointsman_http1::{ChunkDecoder, Response, ResponseBody, Version};
use std::future::poll_fn;
use std::task::{Context, Poll};

/// How long a head without Content-Type waits for its body to begin.
const GUESS_MS: u64 = 100;

impl Exchange {
    /// Waits for the beginning of a body, but not for long, if its head depends on it: its type must be guessed, or whether
    /// it is long enough to be packed is not said.
    pub async fn body_begins<S: Transport>(
        &mut self,
        connection: &mut Connection<S>,
        response: &Response,
        destination: &Destination,
    ) {
        let (head, bytes) = (&connection.response_head, self.buffer.bytes());
        if connection.coding == Coding::Gzip && !may_pack(head, bytes, response, destination) {
            connection.coding = Coding::Varied;
        }
        let wanted = match response.body {
            ResponseBody::Chunked | ResponseBody::UntilClose if connection.coding == Coding::Gzip => LEAST,
            _ if guess::is_wanted(head, bytes, response) => 1,
            _ => return,
        };
        connection.timer.set(GUESS_MS);
        let ended = poll_fn(|cx| self.poll_beginning(cx, connection, response, wanted)).await;
        let arrived = guess::arrived(response, &self.buffer.bytes()[connection.response_head.len()..]);
        if connection.coding == Coding::Gzip && is_short(response, arrived, ended) {
            connection.coding = Coding::Varied;
        }
    }

    /// True: the upstream has closed.
    fn poll_beginning<S: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection<S>,
        response: &Response,
        wanted: u64,
    ) -> Poll<bool> {
        if self.poll_upload(cx, connection).is_err() {
            return Poll::Ready(false);
        }
        let head = connection.response_head.len();
        while !guess::arrived(response, &self.buffer.bytes()[head..]).reaches(wanted) && !self.buffer.is_full() {
            match self.buffer.poll_fill(&mut self.upstream, cx) {
                Poll::Ready(Ok(count)) if count > 0 => {}
                Poll::Ready(_) => return Poll::Ready(true),
                Poll::Pending if connection.timer.poll_expired(cx) || connection.is_cut() => return Poll::Ready(false),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(false)
    }

    /// The type of a body that came without one, from what has arrived of it.
    fn guessed<S>(&self, connection: &Connection<S>, response: &Response) -> Option<&'static str> {
        let head = &connection.response_head;
        let wanted = guess::is_wanted(head, self.buffer.bytes(), response);
        wanted.then(|| guess::content_type_of(response, &self.buffer.bytes()[head.len()..])).flatten()
    }

    /// Writes the response's head before its body. `bytes` of the head leave the buffer.
    pub fn start_response<S: Transport>(
        &mut self,
        connection: &mut Connection<S>,
        response: &Response,
        destination: &Destination,
        (version, keep_alive): (Version, bool),
    ) {
        let gzip = self.gzip(connection, response, destination);
        let relay = match Relay::of(response, version) {
            Relay::Length(_) if gzip.is_some() => Relay::unknown(version),
            relay => relay,
        };
        self.relay = relay;
        let date = connection.context.clock.date(&connection.context.timers);
        let guessed = self.guessed(connection, response);
        let keep_alive = keep_alive && relay != Relay::Close;
        let (told, coding) = (&*connection.told, connection.coding);
        let form = ResponseForm { version, relay, keep_alive, date: &date, guessed, told, coding };
        let head = (&connection.response_head, self.buffer.bytes());
        let waiting = self.download.out.len();
        write_response_head(&mut self.download.out, head, response, destination, form);
        connection.account.responded(&connection.context, &self.download.out[waiting..]);
        self.buffer.consume(connection.response_head.len());
        let decode = match response.body {
            ResponseBody::None => Decode::Over,
            ResponseBody::Length(length) => Decode::Length(length),
            ResponseBody::Chunked => Decode::Chunked(ChunkDecoder::new()),
            ResponseBody::UntilClose => Decode::UntilClose,
        };
        self.download.expect(decode, if relay == Relay::Chunked { Encode::Chunked } else { Encode::Raw });
        if let Some(gzip) = gzip {
            self.download.pack(gzip);
        }
    }

    /// What packs the body, if it is to be packed.
    fn gzip<S>(
        &mut self,
        connection: &mut Connection<S>,
        response: &Response,
        destination: &Destination,
    ) -> Option<Box<Gzip>> {
        if connection.coding != Coding::Gzip {
            return None;
        }
        let pause = destination.flush_ms();
        let at_once = pause <= 0 || is_stream(&connection.response_head, self.buffer.bytes(), response);
        self.pause = u64::try_from(pause).unwrap_or(0);
        let gzip = connection.context.packers.lend(at_once);
        if gzip.is_none() {
            connection.coding = Coding::Varied;
        }
        gzip
    }

    /// Passes the response's body on, and what is left of the request's.
    pub async fn response_body<S: Transport>(&mut self, connection: &mut Connection<S>) -> Result<(), Failure> {
        self.deadlines.response_head = None;
        self.deadlines.go_on = None;
        connection.timer.set_at(self.deadlines.next());
        if matches!(self.relay, Relay::Length(length) if !connection.stream.takes(length)) {
            return Err(Failure::Cut);
        }
        poll_fn(|cx| self.poll_response_body(cx, connection)).await
    }

    fn poll_response_body<S: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection<S>,
    ) -> Poll<Result<(), Failure>> {
        let source = (&mut self.upstream, &mut self.buffer);
        let moved = self.download.poll(cx, source, &mut connection.stream, &connection.context.buffers);
        if !connection.stream.takes(self.download.taken) {
            return Poll::Ready(Err(Failure::Cut));
        }
        match moved {
            Poll::Ready(Ok(())) => return Poll::Ready(Ok(())),
            Poll::Ready(Err(PumpError::Sink)) => return Poll::Ready(Err(Failure::ClientGone)),
            Poll::Ready(Err(_)) => return Poll::Ready(Err(Failure::Cut)),
            Poll::Pending => self.limit_pause(connection),
        }
        match self.poll_upload(cx, connection) {
            // What has come from the upstream is still worth sending; a client that has left will not take it.
            Err(Failure::ClientGone) if self.download.has_all() => {}
            // The response goes on; the connection closes behind it.
            Err(Failure::ClientMalformed(_)) => self.upload_failed = true,
            Err(failure) => return Poll::Ready(Err(failure)),
            Ok(()) => {}
        }
        self.poll_deadline(cx, connection)
    }

    /// Packed bytes do not wait for ever for more to come.
    fn limit_pause<S>(&mut self, connection: &mut Connection<S>) {
        if self.deadlines.release.is_none() && self.download.is_holding() {
            self.deadlines.release = Some(connection.timer.now_ms() + self.pause);
            connection.timer.set_at(self.deadlines.next());
        }
    }
}
