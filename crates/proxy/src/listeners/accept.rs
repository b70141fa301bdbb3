//! The accept loop: one per thread and listening socket.

use super::gate::{Gate, Place};
use crate::logs::Seldom;
use rustix::io::Errno;
use rustix::net::SocketFlags;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Connections taken before the others of this thread get their turn.
const BATCH: u32 = 64;
/// Pause after an accept that failed for want of something (descriptors, memory).
const BACK_OFF: Duration = Duration::from_millis(20);

/// Accepts for ever, and hands each connection with its place to `admit`. Never fails: out of descriptors it sheds, waits
/// and goes on.
pub async fn accept(listener: TcpListener, gate: Arc<Gate>, admit: impl Fn(TcpStream, SocketAddr, Place)) {
    let mut reserve = Reserve::new();
    let mut taken = 0_u32;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Some(place) = gate.enter() {
                    admit(stream, peer, place);
                }
            }
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                reserve.shed(&listener, &error);
                tokio::time::sleep(BACK_OFF).await;
            }
        }
        taken = taken.wrapping_add(1);
        if taken.is_multiple_of(BATCH) {
            tokio::task::yield_now().await;
        }
    }
}

/// Errors of a connection that died before it was accepted (accept(2) passes them on): the next one may be fine.
fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
    )
}

/// A descriptor held back, so that a client can be closed rather than left in the queue when there is none left.
struct Reserve(Option<File>);

impl Reserve {
    fn new() -> Self {
        Self(File::open("/dev/null").ok())
    }

    fn shed(&mut self, listener: &TcpListener, error: &io::Error) {
        static TROUBLE: Seldom = Seldom::new();
        TROUBLE.warning(format_args!("A connection could not be accepted: {error}"));
        let exhausted = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error).map(Some);
        if exhausted.contains(&error.raw_os_error()) && self.0.take().is_some() {
            drop(rustix::net::accept_with(listener, SocketFlags::CLOEXEC));
        }
        if self.0.is_none() {
            *self = Self::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;
    use tokio::io::AsyncReadExt;

    #[tokio::test(flavor = "current_thread")]
    async fn connections_above_the_limit_are_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("bound");
        let held = Rc::new(RefCell::new(Vec::new()));
        let keep = Rc::clone(&held);
        let accepting = accept(listener, Gate::new(1, 0), move |stream, _, place| {
            keep.borrow_mut().push((stream, place));
        });
        let clients = async {
            let _first = TcpStream::connect(address).await.expect("connects");
            let mut second = TcpStream::connect(address).await.expect("connects");
            assert_eq!(second.read(&mut [0]).await.unwrap_or(0), 0);
            assert_eq!(held.borrow().len(), 1);
        };
        tokio::select! {
            () = clients => {}
            () = accepting => unreachable!("it accepts for ever"),
            () = tokio::time::sleep(Duration::from_secs(10)) => panic!("the second was not closed"),
        }
    }
}
