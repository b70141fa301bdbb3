//! Version 1: one line of text.

use crate::{Header, Malformed, Start};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

pub(crate) const SIGNATURE: &[u8] = b"PROXY ";
/// Longest line, with its CRLF.
pub(crate) const LONGEST: usize = 107;

pub(crate) fn read(bytes: &[u8]) -> Result<Start, Malformed> {
    let Some(newline) = bytes.iter().take(LONGEST).position(|&byte| byte == b'\n') else {
        return if bytes.len() < LONGEST { Ok(Start::Partial) } else { Err(Malformed("the line is too long")) };
    };
    let line = bytes[SIGNATURE.len()..newline].strip_suffix(b"\r").ok_or(Malformed("the line ends with a bare LF"))?;
    let line = std::str::from_utf8(line).map_err(|_| Malformed("the line is not ASCII"))?;
    Ok(Start::Header(Header { length: newline + 1, client: client(line)? }))
}

fn client(line: &str) -> Result<Option<SocketAddr>, Malformed> {
    // What follows UNKNOWN must be ignored.
    if line == "UNKNOWN" || line.starts_with("UNKNOWN ") {
        return Ok(None);
    }
    let words: Vec<&str> = line.split(' ').collect();
    let &[family, source, destination, port, other_port] = &words[..] else {
        return Err(Malformed("not a family, two addresses and two ports"));
    };
    let (source, _) = match family {
        "TCP4" => (address::<Ipv4Addr>(source)?, address::<Ipv4Addr>(destination)?),
        "TCP6" => (address::<Ipv6Addr>(source)?, address::<Ipv6Addr>(destination)?),
        _ => return Err(Malformed("an unknown family")),
    };
    let (port, _) = (number(port)?, number(other_port)?);
    Ok(Some(SocketAddr::new(source, port)))
}

fn address<A: FromStr + Into<IpAddr>>(text: &str) -> Result<IpAddr, Malformed> {
    text.parse::<A>().map(Into::into).map_err(|_| Malformed("an address that is none of its family"))
}

fn number(text: &str) -> Result<u16, Malformed> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain).ok_or(Malformed("a port that is none"))
}
