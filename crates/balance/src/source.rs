//! Whom a limit counts.

use std::net::IpAddr;

/// What of a request tells its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `client.ip`: the peer's address.
    ClientIp,
    /// `request.host`: Host as received, with its port.
    Host,
    /// `request.header.NAME`: a field's first value; without the field, the empty one.
    Header(Box<str>),
}

impl Source {
    /// As the plan writes it; `None`: there is no such source.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "client.ip" => Some(Self::ClientIp),
            "request.host" => Some(Self::Host),
            _ => {
                let name = text.strip_prefix("request.header.").filter(|name| !name.is_empty())?;
                Some(Self::Header(name.to_ascii_lowercase().into()))
            }
        }
    }
}

/// An address as the bytes that are counted by. compat(1.7): what stands before the first `:` of the peer's address, so all
/// of IPv6 is one source unless `strict`.
#[must_use]
pub fn address_bytes(ip: IpAddr, strict: bool, space: &mut [u8; 16]) -> &[u8] {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            space[..4].copy_from_slice(&v4.octets());
            &space[..4]
        }
        IpAddr::V6(v6) if strict => {
            *space = v6.octets();
            space
        }
        IpAddr::V6(_) => b"[",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        assert_eq!(Source::parse("client.ip"), Some(Source::ClientIp));
        assert_eq!(Source::parse("request.host"), Some(Source::Host));
        assert_eq!(Source::parse("request.header.X-Key"), Some(Source::Header("x-key".into())));
        for text in ["", "client", "request.header.", "request.header", "Client.IP"] {
            assert_eq!(Source::parse(text), None, "{text}");
        }
    }

    #[test]
    fn version_6_is_one_source_unless_strict() {
        let bytes = |text: &str, strict| address_bytes(text.parse().unwrap(), strict, &mut [0; 16]).to_vec();
        assert_ne!(bytes("10.0.0.1", false), bytes("10.0.0.2", false));
        assert_eq!(bytes("::ffff:10.0.0.1", false), bytes("10.0.0.1", true));
        assert_eq!(bytes("::1", false), bytes("2001:db8::2", false));
        assert_ne!(bytes("::1", true), bytes("::2", true));
    }
}
