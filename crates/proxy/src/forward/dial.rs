//! New upstream connections.

use super::upstream::UpstreamStream;
use crate::context::Shared;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout_at};

/// Stands for "no limit".
const LONG: Duration = Duration::from_secs(86_400);
/// At least this much time for each of several addresses, if there is as much.
const LEAST: Duration = Duration::from_secs(2);

/// Why no connection came about.
#[derive(Debug)]
pub(crate) enum DialError {
    /// Too slow: 504.
    Timeout,
    /// Refused, unreachable, unknown: 502.
    Failed,
}

/// Connects to `address` (`host:port`), within `Timeouts.connect_ms`, look-up included.
pub(crate) async fn dial(shared: &Shared, address: &str) -> Result<UpstreamStream, DialError> {
    let limit = match shared.settings.timeouts.connect_ms {
        0 => LONG,
        millis => Duration::from_millis(millis),
    };
    let deadline = Instant::now() + limit;
    let stream = if let Ok(literal) = address.parse() {
        connect(literal, deadline).await?
    } else {
        let found = timeout_at(deadline, shared.names.resolve(address)).await;
        connect_to_any(&found.map_err(|_| DialError::Timeout)?.map_err(|_| DialError::Failed)?, deadline).await?
    };
    // Fails only for a socket that is broken anyway.
    let _ = stream.set_nodelay(true);
    Ok(UpstreamStream::Tcp(stream))
}

/// One address after the other; each gets its share of the time that is left.
async fn connect_to_any(addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, DialError> {
    let mut last = DialError::Timeout;
    for (index, &address) in addresses.iter().enumerate() {
        let now = Instant::now();
        let left = deadline.saturating_duration_since(now);
        let others = u32::try_from(addresses.len() - index).unwrap_or(1);
        let until = deadline.min(now + (left / others).max(LEAST));
        match connect(address, until).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn connect(address: SocketAddr, deadline: Instant) -> Result<TcpStream, DialError> {
    match timeout_at(deadline, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Err(DialError::Timeout),
        Ok(Err(_)) => Err(DialError::Failed),
        Err(_) => Err(DialError::Timeout),
    }
}

/// Connects to the controller.
pub(crate) async fn dial_admin(path: &str) -> Result<UpstreamStream, DialError> {
    UnixStream::connect(path).await.map(UpstreamStream::Unix).map_err(|_| DialError::Failed)
}
