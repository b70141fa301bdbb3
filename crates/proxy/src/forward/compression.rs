//! Whether an answer is packed, and what its head says then. compat(1.7): gzip only, from 1400 bytes on, for any type.

use super::destination::Destination;
use super::guess::Arrived;
use super::incoming::Incoming;
use pointsman_http1::{Head, Name, Response, ResponseBody, write_field};

/// Shorter bodies go out as they are.
pub(crate) const LEAST: u64 = 1_400;

/// What an entry point makes of the answer to a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Coding {
    /// It leaves it alone.
    #[default]
    Alone,
    /// It says that the answer depends on Accept-Encoding.
    Varied,
    /// The same, and it may be packed.
    Gzip,
}

impl Coding {
    /// For a request to an entry point that compresses.
    pub fn of(incoming: Incoming<'_>) -> Self {
        let is_grpc = |value: &[u8]| value.starts_with(b"application/grpc");
        if incoming.values(Name::ContentType).next().is_some_and(is_grpc) {
            return Self::Alone;
        }
        let mut fields = incoming.head.fields.iter();
        let accepted = fields.find(|field| is(field.name.of(incoming.bytes), b"accept-encoding"));
        let accepted = accepted.is_some_and(|field| accepts_gzip(field.value.of(incoming.bytes)));
        if accepted { Self::Gzip } else { Self::Varied }
    }
}

/// Whether a value of Accept-Encoding names gzip with a weight above 0. compat(1.7): `*` does not.
fn accepts_gzip(value: &[u8]) -> bool {
    let mut weight = 0.0;
    for coding in value.split(|&byte| byte == b',') {
        let mut parts = coding.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        if !parts.next().is_some_and(|name| is(name, b"gzip")) {
            continue;
        }
        let weights = parts.filter_map(|part| part.strip_prefix(b"q=").or_else(|| part.strip_prefix(b"Q=")));
        let mut weights = weights.map(|text| std::str::from_utf8(text).ok().and_then(|text| text.parse::<f32>().ok()));
        weight = weights.next_back().unwrap_or(Some(1.0)).unwrap_or(weight);
    }
    weight > 0.0
}

/// Whether a response may be packed, by its head; its body may still prove too short.
pub(crate) fn may_pack(head: &Head, bytes: &[u8], response: &Response, destination: &Destination) -> bool {
    let long = match response.body {
        ResponseBody::None => false,
        ResponseBody::Length(length) => length >= LEAST,
        ResponseBody::Chunked | ResponseBody::UntilClose => true,
    };
    let added = destination.response_edits().flat_map(|edits| edits.additions());
    long && response.status != 206
        && !head.fields.iter().any(|field| forbids(field.name.of(bytes), field.value.of(bytes)))
        && !added.into_iter().any(|(name, value)| forbids(name.as_bytes(), value))
}

/// A part of something, something packed already, or what its origin wants left alone.
fn forbids(name: &[u8], value: &[u8]) -> bool {
    let directives = || value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    is(name, b"content-range")
        || (is(name, b"content-encoding") && !value.is_empty())
        || (is(name, b"cache-control") && directives().any(|directive| is(directive, b"no-transform")))
}

/// Whether a body of unknown length is too short, by what has come of it.
pub(crate) fn is_short(response: &Response, arrived: Arrived, ended: bool) -> bool {
    !matches!(response.body, ResponseBody::Length(_)) && arrived.bytes < LEAST && (arrived.whole || ended)
}

/// Whether the parts of a body are worth sending as they come.
pub(crate) fn is_stream(head: &Head, bytes: &[u8], response: &Response) -> bool {
    let events = |value: &[u8]| value.get(..17).is_some_and(|start| is(start, b"text/event-stream"));
    !matches!(response.body, ResponseBody::Length(_)) || head.values(bytes, Name::ContentType).any(events)
}

/// Writes a field of a response that is packed, if it is still true then: bytes are not those of the origin any more, so
/// its ETag becomes a weak one and ranges cannot be asked for.
pub(crate) fn write_packed_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) -> bool {
    if is(name, b"etag") && value.starts_with(b"\"") {
        write_field(out, name, &[b"W/", value].concat());
        return true;
    }
    is(name, b"accept-ranges") || is(name, b"content-encoding") || is(name, b"content-md5")
}

/// Whether a value of Vary says already that the answer depends on Accept-Encoding.
pub(crate) fn is_varied(name: &[u8], value: &[u8]) -> bool {
    let mut names = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    is(name, b"vary") && names.any(|name| name == b"*" || is(name, b"accept-encoding"))
}

fn is(name: &[u8], expected: &[u8]) -> bool {
    name.eq_ignore_ascii_case(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_accepted_by_name() {
        for yes in ["gzip", "GZIP", "deflate, gzip;q=0.5", "gzip ; q=1", "br;q=1.0, gzip;q=0.001", "gzip;q=x, gzip"] {
            assert!(accepts_gzip(yes.as_bytes()), "{yes}");
        }
        for no in ["", "*", "identity", "gzip;q=0", "gzip;q=0.0", "x-gzip", "gzip;q=x", "gzip;q=1, gzip;q=0", "gzipped"]
        {
            assert!(!accepts_gzip(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn some_answers_are_left_alone() {
        for (name, value) in [
            ("Content-Range", "bytes 0-1/2"),
            ("content-encoding", "br"),
            ("Content-Encoding", "identity"),
            ("Cache-Control", "public, No-Transform"),
        ] {
            assert!(forbids(name.as_bytes(), value.as_bytes()), "{name}");
        }
        assert!(!forbids(b"Content-Encoding", b"") && !forbids(b"Cache-Control", b"no-store"));
    }

    #[test]
    fn fields_stay_true() {
        let written = |name: &[u8], value: &[u8]| {
            let mut out = Vec::new();
            let done = write_packed_field(&mut out, name, value);
            (done, String::from_utf8(out).expect("text"))
        };
        assert_eq!(written(b"ETag", b"\"a\""), (true, "ETag: W/\"a\"\r\n".to_owned()));
        assert_eq!(written(b"ETag", b"W/\"a\""), (false, String::new()));
        assert_eq!(written(b"Accept-Ranges", b"bytes"), (true, String::new()));
        assert_eq!(written(b"X", b"y"), (false, String::new()));
        assert!(is_varied(b"vary", b"Origin, accept-encoding") && !is_varied(b"Vary", b"Origin"));
    }
}
