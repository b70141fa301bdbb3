//! Answers of our own, and the end of a connection.

use super::exchange::Exchange;
use super::{After, Connection, Transport};
use crate::answers::{Answer, Form};
use crate::forward::{Coding, Decision, Destination, LEAST, Noted, Pump, decide};
use crate::telemetry::Reason;
use pointsman_http1::{Method, Reject, Request, RequestBody, Version};
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Poll, ready};

/// How long, and how much, is read and thrown away after a last answer.
const LINGER_MS: u64 = 2_000;
const LINGER_BYTES: usize = 1 << 20;
/// The same of a body that nobody wants, before an answer of ours.
const DISCARD_MS: u64 = 1_000;
const DISCARD_BYTES: u64 = 256 << 10;
/// Time for a client to take a short answer in.
const ANSWER_MS: u64 = 30_000;

/// What is known at the end of a request.
#[derive(Default)]
pub(super) struct Ending {
    pub status: u16,
    pub reason: Reason,
    /// Index in the pool of the last server tried.
    pub server: Option<usize>,
    pub retries: u32,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// Bytes of the body before it was compressed, if it was.
    pub packed_from: Option<u64>,
}

impl<S: Transport> Connection<S> {
    /// Carries a request out.
    pub(super) async fn respond(&mut self, request: Request) -> After {
        self.account.begin(&self.context);
        self.told.clear();
        let mut noted = Noted::default();
        let mut decision = caught(|| decide(&self.context, self.incoming(&request), &mut noted));
        self.note(noted);
        if matches!(decision, Decision::Wait(_)) {
            // Boxed: requests that need not wait shall not carry what it takes.
            decision = Box::pin(self.wait(&request, decision)).await;
        }
        self.note_decision(&request, &decision);
        self.coding = self.coding(&request, &decision);
        let (after, ending) = match &decision {
            Decision::Forward(destination) => self.forward(&request, destination).await,
            Decision::Answer(answer, reason, _) => {
                let after = self.answer(&request, answer).await;
                (after, Ending { status: answer.status, reason: *reason, ..Ending::default() })
            }
            Decision::Wait(_) => {
                (After::Close, Ending { status: 499, reason: Reason::ClientGone, ..Ending::default() })
            }
        };
        self.close_account(&request, &decision, &ending);
        after
    }

    /// What an entry point that compresses makes of the answer. compat(1.7): internal routes come before it, and so do the
    /// entry point's own redirection and authentication.
    fn coding(&self, request: &Request, decision: &Decision) -> Coding {
        match decision {
            _ if !self.compresses => Coding::Alone,
            Decision::Forward(Destination::Admin(_)) | Decision::Answer(_, Reason::Internal, _) => Coding::Alone,
            Decision::Answer(_, Reason::Redirect | Reason::AuthDenied | Reason::AuthFailed, None) => Coding::Alone,
            _ => Coding::of(self.incoming(request)),
        }
    }

    /// Refuses what is no request.
    pub(super) async fn refuse(&mut self, reject: Reject) -> After {
        self.account.begin(&self.context);
        let mut out = self.context.buffers.text();
        Answer::write_rejection(&mut out, reject);
        self.account.responded(&self.context, &out);
        self.write(&out).await;
        self.context.buffers.give_back_text(out);
        self.tell_refusal(reject);
        After::Linger
    }

    /// Sends an answer of ours to a request whose body nobody read.
    pub(super) async fn answer(&mut self, request: &Request, answer: &Answer) -> After {
        // A connection that ends with this answer has no use for the rest.
        let complete = if request.keep_alive { self.discard_body(request).await } else { request.body.is_empty() };
        self.answer_as(request, answer, complete).await
    }

    /// Sends an answer of ours, or the page that stands in for it; `complete`: nothing of the request is left to be read.
    pub(super) async fn answer_as(&mut self, request: &Request, answer: &Answer, complete: bool) -> After {
        let page = match self.has_page(answer.status) {
            true => Box::pin(self.page(request, answer.status)).await,
            false => None,
        };
        let answer = page.as_ref().unwrap_or(answer);
        let keep_alive = request.keep_alive && complete && !self.is_closing();
        let to_head = request.method == Method::Head;
        let sent = self.send(answer, (request.version, to_head, keep_alive)).await;
        match sent {
            false => After::Close,
            true if keep_alive => After::Keep,
            true => self.farewell(complete),
        }
    }

    /// How to close behind a last answer. `complete`: nothing of the request is left to be read.
    pub(super) fn farewell(&self, complete: bool) -> After {
        if complete && self.buffer.is_empty() { After::Close } else { After::Linger }
    }

    /// Reads a body that nobody wants, if it is short and soon there, so that the connection can go on; whether it is out of
    /// the way. compat(1.7): Go reads up to 256 KiB before it answers.
    async fn discard_body(&mut self, request: &Request) -> bool {
        if request.body.is_empty() {
            return true;
        }
        if request.expects_continue || matches!(request.body, RequestBody::Length(length) if length > DISCARD_BYTES) {
            return false;
        }
        let (decode, encode) = Exchange::request_body(request);
        let mut pump = Pump::new(self.context.buffers.text(), decode, encode);
        self.timer.set(DISCARD_MS);
        let whole = poll_fn(|cx| {
            let source = (&mut self.stream, &mut self.buffer);
            match pump.poll(cx, source, &mut tokio::io::sink(), &self.context.buffers) {
                Poll::Ready(outcome) => Poll::Ready(outcome.is_ok()),
                Poll::Pending if pump.taken > DISCARD_BYTES || self.timer.poll_expired(cx) || self.is_cut() => {
                    Poll::Ready(false)
                }
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        self.account.discarded(pump.taken);
        self.context.buffers.give_back_text(pump.into_out());
        whole
    }

    /// Whether it was written.
    async fn send(&mut self, answer: &Answer, (version, to_head, keep_alive): (Version, bool, bool)) -> bool {
        let mut out = self.context.buffers.text();
        let (told, varies) = (&*self.told, self.coding != Coding::Alone);
        let form = Form { version, to_head, keep_alive, told, varies };
        let packed = self.packed(answer, to_head);
        let answer = packed.as_ref().unwrap_or(answer);
        answer.write(&mut out, form, &self.context.clock.date(&self.context.timers));
        self.account.responded(&self.context, &out);
        self.account.answered(if form.to_head { 0 } else { answer.body.len() });
        let written = self.write(&out).await;
        self.context.buffers.give_back_text(out);
        written
    }

    /// The answer as an entry point that compresses sends it, if that is another.
    fn packed(&self, answer: &Answer, to_head: bool) -> Option<Answer> {
        if self.coding != Coding::Gzip || to_head || (answer.body.len() as u64) < LEAST || answer.is_encoded() {
            return None;
        }
        let body = self.context.packers.pack(&answer.body)?;
        let fields = [&answer.fields[..], b"Content-Encoding: gzip\r\n"].concat();
        Some(Answer { body, fields, ..answer.clone() })
    }

    /// Writes something short; whether that worked.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> bool {
        let write_ms = self.context.shared.settings.timeouts.write_ms;
        self.timer.set(if write_ms == 0 { ANSWER_MS } else { write_ms });
        self.write_all(bytes).await.is_ok()
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut written = 0;
        poll_fn(|cx| {
            while written < bytes.len() {
                match Pin::new(&mut self.stream).poll_write(cx, &bytes[written..]) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(Ok(count)) => written += count,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending if self.timer.poll_expired(cx) || self.is_cut() => {
                        return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                    }
                    Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(Ok(()))
        })
        .await
    }

    /// Says that nothing more will be sent, and reads what still comes: a close with unread bytes would be a reset, which
    /// may overtake the answer.
    pub(super) async fn linger(&mut self) {
        self.timer.set(LINGER_MS);
        let mut left = LINGER_BYTES;
        let shut = poll_fn(|cx| match Pin::new(&mut self.stream).poll_shutdown(cx) {
            Poll::Pending if self.timer.poll_expired(cx) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            outcome => outcome,
        });
        if shut.await.is_err() {
            return;
        }
        poll_fn(|cx| {
            loop {
                self.buffer.consume(self.buffer.len());
                self.context.buffers.lend(&mut self.buffer, 0);
                if self.timer.poll_expired(cx) || self.is_cut() {
                    return Poll::Ready(());
                }
                match ready!(self.buffer.poll_fill(&mut self.stream, cx)) {
                    Ok(count) if count > 0 && count < left => left -= count,
                    _ => return Poll::Ready(()),
                }
            }
        })
        .await;
    }
}

/// What `decide` decides; a panic of it is an answer, too.
pub(super) fn caught(decide: impl FnOnce() -> Decision) -> Decision {
    let decided = catch_unwind(AssertUnwindSafe(decide));
    decided.unwrap_or_else(|_| Decision::Answer(Answer::status(500), Reason::Panic, None))
}
