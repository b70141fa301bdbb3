//! Version 2: a binary header.

use crate::{Header, Malformed, Start};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

pub(crate) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family, length.
const FIXED: usize = 16;
/// Of two addresses of a family, with their ports.
const INET: usize = 12;
const INET6: usize = 36;
const UNIX: usize = 216;

pub(crate) fn read(bytes: &[u8]) -> Result<Start, Malformed> {
    let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else { return Ok(Start::Partial) };
    let length = usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
    let local = match fixed[12] {
        0x20 => true,
        0x21 => false,
        _ => return Err(Malformed("another version or command")),
    };
    let addresses = addresses(fixed[13])?;
    // A sender that speaks for itself may leave the addresses out.
    if !local && length < addresses {
        return Err(Malformed("too short for its addresses"));
    }
    let wanted = if local { 0 } else { client_length(fixed[13]) };
    if rest.len() < wanted {
        return Ok(Start::Partial);
    }
    let client = if local { None } else { client(fixed[13], rest) };
    Ok(Start::Header(Header { length: FIXED + length, client }))
}

/// Bytes of the addresses of a family and protocol.
fn addresses(family: u8) -> Result<usize, Malformed> {
    match family {
        0x00 => Ok(0),
        0x11 | 0x12 => Ok(INET),
        0x21 | 0x22 => Ok(INET6),
        0x31 | 0x32 => Ok(UNIX),
        _ => Err(Malformed("an unknown family")),
    }
}

/// How many of them must be there to know the client.
fn client_length(family: u8) -> usize {
    match family {
        0x11 => INET,
        0x21 => INET6,
        _ => 0,
    }
}

/// Source address and port, of TCP over IP; datagrams and Unix sockets name nobody that we could tell an upstream of.
fn client(family: u8, rest: &[u8]) -> Option<SocketAddr> {
    let port = |at: usize| rest.get(at..at + 2).map(|port| u16::from_be_bytes([port[0], port[1]]));
    match family {
        0x11 => Some((Ipv4Addr::from(*rest.first_chunk::<4>()?), port(8)?).into()),
        0x21 => Some((Ipv6Addr::from(*rest.first_chunk::<16>()?), port(32)?).into()),
        _ => None,
    }
}
