//! The type of a body whose upstream did not say it (the MIME Sniffing Standard, as Go's server applies it).
//! compat(1.7): a response never goes out without Content-Type when its body begins before its head is written.

use pointsman_http1::{ChunkDecoder, Chunked, Head, Name, Response, ResponseBody};

const HTML: &[&[u8]] = &[
    b"<!DOCTYPE HTML",
    b"<HTML",
    b"<HEAD",
    b"<SCRIPT",
    b"<IFRAME",
    b"<H1",
    b"<DIV",
    b"<FONT",
    b"<TABLE",
    b"<A",
    b"<STYLE",
    b"<TITLE",
    b"<B",
    b"<BODY",
    b"<BR",
    b"<P",
    b"<!--",
];

/// First bytes and what they mean, in order of precedence.
const EXACT: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"%!PS-Adobe-", "application/postscript"),
    (b"\xfe\xff", "text/plain; charset=utf-16be"),
    (b"\xff\xfe", "text/plain; charset=utf-16le"),
    (b"\xef\xbb\xbf", "text/plain; charset=utf-8"),
    (b"\0\0\x01\0", "image/x-icon"),
    (b"\0\0\x02\0", "image/x-icon"),
    (b"BM", "image/bmp"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b".snd", "audio/basic"),
    (b"ID3", "audio/mpeg"),
    (b"OggS\0", "application/ogg"),
    (b"MThd\0\0\0\x06", "audio/midi"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"\0\x01\0\0", "font/ttf"),
    (b"OTTO", "font/otf"),
    (b"ttcf", "font/collection"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"\x1f\x8b\x08", "application/x-gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"Rar!\x1a\x07\0", "application/x-rar-compressed"),
    (b"Rar!\x1a\x07\x01\0", "application/x-rar-compressed"),
    (b"\0asm", "application/wasm"),
];

/// The same where four bytes of length stand between the two parts.
const CONTAINERS: &[(&[u8], &[u8], &str)] = &[
    (b"RIFF", b"WEBPVP", "image/webp"),
    (b"FORM", b"AIFF", "audio/aiff"),
    (b"RIFF", b"AVI ", "video/avi"),
    (b"RIFF", b"WAVE", "audio/wave"),
];

/// Whether the head leaves the type of a body to be guessed.
pub(crate) fn is_wanted(head: &Head, bytes: &[u8], response: &Response) -> bool {
    !matches!(response.body, ResponseBody::None | ResponseBody::Length(0))
        && head.fields.iter().all(|field| {
            field.id != Name::ContentType
                && (field.value.is_empty() || !field.name.of(bytes).eq_ignore_ascii_case(b"content-encoding"))
        })
}

/// What of a body has arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arrived {
    /// So many bytes, without framing.
    pub bytes: u64,
    /// Nothing more comes: its end is there, or it is malformed.
    pub whole: bool,
}

impl Arrived {
    /// Whether `bytes` or the end of the body are there.
    pub fn reaches(self, bytes: u64) -> bool {
        self.whole || self.bytes >= bytes
    }
}

/// What of a body has arrived in `bytes`, which follow the head.
pub(crate) fn arrived(response: &Response, bytes: &[u8]) -> Arrived {
    let mut arrived = Arrived::default();
    each_part(response, bytes, &mut arrived, |_| true);
    arrived
}

/// The first bytes of it.
fn beginning<'b>(response: &Response, bytes: &'b [u8]) -> &'b [u8] {
    let mut first: &[u8] = &[];
    each_part(response, bytes, &mut Arrived::default(), |part| {
        first = part;
        false
    });
    first
}

/// Hands on what is there of a body, part by part, until `f` has enough.
fn each_part<'b>(response: &Response, bytes: &'b [u8], arrived: &mut Arrived, mut f: impl FnMut(&'b [u8]) -> bool) {
    if response.body != ResponseBody::Chunked {
        arrived.bytes = bytes.len() as u64;
        arrived.whole = matches!(response.body, ResponseBody::Length(length) if arrived.bytes >= length);
        f(bytes);
        return;
    }
    let (mut decoder, mut rest) = (ChunkDecoder::new(), bytes);
    loop {
        match decoder.decode(rest) {
            Ok(Chunked::Starved) => return,
            Ok(Chunked::Skip(count)) => rest = &rest[count..],
            Ok(Chunked::Data(count)) => {
                arrived.bytes += count as u64;
                if !f(&rest[..count]) {
                    return;
                }
                rest = &rest[count..];
            }
            Ok(Chunked::End(_)) | Err(_) => return arrived.whole = true,
        }
    }
}

/// The type that a body seems to have by what has arrived of it; `None`: nothing has.
pub(crate) fn content_type_of(response: &Response, bytes: &[u8]) -> Option<&'static str> {
    content_type(beginning(response, bytes))
}

/// The type that a body with these first bytes seems to have; `None` for no bytes.
fn content_type(body: &[u8]) -> Option<&'static str> {
    let body = &body[..body.len().min(512)];
    let text = body.iter().position(|byte| !b"\t\n\x0c\r ".contains(byte)).map_or(&[][..], |at| &body[at..]);
    let guessed = if body.is_empty() {
        return None;
    } else if HTML.iter().any(|tag| is_tag(text, tag)) {
        "text/html; charset=utf-8"
    } else if text.starts_with(b"<?xml") {
        "text/xml; charset=utf-8"
    } else if let Some((_, found)) = EXACT.iter().find(|(start, _)| body.starts_with(start)) {
        found
    } else if let Some((_, _, found)) = CONTAINERS.iter().find(|row| is_container(body, row)) {
        found
    } else if is_mp4(body) {
        "video/mp4"
    } else if body.get(34..36) == Some(b"LP") && body[..34].iter().all(|&byte| byte == 0) {
        "application/vnd.ms-fontobject"
    } else if text.iter().any(|byte| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31)) {
        "application/octet-stream"
    } else {
        "text/plain; charset=utf-8"
    };
    Some(guessed)
}

fn is_tag(text: &[u8], tag: &[u8]) -> bool {
    text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
        && matches!(text.get(tag.len()), Some(b' ' | b'>'))
}

fn is_container(body: &[u8], (first, second, _): &(&[u8], &[u8], &str)) -> bool {
    body.starts_with(first) && body.get(8..).is_some_and(|rest| rest.starts_with(second))
}

fn is_mp4(body: &[u8]) -> bool {
    let Some((length, rest)) = body.split_first_chunk::<4>() else { return false };
    let length = u32::from_be_bytes(*length) as usize;
    let brands = (8..length).step_by(4).filter(|&at| at != 12);
    length.is_multiple_of(4)
        && body.len() >= length.max(12)
        && rest.starts_with(b"ftyp")
        && brands.into_iter().any(|at| body[at..].starts_with(b"mp4"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_known_by_their_first_bytes() {
        for (body, expected) in [
            (&b""[..], None),
            (b"hello\n", Some("text/plain; charset=utf-8")),
            (b"   \n", Some("text/plain; charset=utf-8")),
            (b"{\"a\": 1}", Some("text/plain; charset=utf-8")),
            (b"\n <html><body>", Some("text/html; charset=utf-8")),
            (b"<!doctype html>", Some("text/html; charset=utf-8")),
            (b"<htmlx", Some("text/plain; charset=utf-8")),
            (b"<html", Some("text/plain; charset=utf-8")),
            (b" <?xml version", Some("text/xml; charset=utf-8")),
            (b"\x89PNG\r\n\x1a\nxx", Some("image/png")),
            (b"RIFF1234WEBPVP8", Some("image/webp")),
            (b"RIFF1234WAVEx", Some("audio/wave")),
            (b"\x1f\x8b\x08x", Some("application/x-gzip")),
            (b"\0\0\0\x14ftypisom\0\0\0\0mp42", Some("video/mp4")),
            (b"\0\0\0\x10ftypmp42\0\0\0\0", Some("video/mp4")),
            (b"\0\0\0\x14ftypisom", Some("application/octet-stream")),
            (b"ab\x01", Some("application/octet-stream")),
            (b"caf\xc3\xa9\x1b", Some("text/plain; charset=utf-8")),
        ] {
            assert_eq!(content_type(body), expected, "{}", body.escape_ascii());
        }
    }

    #[test]
    fn what_has_arrived_of_a_body() {
        let chunked = Response { body: ResponseBody::Chunked, ..Response::default() };
        for (bytes, count, whole, first) in [
            (&b"5"[..], 0, false, &b""[..]),
            (b"5\r\n", 0, false, b""),
            (b"5\r\nhel", 3, false, b"hel"),
            (b"5\r\nhello\r\n1\r\n!\r\n", 6, false, b"hello"),
            (b"5\r\nhello\r\n0\r\n\r\n", 5, true, b"hello"),
            (b"0\r\n\r\n", 0, true, b""),
            (b"nonsense", 0, true, b""),
        ] {
            assert_eq!(arrived(&chunked, bytes), Arrived { bytes: count, whole }, "{}", bytes.escape_ascii());
            assert_eq!(beginning(&chunked, bytes), first);
        }
        let length = Response { body: ResponseBody::Length(3), ..Response::default() };
        assert_eq!(arrived(&length, b"ab"), Arrived { bytes: 2, whole: false });
        assert!(arrived(&length, b"abc").reaches(9));
    }
}
