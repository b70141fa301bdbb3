//! Inherited listening sockets: checked, made ready, dealt out to the threads.

mod accept;
mod gate;

pub use accept::accept;
pub use gate::{Gate, Place, descriptors};

use rustix::net::AddressFamily;
use rustix::net::sockopt::{socket_acceptconn, socket_domain};
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// As in Traefik 1.7.
const KEEP_ALIVE: Duration = Duration::from_secs(180);

/// Checks that an inherited socket listens for TCP, and prepares it. Accepted sockets inherit the options from it (on
/// Linux), so they cost nothing per connection.
///
/// # Errors
/// `InvalidData` when it is no listening TCP socket; the system's otherwise.
pub fn prepare(socket: OwnedFd) -> io::Result<TcpListener> {
    if !socket_acceptconn(&socket)? {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the socket does not listen"));
    }
    if !matches!(socket_domain(&socket)?, AddressFamily::INET | AddressFamily::INET6) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the socket is not TCP"));
    }
    let options = SockRef::from(&socket);
    options.set_tcp_nodelay(true)?;
    options.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEP_ALIVE).with_interval(KEEP_ALIVE))?;
    let listener = TcpListener::from(socket);
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Deals one entry point's sockets out: each thread gets at least one, each socket gets at least one thread (a socket of
/// a `SO_REUSEPORT` group that nobody accepts from leaves its connections hanging).
///
/// # Errors
/// `InvalidInput` when there are none; the system's, when one cannot be duplicated.
pub fn deal(sockets: Vec<TcpListener>, threads: usize) -> io::Result<Vec<Vec<TcpListener>>> {
    let mut hands: Vec<Vec<TcpListener>> = (0..threads).map(|_| Vec::new()).collect();
    let count = sockets.len();
    if count == 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no listening socket was handed over"));
    }
    for thread in count.min(threads)..threads {
        hands[thread].push(sockets[thread % count].try_clone()?);
    }
    for (index, socket) in sockets.into_iter().enumerate() {
        hands[index % threads].push(socket);
    }
    Ok(hands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    fn socket() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").expect("binds")
    }

    #[test]
    fn every_thread_and_every_socket_gets_one() {
        for (sockets, threads) in [(1, 1), (1, 3), (2, 3), (3, 2), (4, 4), (5, 2)] {
            let given: Vec<_> = (0..sockets).map(|_| socket()).collect();
            let ports: Vec<_> = given.iter().map(|s| s.local_addr().expect("bound").port()).collect();
            let hands = deal(given, threads).expect("deals");
            assert!(hands.iter().all(|hand| !hand.is_empty()), "{sockets} sockets, {threads} threads");
            for port in ports {
                let held = hands.iter().flatten().any(|s| s.local_addr().expect("bound").port() == port);
                assert!(held, "{sockets} sockets, {threads} threads");
            }
        }
    }

    #[test]
    fn only_listening_tcp_sockets_are_taken() {
        let client = std::net::TcpStream::connect(socket_that_stays()).expect("connects");
        assert!(prepare(client.into()).is_err());
        let path = std::env::temp_dir().join(format!("pointsman-{}.sock", std::process::id()));
        let unix = UnixListener::bind(&path).expect("binds");
        let _ = std::fs::remove_file(&path);
        assert!(prepare(unix.into()).is_err());
        assert!(prepare(socket().into()).is_ok());
    }

    fn socket_that_stays() -> std::net::SocketAddr {
        let listener = socket();
        let address = listener.local_addr().expect("bound");
        std::mem::forget(listener);
        address
    }
}
