//! The line to the supervisor: one JSON message per datagram of an inherited Unix socket (`SOCK_SEQPACKET`).
//!
//! Down come links to the controller (a connected socket rides along); up goes word that we accept, and that a link is
//! lost. When the supervisor is gone, so are we, after a drain.

use crate::logs;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendFlags, recvmsg, send};
use serde::{Deserialize, Serialize};
use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// Names the descriptor of the control socket.
pub const FD_VARIABLE: &str = "POINTSMAN_CONTROL_FD";
/// Largest datagram taken.
const DATAGRAM_BYTES: usize = 4_096;

/// Supervisor → proxy.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Order {
    /// A new link; its socket rides along.
    Link {},
    /// Of a later supervisor.
    #[serde(other)]
    Unknown,
}

/// Proxy → supervisor. A supervisor ignores types it doesn't know.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Word {
    /// Every entry point accepts.
    Ready,
    /// The link broke: a fresh pair is wanted.
    LinkLost,
}

/// What the supervisor asked for.
#[derive(Debug)]
pub enum Event {
    /// Take this link, drop the old one.
    Link(UnixStream),
    /// The supervisor is gone.
    Gone,
}

/// The socket; clones share it.
#[derive(Clone, Debug)]
pub struct Control(Arc<OwnedFd>);

impl Control {
    /// Takes the inherited socket; calls on it block from here on.
    ///
    /// # Errors
    /// The system's.
    pub fn new(socket: OwnedFd) -> io::Result<Self> {
        blocking(&socket)?;
        Ok(Self(Arc::new(socket)))
    }

    /// Sends a message, without waiting for a supervisor that has stopped reading.
    pub fn send(&self, word: Word) {
        let Ok(text) = serde_json::to_vec(&word) else { return };
        if let Err(error) = send(self.0.as_fd(), &text, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
            logs::warning(format_args!("The supervisor could not be told {word:?}: {error}"));
        }
    }

    /// Waits for the next thing the supervisor wants; what makes no sense is logged and skipped.
    #[must_use]
    pub fn next(&self) -> Event {
        loop {
            match self.receive() {
                Ok(Some(event)) => return event,
                Ok(None) => {}
                Err(Errno::INTR) => {}
                Err(error) => {
                    logs::error(format_args!("The line to the supervisor broke: {error}"));
                    return Event::Gone;
                }
            }
        }
    }

    fn receive(&self) -> rustix::io::Result<Option<Event>> {
        let mut bytes = [0; DATAGRAM_BYTES];
        // Room for more than the one socket of a link: what is too much has to be received to be closed.
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let received = recvmsg(self.0.as_fd(), &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
        if received.bytes == 0 {
            return Ok(Some(Event::Gone));
        }
        let mut sockets: Vec<OwnedFd> = Vec::new();
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(fds) = message {
                sockets.extend(fds);
            }
        }
        let cut = received.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC);
        Ok(if cut { refuse("it is too long") } else { read(&bytes[..received.bytes], sockets) })
    }
}

fn read(message: &[u8], mut sockets: Vec<OwnedFd>) -> Option<Event> {
    match serde_json::from_slice(message) {
        Ok(Order::Link {}) if sockets.len() == 1 => {
            let stream = UnixStream::from(sockets.pop()?);
            match stream.set_nonblocking(false) {
                Ok(()) => Some(Event::Link(stream)),
                Err(error) => refuse(&error.to_string()),
            }
        }
        Ok(Order::Link {}) => refuse("a link comes with one socket"),
        Ok(Order::Unknown) => refuse("its type is unknown"),
        Err(error) => refuse(&error.to_string()),
    }
}

fn refuse(reason: &str) -> Option<Event> {
    logs::warning(format_args!("A message of the supervisor was ignored: {reason}"));
    None
}

/// The flag sits on the open file, which the parent may have shared with its own event loop.
fn blocking(socket: &OwnedFd) -> io::Result<()> {
    let flags = fcntl_getfl(socket)?;
    Ok(fcntl_setfl(socket, flags - OFlags::NONBLOCK)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::{
        AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SocketFlags, SocketType, sendmsg, socketpair,
    };
    use std::io::{IoSlice, Read, Write};

    fn pair() -> (OwnedFd, Control) {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).expect("a pair");
        (ours, Control::new(theirs).expect("takes it"))
    }

    fn order(supervisor: &OwnedFd, text: &str, sockets: &[&UnixStream]) {
        let fds: Vec<_> = sockets.iter().map(|s| s.as_fd()).collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        assert!(fds.is_empty() || ancillary.push(SendAncillaryMessage::ScmRights(&fds)));
        sendmsg(supervisor, &[IoSlice::new(text.as_bytes())], &mut ancillary, SendFlags::empty()).expect("sends");
    }

    #[test]
    fn a_link_arrives_with_its_socket() {
        let (supervisor, control) = pair();
        let (mut far, near) = UnixStream::pair().expect("a pair");
        order(&supervisor, r#"{"type":"link"}"#, &[&near]);
        let Event::Link(mut link) = control.next() else { panic!("no link") };
        link.write_all(b"x").expect("writes");
        let mut byte = [0];
        far.read_exact(&mut byte).expect("reads");
        assert_eq!(&byte, b"x");
    }

    #[test]
    fn nonsense_is_skipped_and_its_sockets_closed() {
        let (supervisor, control) = pair();
        let (mut far, near) = UnixStream::pair().expect("a pair");
        order(&supervisor, "{", &[&near]);
        order(&supervisor, r#"{"type":"link"}"#, &[]);
        order(&supervisor, r#"{"type":"link"}"#, &[&near, &near]);
        order(&supervisor, r#"{"type":"later"}"#, &[&near]);
        drop(near);
        drop(supervisor);
        assert!(matches!(control.next(), Event::Gone));
        assert_eq!(far.read(&mut [0]).expect("reads"), 0, "a socket was kept");
    }

    #[test]
    fn words_go_up_as_one_datagram_each() {
        let (supervisor, control) = pair();
        control.send(Word::Ready);
        control.send(Word::LinkLost);
        let mut bytes = [0; 64];
        for expected in [r#"{"type":"ready"}"#, r#"{"type":"link_lost"}"#] {
            let (read, _) = rustix::net::recv(&supervisor, &mut bytes, RecvFlags::empty()).expect("receives");
            assert_eq!(&bytes[..read], expected.as_bytes());
        }
    }
}
