//! What an Authorization field says (RFC 7617, RFC 7616).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// Parameters put up with in a Digest field.
const PARAMETERS: usize = 32;

/// A name and a password.
#[derive(PartialEq, Eq)]
pub struct Basic {
    text: Vec<u8>,
    colon: usize,
}

impl Basic {
    /// Reads a field value. compat(1.7): the scheme is written exactly so.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let text = STANDARD.decode(value.strip_prefix(b"Basic ")?).ok()?;
        let colon = text.iter().position(|&byte| byte == b':')?;
        Some(Self { text, colon })
    }

    /// Before the first colon.
    #[must_use]
    pub fn user(&self) -> &[u8] {
        &self.text[..self.colon]
    }

    /// Behind it.
    #[must_use]
    pub fn password(&self) -> &[u8] {
        &self.text[self.colon + 1..]
    }
}

impl std::fmt::Debug for Basic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Basic")
    }
}

/// An answer to a challenge.
#[derive(Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Digest<'v> {
    pub username: Cow<'v, [u8]>,
    pub realm: Cow<'v, [u8]>,
    pub nonce: Cow<'v, [u8]>,
    pub uri: Cow<'v, [u8]>,
    pub response: Cow<'v, [u8]>,
    pub algorithm: Option<Cow<'v, [u8]>>,
    pub cnonce: Cow<'v, [u8]>,
    pub opaque: Cow<'v, [u8]>,
    pub qop: Cow<'v, [u8]>,
    pub nc: Cow<'v, [u8]>,
}

impl<'v> Digest<'v> {
    /// Reads a field value. `None`: it is malformed, or says something twice.
    #[must_use]
    pub fn parse(value: &'v [u8]) -> Option<Self> {
        let mut rest = value.strip_prefix(b"Digest ")?;
        let (mut digest, mut seen) = (Self::default(), Vec::with_capacity(10));
        loop {
            rest = trim_start(rest);
            if rest.is_empty() {
                return Some(digest);
            }
            let (name, value, after) = parameter(rest)?;
            if seen.len() == PARAMETERS || seen.iter().any(|known: &&[u8]| known.eq_ignore_ascii_case(name)) {
                return None;
            }
            seen.push(name);
            digest.set(name, value)?;
            rest = match trim_start(after) {
                [] => return Some(digest),
                [b',', after @ ..] => after,
                _ => return None,
            };
        }
    }

    fn set(&mut self, name: &[u8], value: Cow<'v, [u8]>) -> Option<()> {
        match name.to_ascii_lowercase().as_slice() {
            b"username" => self.username = value,
            b"realm" => self.realm = value,
            b"nonce" => self.nonce = value,
            b"uri" => self.uri = value,
            b"response" => self.response = value,
            b"algorithm" => self.algorithm = Some(value),
            b"cnonce" => self.cnonce = value,
            b"opaque" => self.opaque = value,
            b"qop" => self.qop = value,
            b"nc" => self.nc = value,
            // A name in another form than the one we compare.
            b"username*" | b"userhash" => return None,
            _ => {}
        }
        Some(())
    }
}

type Parameter<'v> = (&'v [u8], Cow<'v, [u8]>, &'v [u8]);

/// Name and value of `name=token` or `name="quoted"`, and what follows it.
fn parameter(text: &[u8]) -> Option<Parameter<'_>> {
    let equals = text.iter().position(|&byte| !is_token(byte)).filter(|&at| at > 0)?;
    let (name, rest) = text.split_at(equals);
    let rest = trim_start(trim_start(rest).strip_prefix(b"=")?);
    if let Some(quoted) = rest.strip_prefix(b"\"") {
        let (value, after) = unquote(quoted)?;
        return Some((name, value, after));
    }
    let end = rest.iter().position(|&byte| !is_token(byte)).unwrap_or(rest.len());
    (end > 0).then(|| (name, Cow::Borrowed(&rest[..end]), &rest[end..]))
}

/// The content of a quoted string (RFC 9110 section 5.6.4) whose first quote is gone, and what follows the last.
fn unquote(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let end = text.iter().position(|&byte| byte == b'"' || byte == b'\\')?;
    if text[end] == b'"' {
        return Some((Cow::Borrowed(&text[..end]), &text[end + 1..]));
    }
    let (mut value, mut at) = (text[..end].to_vec(), end);
    loop {
        match text.get(at)? {
            b'"' => return Some((Cow::Owned(value), &text[at + 1..])),
            b'\\' => {
                value.push(*text.get(at + 1)?);
                at += 2;
            }
            &byte => {
                value.push(byte);
                at += 1;
            }
        }
    }
}

fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The only element; `None` if there is none or more.
pub(crate) fn only<'v>(mut values: impl Iterator<Item = &'v [u8]>) -> Option<&'v [u8]> {
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn basic(text: &[u8]) -> Vec<u8> {
        [b"Basic ".as_slice(), STANDARD.encode(text).as_bytes()].concat()
    }

    #[test]
    fn a_name_ends_at_the_first_colon() {
        let read = Basic::parse(&basic(b"Aladdin:open: sesame")).unwrap();
        assert_eq!((read.user(), read.password()), (&b"Aladdin"[..], &b"open: sesame"[..]));
        let read = Basic::parse(&basic(b":")).unwrap();
        assert_eq!((read.user(), read.password()), (&b""[..], &b""[..]));
        for value in ["", "Basic", "Basic ", "basic YTpi", "Basic  YTpi", "Basic YTpi=", "Basic YWI=", "Bearer YTpi"] {
            assert_eq!(Basic::parse(value.as_bytes()), None, "{value}");
        }
        assert!(Basic::parse(b"Basic YTpi").is_some());
    }

    #[test]
    fn parameters_may_be_quoted_and_escaped() {
        let read = Digest::parse(br#"Digest username="M\"u\\f", realm = "a b",nc=00000001 ,, qop=auth, x="?""#);
        assert_eq!(read, None, "an empty element");
        let read = Digest::parse(br#"Digest username="M\"u\\f", realm = "a b",nc=00000001 , QOP=auth, x="?,="#);
        assert_eq!(read, None, "an open quote");
        let read = Digest::parse(br#"Digest username="M\"u\\f", realm = "a b",nc=00000001 , QOP=auth, x="?,=", "#);
        let read = read.unwrap();
        assert_eq!((&*read.username, &*read.realm), (&b"M\"u\\f"[..], &b"a b"[..]));
        assert_eq!((&*read.nc, &*read.qop, &read.algorithm), (&b"00000001"[..], &b"auth"[..], &None));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for value in [
            r#"Digest nc=1, nc=2"#,
            r#"Digest nc=1, NC=1"#,
            r#"Digest username="a", username*=UTF-8''b"#,
            r#"Digest nc=1 qop=auth"#,
            r#"Digest nc="1"2"#,
            r#"Digest =1"#,
            r#"Digest nc="#,
            r#"Digest nc"#,
            r#"digest nc=1"#,
        ] {
            assert_eq!(Digest::parse(value.as_bytes()), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Basic::parse(&bytes);
            let _ = Digest::parse(&bytes);
            let _ = Digest::parse(&[b"Digest ".as_slice(), &bytes].concat());
            let read = Basic::parse(&basic(&bytes));
            prop_assert_eq!(read.is_some(), bytes.contains(&b':'));
        }

        #[test]
        fn quoting_is_undone(value in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut field = b"Digest nc=\"".to_vec();
            for &byte in &value {
                if matches!(byte, b'"' | b'\\') {
                    field.push(b'\\');
                }
                field.push(byte);
            }
            field.extend_from_slice(b"\" , qop=auth");
            let read = Digest::parse(&field).unwrap();
            prop_assert_eq!((&*read.nc, &*read.qop), (&*value, &b"auth"[..]));
        }
    }
}
