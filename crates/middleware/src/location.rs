//! URLs of Location fields, as Go's net/url reads and writes them.

use pointsman_router::{decode_path, encode_path};

/// A URL in pieces: `[scheme:][//authority]path[?query][#fragment]`.
#[derive(Debug, PartialEq, Eq)]
pub struct Url<'u> {
    scheme: &'u [u8],
    authority: Option<&'u [u8]>,
    path: &'u [u8],
    query: Option<&'u [u8]>,
    fragment: Option<&'u [u8]>,
}

impl<'u> Url<'u> {
    /// Reads a URL, absolute or relative. `None`: it is none.
    #[must_use]
    pub fn parse(text: &'u [u8]) -> Option<Self> {
        if text.iter().any(u8::is_ascii_control) {
            return None;
        }
        let (rest, fragment) = cut(text, b'#');
        let (scheme, rest) = scheme(rest)?;
        let (rest, query) = cut(rest, b'?');
        let (authority, path) = match rest.strip_prefix(b"//") {
            // Three slashes without a scheme begin a path.
            Some(after) if !(scheme.is_empty() && after.starts_with(b"/")) => {
                let end = after.iter().position(|&byte| byte == b'/').unwrap_or(after.len());
                (Some(&after[..end]), &after[end..])
            }
            _ => (None, rest),
        };
        let first = path.split(|&byte| byte == b'/').next().unwrap_or_default();
        let opaque = !scheme.is_empty() && authority.is_none() && !path.starts_with(b"/");
        let ambiguous = scheme.is_empty() && authority.is_none() && first.contains(&b':');
        let sound = authority.is_none_or(is_authority)
            && (opaque || are_escapes(path))
            && fragment.is_none_or(are_escapes)
            && !ambiguous;
        sound.then_some(Self { scheme, authority, path, query, fragment })
    }

    /// Whether it names a scheme.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        !self.scheme.is_empty()
    }

    /// Writes it, with `path` (decoded) instead of its own if there is one.
    #[must_use]
    pub fn write(&self, path: Option<&[u8]>) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        if !self.scheme.is_empty() {
            out.extend(self.scheme.iter().map(u8::to_ascii_lowercase));
            out.push(b':');
        }
        if let Some(authority) = self.authority {
            out.extend_from_slice(b"//");
            out.extend_from_slice(authority);
        }
        match path {
            Some(path) => {
                if self.authority.is_some() && !path.starts_with(b"/") {
                    out.push(b'/');
                }
                encode_path(path, &mut out);
            }
            None if self.path.iter().all(|&byte| is_path_byte(byte)) => out.extend_from_slice(self.path),
            None => encode_path(&decode_path(self.path), &mut out),
        }
        if let Some(query) = self.query {
            out.push(b'?');
            out.extend_from_slice(query);
        }
        if let Some(fragment) = self.fragment.filter(|fragment| !fragment.is_empty()) {
            out.push(b'#');
            write_fragment(fragment, &mut out);
        }
        out
    }

    /// Writes `reference` as it is meant in a document of this URL (RFC 3986 section 5.2).
    #[must_use]
    pub fn resolve(&self, reference: &Url<'_>) -> Vec<u8> {
        if reference.is_absolute() {
            return reference.write(None);
        }
        if reference.authority.is_some() {
            return Url { scheme: self.scheme, ..*reference }.write(None);
        }
        let mut path = Vec::new();
        let mut query = reference.query;
        if reference.path.is_empty() {
            path.extend_from_slice(self.path);
            query = query.or(self.query);
        } else {
            if !reference.path.starts_with(b"/") {
                let end = self.path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
                path.extend_from_slice(&self.path[..end]);
            }
            path.extend_from_slice(reference.path);
        }
        let path = without_dots(&path);
        let Self { scheme, authority, .. } = *self;
        Url { scheme, authority, path: &path, query, fragment: reference.fragment }.write(None)
    }
}

/// The part before the first `mark`, and the part behind it.
fn cut(text: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == mark) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// A scheme, perhaps empty, and what follows its colon. `None`: a colon without a scheme.
fn scheme(text: &[u8]) -> Option<(&[u8], &[u8])> {
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return None,
            b':' => return Some((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Some((&[], text))
}

/// `[user@]host[:port]`.
fn is_authority(text: &[u8]) -> bool {
    let (user, host) = match text.iter().rposition(|&byte| byte == b'@') {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (&[][..], text),
    };
    let is_user = |&byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%@".contains(&byte);
    let is_host =
        |&byte: &u8| byte.is_ascii_alphanumeric() || byte >= 0x80 || b"-._~!$&'()*+,;=:[]<>\"".contains(&byte);
    let port = match host.strip_prefix(b"[") {
        Some(literal) => match literal.iter().rposition(|&byte| byte == b']') {
            Some(end) => &literal[end + 1..],
            None => return false,
        },
        None => host.iter().position(|&byte| byte == b':').map_or(&[][..], |colon| &host[colon..]),
    };
    let is_port = matches!(port, [] | [b':', ..]) && port.iter().skip(1).all(u8::is_ascii_digit);
    user.iter().all(is_user) && are_escapes(user) && host.iter().all(is_host) && is_port
}

/// Every `%` is followed by two hexadecimal digits.
fn are_escapes(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(percent) = rest.iter().position(|&byte| byte == b'%') {
        match rest.get(percent + 1..percent + 3) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => rest = &rest[percent + 3..],
            _ => return false,
        }
    }
    true
}

/// Passes in a path that is written as it came.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@[]%/".contains(&byte)
}

fn write_fragment(fragment: &[u8], out: &mut Vec<u8>) {
    for &byte in fragment {
        if is_path_byte(byte) || byte == b'?' {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

/// RFC 3986 section 5.2.4, for a path that becomes absolute.
fn without_dots(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let rooted = path.strip_prefix(b"/").unwrap_or(path);
    for segment in rooted.split(|&byte| byte == b'/') {
        match segment {
            b"." => {}
            b".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let mut out: Vec<u8> = kept.iter().flat_map(|segment| [b"/", *segment].concat()).collect();
    let dotted = path.ends_with(b"/.") || path.ends_with(b"/..");
    if out.is_empty() || (dotted && !out.ends_with(b"/")) {
        out.push(b'/');
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &str) -> Option<String> {
        Url::parse(text.as_bytes()).map(|url| String::from_utf8(url.write(None)).unwrap())
    }

    #[test]
    fn urls_are_written_as_go_writes_them() {
        for (text, expected) in [
            ("https://foo:443/x?y", "https://foo:443/x?y"),
            ("HTTPS://Foo/", "https://Foo/"),
            ("https://[::1]:443", "https://[::1]:443"),
            ("https://foo//evil.example", "https://foo//evil.example"),
            ("/a%2Fb/(c)", "/a%2Fb/(c)"),
            ("/a\"b", "/a%22b"),
            ("/é", "/%C3%A9"),
            ("//foo/x", "//foo/x"),
            ("///foo", "///foo"),
            ("x/y", "x/y"),
            ("http://u:p@h/", "http://u:p@h/"),
            ("http://h?a=\"é#f g", "http://h?a=\"é#f%20g"),
            ("http://h/?", "http://h/?"),
            ("mailto:x", "mailto:x"),
        ] {
            assert_eq!(written(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["http://a b/", "http://h:x/", "http://h/%zz", "://x", "a:b\n", "x:y/\r", "1:2", "http://[::1"] {
            assert_eq!(written(text), None, "{text}");
        }
        for text in ["https://http:443:///x", "https://h:443%41/", "https://h:4%20/"] {
            assert_eq!(written(text), None, "{text}");
        }
    }

    #[test]
    fn another_path_takes_the_place_of_its_own() {
        let url = Url::parse(b"https://h:1/us?q").unwrap();
        assert_eq!(url.write(Some(b"/stat/us x")), b"https://h:1/stat/us%20x?q");
    }

    #[test]
    fn references_are_resolved() {
        let base = Url::parse(b"http://a:1/b/c/d?q").unwrap();
        for (reference, expected) in [
            ("http://x/y", "http://x/y"),
            ("//x/y", "http://x/y"),
            ("/y?z", "http://a:1/y?z"),
            ("y", "http://a:1/b/c/y"),
            ("../y", "http://a:1/b/y"),
            ("../../../y", "http://a:1/y"),
            ("./", "http://a:1/b/c/"),
            ("..", "http://a:1/b/"),
            ("?z", "http://a:1/b/c/d?z"),
            ("#f", "http://a:1/b/c/d?q#f"),
            ("", "http://a:1/b/c/d?q"),
        ] {
            let resolved = base.resolve(&Url::parse(reference.as_bytes()).unwrap());
            assert_eq!(String::from_utf8(resolved).unwrap(), expected, "{reference}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_a_field_value(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            for text in [bytes.clone(), [b"http://h/", bytes.as_slice()].concat()] {
                if let Some(url) = Url::parse(&text) {
                    let written = url.write(None);
                    prop_assert!(!written.iter().any(u8::is_ascii_control));
                    let base = Url::parse(b"http://a/b").unwrap();
                    prop_assert!(!base.resolve(&url).iter().any(u8::is_ascii_control));
                }
            }
        }
    }
}
