//! Owns the header by which a load balancer tells whose connection it passes on: the PROXY protocol, versions 1 and 2
//! (haproxy.org/download/2.9/doc/proxy-protocol.txt). Bytes in, an address out; knows no sockets and no clock, so that it
//! is tested and fuzzed without them.

mod binary;
mod text;

use std::net::SocketAddr;
use thiserror::Error;

/// So many bytes suffice to know a header's length and client, whatever else it carries.
pub const ENOUGH: usize = text::LONGEST;

/// What a connection begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// No header: these bytes are the client's own.
    Absent,
    /// Perhaps a header; more bytes will tell.
    Partial,
    /// A header.
    Header(Header),
}

/// A header that was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes it takes, all of its extensions included; they need not have arrived.
    pub length: usize,
    /// The client; `None` when the sender speaks for itself (`LOCAL`) or does not know (`UNKNOWN`, `UNSPEC`): the peer's
    /// own address counts.
    pub client: Option<SocketAddr>,
}

/// A connection that begins like a header and is none: it must be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a malformed PROXY protocol header: {0}")]
pub struct Malformed(pub &'static str);

/// Looks at the first bytes of a connection.
///
/// # Errors
/// A signature of the protocol, and something malformed behind it.
pub fn read(bytes: &[u8]) -> Result<Start, Malformed> {
    if begins(bytes, text::SIGNATURE) {
        text::read(bytes)
    } else if begins(bytes, binary::SIGNATURE) {
        binary::read(bytes)
    } else {
        Ok(Start::Absent)
    }
}

/// Whether `bytes` are the signature or a part of it that may yet become whole.
fn begins(bytes: &[u8], signature: &[u8]) -> bool {
    let known = bytes.len().min(signature.len());
    bytes[..known] == signature[..known]
}

#[cfg(test)]
mod tests;
