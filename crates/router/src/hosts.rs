//! The two ways in which Traefik 1.7 reads a request's host.

use std::borrow::Cow;

/// The host of one request, lower-cased.
#[derive(Debug)]
pub(crate) struct HostView<'a> {
    name: Cow<'a, [u8]>,
    text: Option<Cow<'a, [u8]>>,
}

impl<'a> HostView<'a> {
    pub(crate) fn new(host: &'a [u8]) -> Self {
        // Most hosts are as they should be, and this loop is a few instructions.
        if !host.iter().fold(false, |odd, &byte| odd | matches!(byte, b'A'..=b'Z' | b':' | b'[')) {
            return Self { name: Cow::Borrowed(host), text: None };
        }
        let (name, text) = (without_port(host), before_colon(host));
        let text = (text.len() != name.len()).then(|| lower(text));
        Self { name: lower(name), text }
    }

    /// For `Host`: without port, IPv6 addresses without brackets.
    pub(crate) fn name(&self) -> &[u8] {
        &self.name
    }

    /// For `HostRegexp`: the text before the first `:` (compat(1.7): no IPv6 address can be matched so).
    pub(crate) fn text(&self) -> &[u8] {
        self.text.as_deref().unwrap_or(&self.name)
    }

    /// The suffix, from its first dot, whose wildcard covers this host (empty for a host without a dot); `None` if the
    /// label before it is none of `[A-Za-z0-9-_]+`.
    pub(crate) fn wildcard(&self) -> Option<&[u8]> {
        let text = self.text();
        let dot = memchr::memchr(b'.', text).unwrap_or(text.len());
        let (label, suffix) = text.split_at(dot);
        let plain = label.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (plain && !label.is_empty()).then_some(suffix)
    }
}

/// The name a `Host` matcher is compared by.
pub(crate) fn canonical(host: &str) -> Box<str> {
    let name = without_port(host.as_bytes());
    String::from_utf8_lossy(name).to_ascii_lowercase().into()
}

fn lower(host: &[u8]) -> Cow<'_, [u8]> {
    if host.iter().any(u8::is_ascii_uppercase) { Cow::Owned(host.to_ascii_lowercase()) } else { Cow::Borrowed(host) }
}

fn before_colon(host: &[u8]) -> &[u8] {
    memchr::memchr(b':', host).map_or(host, |colon| &host[..colon])
}

/// What is neither `name`, `name:port`, `[v6]` nor `[v6]:port` stays as it is.
fn without_port(host: &[u8]) -> &[u8] {
    if let Some(open) = host.strip_prefix(b"[") {
        return match memchr::memchr(b']', open) {
            Some(end) if matches!(open.get(end + 1), None | Some(b':')) => &open[..end],
            _ => host,
        };
    }
    let name = before_colon(host);
    let port = host.get(name.len() + 1..).unwrap_or_default();
    if memchr::memchr(b':', port).is_some() { host } else { name }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_brackets_go_and_the_rest_stays() {
        for (host, name, text) in [
            ("host:", "host", "host"),
            ("127.0.0.1:123", "127.0.0.1", "127.0.0.1"),
            ("Foo.Bar", "foo.bar", "foo.bar"),
            ("FOO.bar:8080", "foo.bar", "foo.bar"),
            ("[::1]:80", "::1", "["),
            ("[2001:DB8::1]", "2001:db8::1", "[2001"),
            ("::1", "::1", ""),
            ("[::1]x", "[::1]x", "["),
            ("a:b:c", "a:b:c", "a"),
            ("", "", ""),
            ("foo.bar.", "foo.bar.", "foo.bar."),
        ] {
            let view = HostView::new(host.as_bytes());
            assert_eq!((view.name(), view.text()), (name.as_bytes(), text.as_bytes()), "{host}");
            assert_eq!(canonical(host).as_bytes(), name.as_bytes(), "{host}");
        }
    }

    #[test]
    fn a_wildcard_covers_one_plain_label() {
        for (host, suffix) in [
            ("a.example.com:80", Some(".example.com")),
            ("a_b-1.example.com", Some(".example.com")),
            (".example.com", None),
            ("a!b.example.com", None),
            ("localhost", Some("")),
            ("", None),
            ("é.example.com", None),
        ] {
            assert_eq!(HostView::new(host.as_bytes()).wildcard(), suffix.map(str::as_bytes), "{host}");
        }
    }
}
