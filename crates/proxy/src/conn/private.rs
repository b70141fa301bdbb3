//! Upstream connections that belong to one client: NTLM and Negotiate tell a server once who speaks, and it believes all
//! that comes over that connection from then on. Nobody else may get it.

use super::Connection;
use crate::forward::{UpstreamStream, is_of_connections};
use crate::snapshot::{CompiledPool, Upstream};
use pointsman_http1::{Name, Response};

/// One client's connection to a server.
#[derive(Debug)]
pub(super) struct Private {
    /// Of the server.
    serial: u64,
    /// `None` while it is in use, or when it was closed.
    stream: Option<UpstreamStream>,
}

impl<S> Connection<S> {
    /// A connection to the server that can be used at once.
    pub(super) fn idle_to(&mut self, upstream: &Upstream) -> Option<UpstreamStream> {
        if let Some(private) = self.private.as_mut().filter(|private| private.serial == upstream.serial) {
            return private.stream.take().filter(UpstreamStream::is_alive);
        }
        self.context.pools.take(upstream, self.timer.now_ms())
    }

    /// Puts a connection away that can be used again; `binds`: the server knows by now who speaks.
    pub(super) fn put_away(&mut self, upstream: &Upstream, stream: UpstreamStream, binds: bool) {
        if binds || self.private.as_ref().is_some_and(|private| private.serial == upstream.serial) {
            self.private = Some(Box::new(Private { serial: upstream.serial, stream: Some(stream) }));
        } else {
            self.context.pools.put(upstream, stream, self.timer.now_ms());
        }
    }

    /// The server that knows this client: it is asked again, or the handshake would never end.
    pub(super) fn private_server(&self, pool: &CompiledPool) -> Option<usize> {
        let private = self.private.as_ref()?;
        let known = pool.upstreams.iter().position(|upstream| upstream.serial == private.serial);
        known.filter(|&index| pool.is_up(index))
    }

    /// Whether the current request, or the response whose head is in `bytes`, is a part of such a handshake.
    pub(super) fn binds(&self, response: &Response, bytes: &[u8]) -> bool {
        if self.head.values(&self.bytes, Name::Authorization).any(is_of_connections) {
            return true;
        }
        let mut fields = self.response_head.fields.iter();
        response.status == 401
            && fields.any(|field| {
                field.name.of(bytes).eq_ignore_ascii_case(b"www-authenticate")
                    && is_of_connections(field.value.of(bytes))
            })
    }
}
