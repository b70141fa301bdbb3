//! Owns client connections that speak HTTP/1: heads in, answers out, one request after the other. Generic over the stream;
//! what a request becomes and where it goes is `forward`'s.

mod account;
mod admission;
mod buffered;
mod error_page;
mod exchange;
mod introduction;
mod private;
mod receive;
mod respond;
mod tries;
mod tunnel;
mod waiting;

pub use introduction::welcome;

use crate::buffers::Buffer;
use crate::context::ThreadContext;
use crate::drain::Phase;
use crate::forward::{Coding, Incoming, Pages, Peer};
use crate::telemetry::Counters;
use crate::timers::Timer;
use account::Account;
use pointsman_http1::{Head, Limits, Name, Request};
use private::Private;
use receive::Received;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// A byte stream to a client: plain, encrypted, or a test's.
pub trait Transport: AsyncRead + AsyncWrite + Unpin {
    /// Makes the close to come one that nobody can take for a regular end.
    fn abort(&mut self) {}

    /// Whether it takes an answer whose body has so many bytes, or more.
    fn takes(&mut self, _body: u64) -> bool {
        true
    }
}

impl Transport for TcpStream {
    fn abort(&mut self) {
        // Fails only for a socket that is broken anyway.
        let _ = socket2::SockRef::from(&*self).set_linger(Some(std::time::Duration::ZERO));
    }
}

impl Transport for tokio::io::DuplexStream {}

/// Serves one client connection to its end. `entry_point` is an index in sorted name order. Must run as a local task of
/// the context's thread; dropping the future closes the connection and cancels upstream work.
pub async fn serve<S: Transport>(stream: S, peer: SocketAddr, entry_point: usize, context: Rc<ThreadContext>) {
    let open = OpenConnection::new(&context);
    let mut connection = Connection::new(stream, peer, entry_point, Rc::clone(&context));
    connection.run().await;
    drop(open);
}

/// Counts a connection, also when its task panics.
struct OpenConnection(Rc<ThreadContext>);

impl OpenConnection {
    fn new(context: &Rc<ThreadContext>) -> Self {
        Counters::bump(&context.recorder.counters().accepted);
        Self(Rc::clone(context))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        Counters::bump(&self.0.recorder.counters().closed);
    }
}

/// A client connection.
struct Connection<S> {
    stream: S,
    /// Read, not yet used. Without memory while the connection waits.
    buffer: Buffer,
    /// Of the current request; its places refer to `bytes`.
    head: Head,
    bytes: Vec<u8>,
    /// Of the upstream's response.
    response_head: Head,
    /// Field lines that go with the answer to the current request, whoever makes it.
    told: Vec<u8>,
    /// An upstream connection that only this client may use.
    private: Option<Box<Private>>,
    /// The entry point compresses.
    compresses: bool,
    /// What it makes of the answer to the current request.
    coding: Coding,
    /// What stands in for certain answers to the current request, whoever makes them.
    pages: Option<Box<Pages>>,
    timer: Timer,
    peer: Peer,
    entry_point: usize,
    limits: Limits,
    account: Account,
    context: Rc<ThreadContext>,
    /// No request was received yet.
    first: bool,
}

/// What becomes of the connection after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// It waits for the next.
    Keep,
    /// It closes; unread bytes are swallowed for a while, so that the answer arrives.
    Linger,
    /// It closes: nothing is left to be read, or nobody is there.
    Close,
    /// It goes in a way that shows the answer to be incomplete.
    Abort,
}

impl<S: Transport> Connection<S> {
    fn new(stream: S, peer: SocketAddr, entry_point: usize, context: Rc<ThreadContext>) -> Self {
        let point = context.shared.settings.entry_points.values().nth(entry_point);
        let mut peer = Peer::new(peer, point.is_some_and(|point| point.tls));
        peer.trusted = context.shared.trust.get(entry_point).is_some_and(|trust| trust.trusts(peer.ip));
        Self::with(stream, peer, entry_point, context)
    }

    fn with(stream: S, peer: Peer, entry_point: usize, context: Rc<ThreadContext>) -> Self {
        let settings = &context.shared.settings;
        let compresses = settings.entry_points.values().nth(entry_point).is_some_and(|point| point.compress);
        let limits = Limits {
            line: settings.limits.request_line_bytes,
            head: settings.limits.head_bytes,
            fields: settings.limits.fields,
        };
        Self {
            stream,
            buffer: Buffer::default(),
            head: context.buffers.head(),
            bytes: Vec::new(),
            response_head: context.buffers.head(),
            told: Vec::new(),
            private: None,
            compresses,
            coding: Coding::Alone,
            pages: None,
            timer: context.timers.timer(),
            peer,
            entry_point,
            limits,
            account: Account::default(),
            context,
            first: true,
        }
    }

    async fn run(&mut self) {
        loop {
            let after = match self.receive().await {
                Received::Request(request) => self.respond(request).await,
                Received::Refused(reject) => self.refuse(reject).await,
                Received::Over => return,
            };
            self.context.buffers.give_back_text(std::mem::take(&mut self.bytes));
            match after {
                After::Keep => self.first = false,
                After::Linger => return self.linger().await,
                After::Close => return,
                After::Abort => return self.stream.abort(),
            }
        }
    }

    fn is_closing(&self) -> bool {
        self.context.shared.drain.reached(Phase::Closing)
    }

    fn is_cut(&self) -> bool {
        self.context.shared.drain.reached(Phase::Cut)
    }
}

impl<S> Connection<S> {
    /// The current request as `forward` sees it.
    pub(super) fn incoming<'a>(&'a self, request: &'a Request) -> Incoming<'a> {
        let (head, bytes, peer, entry_point) = (&self.head, &*self.bytes, &self.peer, self.entry_point);
        let claims_trust = !peer.trusted
            && self
                .context
                .shared
                .trust
                .get(entry_point)
                .is_some_and(|trust| trust.trusts_claims(head.values(bytes, Name::XForwardedFor)));
        Incoming { head, bytes, request, peer, entry_point, claims_trust }
    }
}

impl<S> Drop for Connection<S> {
    fn drop(&mut self) {
        self.tell_loss();
        let buffers = &self.context.buffers;
        buffers.give_back(std::mem::take(&mut self.buffer));
        buffers.give_back_text(std::mem::take(&mut self.bytes));
        buffers.give_back_head(std::mem::take(&mut self.head));
        buffers.give_back_head(std::mem::take(&mut self.response_head));
    }
}
