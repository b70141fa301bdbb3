//! A connection to an upstream.

use super::spool::Spool;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// What we reach upstreams by.
#[derive(Debug)]
pub(crate) enum UpstreamStream {
    /// A server.
    Tcp(TcpStream),
    /// The controller.
    Unix(UnixStream),
    /// An answer that is there in whole.
    Spool(Box<Spool>),
}

impl UpstreamStream {
    /// Whether an idle connection can still be used: the peer has neither closed it nor sent anything. Costs a system call
    /// only if something has happened.
    pub fn is_alive(&self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        let quiet = |error: io::Error| error.kind() == io::ErrorKind::WouldBlock;
        match self {
            Self::Tcp(stream) => match stream.poll_read_ready(&mut context) {
                Poll::Pending => true,
                Poll::Ready(_) => stream.try_read(&mut [0]).is_err_and(quiet),
            },
            Self::Unix(stream) => match stream.poll_read_ready(&mut context) {
                Poll::Pending => true,
                Poll::Ready(_) => stream.try_read(&mut [0]).is_err_and(quiet),
            },
            Self::Spool(_) => false,
        }
    }
}

macro_rules! delegate {
    ($self:ident, $method:ident $(, $argument:expr)*) => {
        match $self.get_mut() {
            UpstreamStream::Tcp(stream) => Pin::new(stream).$method($($argument),*),
            UpstreamStream::Unix(stream) => Pin::new(stream).$method($($argument),*),
            UpstreamStream::Spool(stream) => Pin::new(stream).$method($($argument),*),
        }
    };
}

impl AsyncRead for UpstreamStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        delegate!(self, poll_read, cx, space)
    }
}

impl AsyncWrite for UpstreamStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        delegate!(self, poll_write, cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        delegate!(self, poll_write_vectored, cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self, poll_flush, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self, poll_shutdown, cx)
    }
}
