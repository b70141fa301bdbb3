//! One request and its response over one upstream connection, both directions at once.

use super::{Connection, Transport};
use crate::buffers::{Buffer, LARGE};
use crate::forward::{
    Coding, Decode, Destination, Encode, Gzip, LEAST, Pump, PumpError, Relay, ResponseForm, UpstreamStream, guess,
    is_short, is_stream, may_pack, write_interim_head, write_response_head,
};
use pointsman_http1::{ChunkDecoder, Limits, Method, Request, RequestBody, Response, ResponseBody, Version};
use std::future::poll_fn;
use std::task::{Context, Poll};

/// How long a client that waits for a 100 is left waiting when the upstream says nothing.
const CONTINUE_MS: u64 = 1_000;
/// How long a head without Content-Type waits for its body to begin.
const GUESS_MS: u64 = 100;
/// Interim responses put up with before a final one.
const INTERIM: u32 = 32;
/// Fields of a response head.
const RESPONSE_FIELDS: usize = 512;

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

/// Instants of `Timer::now_ms`.
#[derive(Clone, Copy, Debug, Default)]
struct Deadlines {
    read: Option<u64>,
    write: Option<u64>,
    response_head: Option<u64>,
    go_on: Option<u64>,
    release: Option<u64>,
}

impl Deadlines {
    fn next(&self) -> Option<u64> {
        [self.read, self.write, self.response_head, self.go_on, self.release].into_iter().flatten().min()
    }
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
        let now = connection.timer.now_ms();
        let after = |millis: u64| (millis > 0).then(|| now.saturating_add(millis));
        let deadlines = Deadlines {
            read: after(timeouts.read_ms).filter(|_| !request.body.is_empty()),
            write: after(timeouts.write_ms),
            response_head: None,
            go_on: request.expects_continue.then(|| now + CONTINUE_MS),
            release: None,
        };
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

    fn poll_deadline<S, T>(&mut self, cx: &Context<'_>, connection: &mut Connection<S>) -> Poll<Result<T, Failure>> {
        if connection.context.shared.drain.reached(crate::drain::Phase::Cut) {
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

/// Whether a 101 names a protocol that the request asked for.
fn switches_as_asked(asked: &[u8], request: &Request, answered: &[u8], response: &Response) -> bool {
    let (Some(wanted), Some(chosen)) = (request.upgrade, response.upgrade) else { return false };
    let mut wanted = wanted.of(asked).split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    wanted.any(|protocol| protocol.eq_ignore_ascii_case(chosen.of(answered)))
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
