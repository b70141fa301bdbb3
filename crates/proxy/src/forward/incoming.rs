//! A request as routing and forwarding see it, whichever protocol it came by.

use pointsman_http1::{Head, Name, Request};
use std::net::{IpAddr, SocketAddr};

/// Who is at the other end of a client connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Address; IPv4 as such even on an IPv6 socket.
    pub ip: IpAddr,
    /// Port.
    pub port: u16,
    /// The connection is encrypted.
    pub tls: bool,
    /// The entry point believes its X-Forwarded-*.
    pub trusted: bool,
    /// The fields that introduce it when no earlier proxy has introduced anybody, made once: X-Forwarded-For, X-Real-Ip
    /// and X-Forwarded-Proto.
    pub introduction: String,
    /// Length of the address as text, which stands in `introduction`.
    length: usize,
}

const FORWARDED_FOR: &str = "X-Forwarded-For: ";
/// Room for the fields with IPv4 addresses; others make it grow.
const LONGEST: usize = 96;

impl Peer {
    /// Not trusted yet.
    pub fn new(address: SocketAddr, tls: bool) -> Self {
        let ip = address.ip().to_canonical();
        let mut text = String::with_capacity(LONGEST);
        text.push_str(FORWARDED_FOR);
        push_address(&mut text, ip);
        let end = text.len();
        text.push_str("\r\nX-Real-Ip: ");
        text.extend_from_within(FORWARDED_FOR.len()..end);
        text.push_str(if tls { "\r\nX-Forwarded-Proto: https\r\n" } else { "\r\nX-Forwarded-Proto: http\r\n" });
        let length = end - FORWARDED_FOR.len();
        Self { ip, port: address.port(), tls, trusted: false, introduction: text, length }
    }

    /// Its address as text.
    pub fn text(&self) -> &str {
        &self.introduction[FORWARDED_FOR.len()..FORWARDED_FOR.len() + self.length]
    }
}

/// Each connection pays for it: a fifth of what the formatter of the standard library costs.
fn push_address(text: &mut String, ip: IpAddr) {
    let IpAddr::V4(ip) = ip else {
        text.push_str(&ip.to_string());
        return;
    };
    for (index, octet) in ip.octets().into_iter().enumerate() {
        if index > 0 {
            text.push('.');
        }
        if octet >= 100 {
            text.push(char::from(b'0' + octet / 100));
        }
        if octet >= 10 {
            text.push(char::from(b'0' + octet / 10 % 10));
        }
        text.push(char::from(b'0' + octet % 10));
    }
}

/// A request head with what is known of its sender.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming<'a> {
    /// Fields.
    pub head: &'a Head,
    /// What the head's places refer to.
    pub bytes: &'a [u8],
    /// The head, understood.
    pub request: &'a Request,
    /// Sender.
    pub peer: &'a Peer,
    /// Index in sorted name order.
    pub entry_point: usize,
    /// Its X-Forwarded-For claims a trusted proxy (looked at only if the peer is not trusted itself).
    pub claims_trust: bool,
}

impl<'a> Incoming<'a> {
    /// Whether its X-Forwarded-* are believed.
    pub fn is_trusted(self) -> bool {
        self.peer.trusted || self.claims_trust
    }

    /// The values of a field.
    pub fn values(self, id: Name) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.head.values(self.bytes, id)
    }

    /// The first value of a field that is named in lower case.
    pub fn first_value(self, lower_name: &str) -> Option<&'a [u8]> {
        let mut fields = self.head.fields.iter();
        let found = fields.find(|field| field.name.of(self.bytes).eq_ignore_ascii_case(lower_name.as_bytes()));
        found.map(|field| field.value.of(self.bytes))
    }

    /// Method as received.
    pub fn method(self) -> &'a [u8] {
        self.request.method_text.of(self.bytes)
    }

    /// Raw path.
    pub fn path(self) -> &'a [u8] {
        let path = self.request.path.of(self.bytes);
        if path.is_empty() { b"/" } else { path }
    }

    /// Raw query.
    pub fn query(self) -> Option<&'a [u8]> {
        self.request.query.map(|query| query.of(self.bytes))
    }

    /// Host or authority.
    pub fn host(self) -> &'a [u8] {
        self.request.host.of(self.bytes)
    }
}

impl pointsman_router::Headers for Incoming<'_> {
    fn any(&self, lower_name: &str, f: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        let mut fields = self.head.fields.iter();
        fields.any(|field| {
            field.name.of(self.bytes).eq_ignore_ascii_case(lower_name.as_bytes()) && f(field.value.of(self.bytes))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_introduced_by_their_address() {
        for text in
            ["0.9.10.99", "100.109.200.255", "127.0.0.1", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"]
        {
            let peer = Peer::new(SocketAddr::new(text.parse().expect("an address"), 80), text.contains(':'));
            let proto = if peer.tls { "https" } else { "http" };
            let fields = format!("X-Forwarded-For: {text}\r\nX-Real-Ip: {text}\r\nX-Forwarded-Proto: {proto}\r\n");
            assert_eq!((peer.text(), &*peer.introduction), (text, &*fields));
        }
        let mapped = Peer::new("[::ffff:10.1.2.3]:80".parse().expect("an address"), false);
        assert_eq!(mapped.text(), "10.1.2.3");
    }
}
