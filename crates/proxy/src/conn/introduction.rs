//! Who is at the other end of a connection that a load balancer passes on: the PROXY protocol, where an entry point takes it.

use super::serve;
use crate::context::{Shared, ThreadContext};
use crate::drain::Phase;
use crate::logs::Seldom;
use pointsman_proxy_protocol::{ENOUGH, Header, Start, read};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, Interest};
use tokio::net::TcpStream;

/// For a header, where `Timeouts.head_ms` sets no limit.
const LONGEST: Duration = Duration::from_secs(60);
/// How long a connection without its header is waited for once the process closes.
const GENTLE: Duration = Duration::from_secs(1);

/// Serves one accepted connection to its end, after its header if the entry point takes one.
pub async fn welcome(mut stream: TcpStream, peer: SocketAddr, entry_point: usize, context: Rc<ThreadContext>) {
    let client = match context.shared.introducers.get(entry_point) {
        Some(Some(trusted)) => match introduced(&mut stream, &context.shared).await {
            // compat(1.7): what nobody is trusted to say is read, and not believed.
            Ok(client) => client.filter(|_| trusted.trusts(peer.ip().to_canonical())).unwrap_or(peer),
            Err(error) => return tell(peer, &error),
        },
        _ => peer,
    };
    serve(stream, client, entry_point, context).await;
}

fn tell(peer: SocketAddr, error: &io::Error) {
    static TROUBLE: Seldom = Seldom::new();
    if error.kind() == io::ErrorKind::InvalidData {
        TROUBLE.warning(format_args!("A connection from {peer} was closed: {error}"));
    }
}

/// The client whom the header names; `None` without a header, or if it names nobody. Nothing behind it is read.
async fn introduced(stream: &mut TcpStream, shared: &Shared) -> io::Result<Option<SocketAddr>> {
    let limit = match shared.settings.timeouts.head_ms {
        0 => LONGEST,
        millis => Duration::from_millis(millis),
    };
    let closing = async {
        shared.drain.wait(Phase::Closing).await;
        tokio::time::sleep(GENTLE).await;
    };
    tokio::select! {
        outcome = read_header(stream) => outcome,
        () = tokio::time::sleep(limit) => Err(io::ErrorKind::TimedOut.into()),
        () = closing => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn read_header(stream: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
    let Some(header) = look(stream).await? else { return Ok(None) };
    let mut left = header.length;
    let mut space = [0; 512];
    while left > 0 {
        let part = left.min(space.len());
        stream.read_exact(&mut space[..part]).await?;
        left -= part;
    }
    Ok(header.client)
}

/// Waits for enough of a connection to know what it begins with, and leaves it there.
async fn look(stream: &TcpStream) -> io::Result<Option<Header>> {
    let mut space = [0; ENOUGH];
    loop {
        let ready = stream.ready(Interest::READABLE).await?;
        let seen = stream.try_io(Interest::READABLE, || peek(stream, &mut space));
        match seen.map(|count| read(&space[..count])) {
            Ok(Ok(Start::Header(header))) => return Ok(Some(header)),
            Ok(Ok(Start::Absent)) => return Ok(None),
            Ok(Ok(Start::Partial)) if ready.is_read_closed() => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(Ok(Start::Partial)) => forget_readiness(stream),
            Ok(Err(malformed)) => return Err(io::Error::new(io::ErrorKind::InvalidData, malformed)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

fn peek(stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
    let (count, _) = rustix::net::recv(stream, space, rustix::net::RecvFlags::PEEK)?;
    Ok(count)
}

/// What has come was looked at: the next bytes make the socket ready again.
fn forget_readiness(stream: &TcpStream) {
    let _ = stream.try_io(Interest::READABLE, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
}
