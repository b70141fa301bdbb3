//! Hosts as Host fields and authorities carry them.

use crate::chars;

/// Longest host with port.
const LONGEST: usize = 255 + 6;

/// Whether this is `host[:port]` (RFC 3986: a name, an IPv4 address or an IPv6 address in brackets; no user). Empty is.
#[must_use]
pub fn is_host(text: &[u8]) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let (name, port) = split(text);
    let name_is_valid = match name {
        [b'[', inner @ .., b']'] => {
            inner.contains(&b':') && inner.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        }
        _ => chars::is_reg_name(name),
    };
    name_is_valid && port.is_none_or(|port| port.len() <= 5 && port.iter().all(u8::is_ascii_digit))
}

/// The port of `host:port`, if there is one.
#[must_use]
pub fn port(text: &[u8]) -> Option<&[u8]> {
    split(text).1.filter(|port| !port.is_empty())
}

fn split(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let from = match text {
        [b'[', ..] => text.iter().position(|&byte| byte == b']').unwrap_or(0),
        _ => 0,
    };
    match text[from..].iter().position(|&byte| byte == b':') {
        Some(colon) => (&text[..from + colon], Some(&text[from + colon + 1..])),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h1_26_hosts_that_are_none_are_refused() {
        for bad in
            ["a, b", "a b", "a@b", "a/x", "a,b", "[::1", "::1", "a:b", "a:123456", "[a]", "a:80:80", "a\\b", "[]"]
        {
            assert!(!is_host(bad.as_bytes()), "{bad}");
        }
        assert!(!is_host(&[b'a'; 300]));
        for good in ["", "a", "A.Example.", "a:80", "1.2.3.4:1", "[::1]", "[::1]:80", "a_b", "a:", "[::ffff:1.2.3.4]"] {
            assert!(is_host(good.as_bytes()), "{good}");
        }
    }

    #[test]
    fn ports() {
        assert_eq!(port(b"a:80"), Some(&b"80"[..]));
        assert_eq!(port(b"[::1]:80"), Some(&b"80"[..]));
        assert_eq!(port(b"[::1]"), None);
        assert_eq!(port(b"a:"), None);
        assert_eq!(port(b""), None);
    }
}
