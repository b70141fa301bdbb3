//! Who may come in.

use crate::BuildError;
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, SocketAddr};

/// The ranges of addresses a client may come from (Traefik `whiteList`).
#[derive(Debug)]
pub struct IpAllowList {
    ranges: Box<[IpNet]>,
    forwarded_for: ForwardedFor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ForwardedFor {
    Ignored,
    /// compat(1.7): any element may let the client in, whoever wrote it.
    Any,
    /// Only the last element counts, which the trusted peer wrote.
    LastIfTrusted,
}

impl IpAllowList {
    /// Builds from addresses and CIDR ranges.
    ///
    /// # Errors
    /// Names the range that is none.
    pub fn build(ranges: &[String], use_x_forwarded_for: bool, strict: bool) -> Result<Self, BuildError> {
        let forwarded_for = match (use_x_forwarded_for, strict) {
            (false, _) => ForwardedFor::Ignored,
            (true, false) => ForwardedFor::Any,
            (true, true) => ForwardedFor::LastIfTrusted,
        };
        if ranges.is_empty() {
            return Err(fault("", "there is no range"));
        }
        let ranges: Result<_, _> = ranges.iter().map(|text| range(text)).collect();
        Ok(Self { ranges: ranges?, forwarded_for })
    }

    /// Whether the X-Forwarded-For fields as they came from the client are looked at.
    #[must_use]
    pub fn reads_forwarded_for(&self) -> bool {
        self.forwarded_for != ForwardedFor::Ignored
    }

    /// Whether a client is let in: `peer` is the connection's address, `forwarded_for` the values of its X-Forwarded-For
    /// fields, `trusted` whether the entry point believes this peer's X-Forwarded-*. False: answer 403.
    pub fn allows<'a>(&self, peer: IpAddr, forwarded_for: impl Iterator<Item = &'a [u8]>, trusted: bool) -> bool {
        let mut elements = forwarded_for.flat_map(|value| value.split(|&byte| byte == b',')).map(address);
        match self.forwarded_for {
            ForwardedFor::Any => {
                // compat(1.7): from left to right; what is no address ends the search.
                match elements.find(|element| element.is_none_or(|element| self.contains(element))) {
                    Some(found) => found.is_some(),
                    None => self.contains(peer),
                }
            }
            ForwardedFor::LastIfTrusted if trusted => match elements.last() {
                Some(last) => last.is_some_and(|last| self.contains(last)),
                None => self.contains(peer),
            },
            ForwardedFor::Ignored | ForwardedFor::LastIfTrusted => self.contains(peer),
        }
    }

    fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.ranges.iter().any(|range| range.contains(&address))
    }
}

/// An element of X-Forwarded-For: an address, perhaps with a port.
fn address(element: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(element).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

fn range(text: &str) -> Result<IpNet, BuildError> {
    let bare = text.trim();
    let net = bare.parse::<IpNet>().ok().or_else(|| bare.parse::<IpAddr>().ok().map(IpNet::from));
    net.map(unmapped).ok_or_else(|| fault(text, "is neither an address nor a range such as 10.0.0.0/8"))
}

/// Clients of an IPv6 socket that speak IPv4 are compared as IPv4: so must be a range of `::ffff:…`.
fn unmapped(net: IpNet) -> IpNet {
    let IpNet::V6(v6) = net else { return net };
    let mapped = v6.prefix_len().checked_sub(96).zip(v6.addr().to_ipv4_mapped());
    mapped.and_then(|(length, address)| Ipv4Net::new(address, length).ok()).map_or(net, IpNet::V4)
}

fn fault(value: &str, message: &str) -> BuildError {
    BuildError { key: "ip_allow_list", value: value.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn list(ranges: &[&str], use_x_forwarded_for: bool, strict: bool) -> IpAllowList {
        let ranges: Vec<_> = ranges.iter().map(|&range| range.to_owned()).collect();
        IpAllowList::build(&ranges, use_x_forwarded_for, strict).unwrap()
    }

    fn allows(list: &IpAllowList, peer: &str, forwarded_for: &[&str]) -> bool {
        list.allows(peer.parse().unwrap(), forwarded_for.iter().map(|value| value.as_bytes()), false)
    }

    #[test]
    fn vectors_of_traefik_1_7() {
        for (use_xff, peer, xff, allowed) in [
            (true, "10.2.3.1", &["1.2.3.1", "10.2.3.1"][..], true),
            (true, "10.2.3.1", &["10.2.3.1", "1.2.3.1"], true),
            (true, "10.2.3.1", &["1.2.3.1,10.2.3.1"], true),
            (true, "10.2.3.1", &["10.2.3.1, 1.2.3.1"], true),
            (true, "1.2.3.1", &["10.2.3.1"], true),
            (true, "10.2.3.1", &["10.2.3.1"], false),
            (true, "10.2.3.1", &[], false),
            (true, "1.2.3.1", &["nonsense"], false),
            (true, "1.2.3.1", &["1.2.3.9, nonsense"], true),
            (true, "1.2.3.1", &["nonsense, 1.2.3.9"], false),
            (true, "1.2.3.1", &[""], false),
            (false, "10.2.3.1", &["1.2.3.1"], false),
            (false, "1.2.3.1", &["anything"], true),
        ] {
            let list = list(&["1.2.3.4/24"], use_xff, false);
            assert_eq!(allows(&list, peer, xff), allowed, "{use_xff} {peer} {xff:?}");
        }
    }

    #[test]
    fn mapped_addresses_are_ipv4() {
        let v4 = list(&["10.0.0.0/8", "192.0.2.7"], false, false);
        assert!(allows(&v4, "::ffff:10.1.2.3", &[]) && allows(&v4, "192.0.2.7", &[]));
        assert!(!allows(&v4, "::10.1.2.3", &[]) && !allows(&v4, "192.0.2.8", &[]));
        let mapped = list(&["::ffff:10.0.0.0/104"], false, false);
        assert!(allows(&mapped, "10.9.9.9", &[]) && !allows(&mapped, "11.9.9.9", &[]));
        let v6 = list(&["1234:abcd::42/32"], true, false);
        assert!(allows(&v6, "1234:abcd::1", &[]) && allows(&v6, "::1", &["[1234:abcd::2]:443"]));
    }

    #[test]
    fn strict_believes_only_a_trusted_peer_and_only_its_word() {
        let list = list(&["1.2.3.0/24"], true, true);
        let ask = |peer: &str, xff: &str, trusted: bool| {
            list.allows(peer.parse().unwrap(), [xff.as_bytes()].into_iter(), trusted)
        };
        assert!(!ask("10.0.0.1", "1.2.3.1", false), "anyone can write this header");
        assert!(ask("10.0.0.1", "6.6.6.6, 1.2.3.1", true));
        assert!(!ask("10.0.0.1", "1.2.3.1, 6.6.6.6", true), "the client wrote the first element");
        assert!(!ask("1.2.3.1", "6.6.6.6", true), "the trusted peer speaks for another");
        assert!(ask("1.2.3.1", "6.6.6.6", false));
    }

    #[test]
    fn what_is_no_range_is_named() {
        for bad in ["", "10.0.0.0/33", "10.0.0", "example.com", "10.0.0.0/8/8"] {
            let error = IpAllowList::build(&["10.0.0.1".to_owned(), bad.to_owned()], false, false).unwrap_err();
            assert_eq!((error.key, error.value.as_str()), ("ip_allow_list", bad));
        }
        assert!(IpAllowList::build(&[], false, false).is_err());
    }
}
