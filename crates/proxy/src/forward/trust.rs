//! Whose X-Forwarded-* and PROXY protocol headers are believed.

use ipnet::IpNet;
use pointsman_plan::{ForwardedHeaders, ProxyProtocol};
use std::net::IpAddr;

/// One entry point's rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    everyone: bool,
    ranges: Box<[IpNet]>,
    /// compat(1.7): an address that the client itself wrote into X-Forwarded-For suffices.
    by_claim: bool,
}

impl Trust {
    /// From the settings; `strict`: only the peer's own address counts, and "anyone" is nobody.
    #[must_use]
    pub fn new(config: &ForwardedHeaders, strict: bool) -> Self {
        let ranges = config.trusted_ips.iter().filter_map(|text| range(text)).collect();
        Self { everyone: config.insecure && !strict, ranges, by_claim: !strict }
    }

    /// Whose PROXY protocol headers are believed; "anyone" was asked for, so it stays anyone even when strict.
    #[must_use]
    pub fn of_introducers(config: &ProxyProtocol) -> Self {
        let ranges = config.trusted_ips.iter().filter_map(|text| range(text)).collect();
        Self { everyone: config.insecure, ranges, by_claim: false }
    }

    /// Whether a connection from this address is believed whatever it sends.
    #[must_use]
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.everyone || self.contains(peer)
    }

    /// Whether a request of an untrusted peer is believed because of the addresses it claims to have passed.
    pub fn trusts_claims<'a>(&self, forwarded_for: impl Iterator<Item = &'a [u8]>) -> bool {
        if !self.by_claim || self.ranges.is_empty() {
            return false;
        }
        for value in forwarded_for {
            for element in value.split(|&byte| byte == b',') {
                let address = std::str::from_utf8(element).ok().and_then(|text| text.trim().parse().ok());
                match address {
                    Some(address) if self.contains(address) => return true,
                    Some(_) => {}
                    None => return false,
                }
            }
        }
        false
    }

    fn contains(&self, ip: IpAddr) -> bool {
        self.ranges.iter().any(|range| range.contains(&ip))
    }
}

fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(strict: bool) -> Trust {
        let trusted_ips = vec!["10.0.0.0/8".to_owned(), "192.0.2.1".to_owned()];
        Trust::new(&ForwardedHeaders { insecure: false, trusted_ips }, strict)
    }

    #[test]
    fn addresses_in_ranges_are_trusted() {
        assert!(ranges(true).trusts([10, 2, 3, 4].into()));
        assert!(ranges(true).trusts([192, 0, 2, 1].into()));
        assert!(!ranges(true).trusts([192, 0, 2, 2].into()));
    }

    #[test]
    fn claims_count_as_in_1_7_unless_strict() {
        let claims = |trust: &Trust, value: &'static str| trust.trusts_claims([value.as_bytes()].into_iter());
        assert!(claims(&ranges(false), "1.2.3.4, 10.0.0.1"));
        assert!(!claims(&ranges(false), "1.2.3.4"));
        assert!(!claims(&ranges(false), "unknown, 10.0.0.1"));
        assert!(!claims(&ranges(true), "10.0.0.1"));
    }

    #[test]
    fn anyone_is_nobody_when_strict() {
        assert!(Trust::new(&ForwardedHeaders::anyone(), false).trusts([1, 2, 3, 4].into()));
        assert!(!Trust::new(&ForwardedHeaders::anyone(), true).trusts([1, 2, 3, 4].into()));
    }
}
