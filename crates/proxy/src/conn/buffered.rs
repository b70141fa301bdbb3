//! Pools that take requests and answers in whole before they pass them on: what is kept whole can be sent again.

use super::exchange::Exchange;
use super::respond::Ending;
use super::{After, Connection, Transport};
use crate::answers::Answer;
use crate::buffers::Buffer;
use crate::context::ThreadContext;
use crate::forward::{Decode, Destination, Encode, Pump, PumpError, Route, Spool, UpstreamStream};
use crate::logs::Seldom;
use crate::telemetry::Reason;
use pointsman_balance::Attempt;
use pointsman_http1::{Request, RequestBody, Version};
use pointsman_plan::Buffering;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Tries beyond the first (compat(1.7)).
const MORE: u32 = 10;

/// The client as the pool's servers see it: the request's body from a spool, the answer into another.
struct Whole<'a, S> {
    client: &'a mut S,
    /// What the client sends in advance.
    early: &'a mut Buffer,
    context: Rc<ThreadContext>,
    body: &'a mut Spool,
    left: u64,
    answer: Spool,
    /// Most bytes of an answer's body; 0 = any.
    most: u64,
    too_long: bool,
}

/// What became of one try.
struct Tried {
    ending: Ending,
    answer: Spool,
    too_long: bool,
}

impl<S: Transport> Connection<S> {
    /// Sends a request on when all of it is there, and the answer back when all of that is there.
    pub(super) async fn forward_buffered(
        &mut self,
        request: &Request,
        destination: &Destination,
        route: &Route,
        config: &Buffering,
    ) -> (After, Ending) {
        let mut body = match self.take_body(request, config).await {
            Ok(body) => body,
            Err(outcome) => return outcome,
        };
        let length = body.length();
        let framed = if request.body == RequestBody::None { RequestBody::None } else { RequestBody::Length(length) };
        let (expects_continue, keep_alive) = (false, true);
        let whole = Request { body: framed, version: Version::Http11, expects_continue, keep_alive, ..*request };
        let mut number = 0;
        loop {
            number += 1;
            if let Err(error) = body.rewind().await {
                return self.fail_spool(request, "request", &error).await;
            }
            let mut tried = self.try_whole(&whole, (destination, route), &mut body, config).await;
            tried.ending.bytes_in = length;
            tried.ending.retries += number - 1;
            if let Some(error) = body.take_error() {
                return self.fail_spool(request, "request", &error).await;
            }
            let method = self.incoming(request).method();
            let attempt = Attempt { number, status: tried.status(), method };
            let again = number <= MORE && config.retry.as_ref().is_some_and(|condition| attempt.meets(condition));
            if !again || tried.ending.status == 499 {
                return self.deliver(request, tried).await;
            }
        }
    }

    /// Reads the body; `Err`: the request is over.
    async fn take_body(&mut self, request: &Request, config: &Buffering) -> Result<Spool, (After, Ending)> {
        let most = if config.max_request_bytes == 0 { u64::MAX } else { config.max_request_bytes };
        let mut body = Spool::new(config.memory_request_bytes);
        if matches!(request.body, RequestBody::Length(length) if length > most) {
            return Err(self.refuse_body(request, 413, Reason::BodyTooLarge).await);
        }
        if request.expects_continue && !self.write(b"HTTP/1.1 100 Continue\r\n\r\n").await {
            return Err(gone(Reason::ClientGone));
        }
        let (decode, _) = Exchange::request_body(request);
        let mut pump = Pump::new(self.context.buffers.text(), decode, Encode::Raw);
        let read_ms = self.context.shared.settings.timeouts.read_ms;
        self.timer.set_at((read_ms > 0).then(|| self.timer.now_ms().saturating_add(read_ms)));
        let taken = poll_fn(|cx| {
            let source = (&mut self.stream, &mut self.buffer);
            let outcome = pump.poll(cx, source, &mut body, &self.context.buffers);
            if pump.taken > most {
                return Poll::Ready(Err((413, Reason::BodyTooLarge)));
            }
            match outcome {
                Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
                Poll::Ready(Err(PumpError::Framing(reject))) => {
                    Poll::Ready(Err((reject.status, Reason::of_refusal(reject.status))))
                }
                Poll::Ready(Err(PumpError::Source)) => Poll::Ready(Err((499, Reason::ClientGone))),
                Poll::Ready(Err(PumpError::Sink)) => Poll::Ready(Err((500, Reason::Middleware))),
                Poll::Pending if self.is_cut() => Poll::Ready(Err((499, Reason::Stopped))),
                Poll::Pending if self.timer.poll_expired(cx) => Poll::Ready(Err((408, Reason::ClientTimeout))),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        self.context.buffers.give_back_text(pump.into_out());
        match (taken, body.take_error()) {
            (Ok(()), None) => Ok(body),
            (_, Some(error)) => Err(self.fail_spool(request, "request", &error).await),
            (Err((499, reason)), None) => Err(gone(reason)),
            (Err((status, reason)), None) => Err(self.refuse_body(request, status, reason).await),
        }
    }

    /// Answers a request whose body is not taken any further.
    async fn refuse_body(&mut self, request: &Request, status: u16, reason: Reason) -> (After, Ending) {
        let after = self.answer_as(request, &Answer::status(status), false).await;
        (after, Ending { status, reason, ..Ending::default() })
    }

    /// The same when its message cannot be kept.
    async fn fail_spool(&mut self, request: &Request, message: &str, error: &io::Error) -> (After, Ending) {
        static TROUBLE: Seldom = Seldom::new();
        let folder = std::env::temp_dir();
        TROUBLE.error(format_args!(
            "A {message} could not be buffered in {}, it is answered with 500: {error}; see buffering and TMPDIR",
            folder.display()
        ));
        self.refuse_body(request, 500, Reason::Middleware).await
    }

    /// One try: the pool's limits and servers, with a client that takes everything at once.
    async fn try_whole(
        &mut self,
        request: &Request,
        (destination, route): (&Destination, &Route),
        body: &mut Spool,
        config: &Buffering,
    ) -> Tried {
        let (context, left) = (Rc::clone(&self.context), body.length());
        let stream = Whole {
            client: &mut self.stream,
            early: &mut self.buffer,
            context: Rc::clone(&context),
            body,
            left,
            answer: Spool::new(config.memory_response_bytes),
            most: config.max_response_bytes,
            too_long: false,
        };
        let mut inner = Connection::with(stream, self.peer.clone(), self.entry_point, context);
        inner.compresses = false;
        inner.head.clone_from(&self.head);
        inner.bytes.extend_from_slice(&self.bytes);
        let (_, ending) = inner.forward_within_limits(request, destination, route).await;
        let answer = std::mem::replace(&mut inner.stream.answer, Spool::new(0));
        Tried { ending, answer, too_long: inner.stream.too_long }
    }

    /// Passes an answer on that is there in whole, or says why there is none.
    async fn deliver(&mut self, request: &Request, mut tried: Tried) -> (After, Ending) {
        let error = match tried.answer.take_error() {
            None => tried.answer.rewind().await.err(),
            error => error,
        };
        let ending = tried.ending;
        let refused = |status, reason| Ending { status, reason, ..ending };
        if let Some(error) = error {
            let (after, failed) = self.fail_spool(request, "response", &error).await;
            return (after, refused(failed.status, failed.reason));
        }
        if tried.too_long {
            let after = self.answer_as(request, &Answer::status(500), true).await;
            return (after, refused(500, Reason::BodyTooLarge));
        }
        match ending.reason {
            Reason::UpstreamCut => {
                let after = self.answer_as(request, &Answer::status(502), true).await;
                return (after, refused(502, Reason::UpstreamCut));
            }
            _ if ending.status == 499 => return (After::Close, ending),
            _ => {}
        }
        let (body, expects_continue) = (RequestBody::None, false);
        let taken = Request { body, expects_continue, ..*request };
        let source = (UpstreamStream::Spool(Box::new(tried.answer)), None);
        let upload = Pump::new(self.context.buffers.text(), Decode::Over, Encode::Raw);
        // Whatever the route adds was added when the answer came.
        match self.exchange(&taken, &Destination::Admin(None), source, upload).await {
            Ok((after, passed)) => {
                let reason = if passed.reason == Reason::Forwarded { ending.reason } else { passed.reason };
                (after, Ending { status: passed.status, reason, bytes_out: passed.bytes_out, ..ending })
            }
            Err(_) => {
                let after = self.answer_as(request, &Answer::status(500), true).await;
                (after, refused(500, Reason::BadUpstream))
            }
        }
    }
}

impl Tried {
    /// As a retry condition sees it.
    fn status(&self) -> u16 {
        match self.ending.reason {
            _ if self.too_long => 500,
            Reason::UpstreamCut => 502,
            _ => self.ending.status,
        }
    }
}

fn gone(reason: Reason) -> (After, Ending) {
    (After::Close, Ending { status: 499, reason, ..Ending::default() })
}

impl<S: Transport> Transport for Whole<'_, S> {
    fn takes(&mut self, body: u64) -> bool {
        self.too_long |= self.most > 0 && body > self.most;
        !self.too_long
    }
}

impl<S: Transport> AsyncRead for Whole<'_, S> {
    /// The body; behind it, whether the client stays.
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let whole = self.get_mut();
        if whole.left > 0 {
            let before = space.filled().len();
            let outcome = Pin::new(&mut *whole.body).poll_read(cx, space);
            whole.left -= (space.filled().len() - before) as u64;
            return outcome;
        }
        loop {
            whole.context.buffers.lend(whole.early, 0);
            if whole.early.is_full() {
                return Poll::Pending;
            }
            match whole.early.poll_fill(whole.client, cx) {
                Poll::Pending => {
                    whole.context.buffers.reclaim(whole.early);
                    return Poll::Pending;
                }
                Poll::Ready(Ok(count)) if count > 0 => {}
                Poll::Ready(_) => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl<S: Transport> AsyncWrite for Whole<'_, S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().answer).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
