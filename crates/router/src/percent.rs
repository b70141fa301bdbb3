//! Percent-encoding, as Go's net/url reads and writes it.

use std::borrow::Cow;
use std::fmt::Write;

/// A raw path decoded once. What is no escape (`%zz`) stays as it is: heads with such paths are refused before routing.
#[must_use]
pub fn decode_path(raw: &[u8]) -> Cow<'_, [u8]> {
    match memchr::memchr(b'%', raw) {
        None => Cow::Borrowed(raw),
        Some(first) => Cow::Owned(decode(raw, first, false).0),
    }
}

/// A key or value of a query, `+` meaning a space; `None` if an escape is broken.
pub(crate) fn decode_query(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    match memchr::memchr2(b'%', b'+', raw) {
        None => Some(Cow::Borrowed(raw)),
        Some(first) => {
            let (text, sound) = decode(raw, first, true);
            sound.then_some(Cow::Owned(text))
        }
    }
}

fn decode(raw: &[u8], first: usize, plus: bool) -> (Vec<u8>, bool) {
    let mut text = Vec::with_capacity(raw.len());
    text.extend_from_slice(&raw[..first]);
    let (mut at, mut sound) = (first, true);
    while let Some(&byte) = raw.get(at) {
        let escaped = if byte == b'%' { hex(raw, at + 1).zip(hex(raw, at + 2)) } else { None };
        sound &= byte != b'%' || escaped.is_some();
        text.push(match escaped {
            Some((high, low)) => high << 4 | low,
            None if plus && byte == b'+' => b' ',
            None => byte,
        });
        at += if escaped.is_some() { 3 } else { 1 };
    }
    (text, sound)
}

fn hex(raw: &[u8], at: usize) -> Option<u8> {
    char::from(*raw.get(at)?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Appends a decoded path in Go's default encoding: `/` and `$&+,:;=@` and unreserved characters stay, all else is
/// escaped.
pub fn encode_path(text: &[u8], out: &mut Vec<u8>) {
    let mut escape = String::with_capacity(3);
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-_.~/$&+,:;=@".contains(&byte) {
            out.push(byte);
        } else {
            escape.clear();
            let _ = write!(escape, "%{byte:02X}");
            out.extend_from_slice(escape.as_bytes());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once_and_broken_escapes_stay() {
        for (raw, text) in [
            ("/plain", "/plain"),
            ("/a%2Fb", "/a/b"),
            ("/a%2fb%20c", "/a/b c"),
            ("/%252e", "/%2e"),
            ("/%zz%2", "/%zz%2"),
            ("/a+b", "/a+b"),
            ("/%", "/%"),
        ] {
            assert_eq!(&*decode_path(raw.as_bytes()), text.as_bytes(), "{raw}");
        }
    }

    #[test]
    fn query_texts_know_plus_and_refuse_broken_escapes() {
        assert_eq!(decode_query(b"a+b%2B").as_deref(), Some(&b"a b+"[..]));
        assert_eq!(decode_query(b"a%2"), None);
        assert_eq!(decode_query(b"plain").as_deref(), Some(&b"plain"[..]));
    }

    #[test]
    fn encoding_is_gos() {
        let mut out = Vec::new();
        encode_path("/a b/%/é?#[]!*'()\"$&+,:;=@-_.~".as_bytes(), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "/a%20b/%25/%C3%A9%3F%23%5B%5D%21%2A%27%28%29%22$&+,:;=@-_.~");
    }
}
