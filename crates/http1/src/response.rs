//! Response heads (RFC 9112 sections 4 and 6), as an upstream sends them.

use crate::connection::Nominated;
use crate::names::Name;
use crate::request::content_length;
use crate::{Head, Reject, Span, Version};

/// How the end of a response's body is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseBody {
    /// None can follow: HEAD, 1xx, 204, 304.
    #[default]
    None,
    /// This many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
    /// All until the connection is closed.
    UntilClose,
}

/// A response head that was understood; places are in the buffer it was parsed from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Response {
    /// 100 to 999.
    pub status: u16,
    /// As received; may be empty.
    pub reason: Span,
    /// Of the upstream.
    pub version: Version,
    /// Framing.
    pub body: ResponseBody,
    /// Content-Length as stated, also where no body follows (HEAD, 304).
    pub length: Option<u64>,
    /// The connection may carry another request after this response.
    pub keep_alive: bool,
    /// Value of Upgrade in a 101.
    pub upgrade: Option<Span>,
    /// Connection options.
    pub connection: Nominated,
}

impl Response {
    /// Understands a complete head; `to_head` = it answers a HEAD request.
    ///
    /// # Errors
    /// Everything ambiguous or malformed: answer 502 and close.
    pub fn parse(head: &Head, buffer: &[u8], to_head: bool) -> Result<Self, Reject> {
        let mut response = Self::default();
        response.read_line(head.start_line, buffer)?;
        let (mut encodings, mut lengths) = (0, 0);
        for field in &head.fields {
            match field.id {
                Name::ContentLength => {
                    lengths += 1;
                    response.length = Some(content_length(field.value.of(buffer))?);
                }
                Name::TransferEncoding => {
                    encodings += 1;
                    if !field.value.of(buffer).eq_ignore_ascii_case(b"chunked") {
                        return Err(Reject::bad("a Transfer-Encoding other than chunked"));
                    }
                }
                Name::Connection => response.connection.read(field.value.of(buffer)),
                Name::Upgrade => response.upgrade = Some(field.value),
                _ => {}
            }
        }
        if encodings > 1 || lengths > 1 || (encodings == 1 && (lengths == 1 || response.version == Version::Http10)) {
            return Err(Reject::bad("ambiguous framing"));
        }
        response.frame(encodings == 1, to_head);
        Ok(response)
    }

    fn read_line(&mut self, line: Span, buffer: &[u8]) -> Result<(), Reject> {
        let text = line.of(buffer);
        self.version = match text.get(..9) {
            Some(b"HTTP/1.1 ") => Version::Http11,
            Some(b"HTTP/1.0 ") => Version::Http10,
            _ => return Err(Reject::bad("a malformed status line")),
        };
        let digits = text.get(9..12).filter(|digits| digits.iter().all(u8::is_ascii_digit));
        let digits = digits.ok_or(Reject::bad("a malformed status"))?;
        self.status = digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
        if self.status < 100 || !matches!(text.get(12), None | Some(b' ')) {
            return Err(Reject::bad("a malformed status"));
        }
        self.reason = Span::new((line.start() + 13).min(line.end()), line.end());
        if !crate::chars::is_value(self.reason.of(buffer)) {
            return Err(Reject::bad("a control character in the reason phrase"));
        }
        Ok(())
    }

    fn frame(&mut self, chunked: bool, to_head: bool) {
        let bodiless = self.status < 200 || matches!(self.status, 204 | 304);
        self.body = match self.length {
            _ if to_head || bodiless => ResponseBody::None,
            _ if chunked => ResponseBody::Chunked,
            Some(length) => ResponseBody::Length(length),
            None => ResponseBody::UntilClose,
        };
        let stays = match self.version {
            Version::Http11 => !self.connection.close,
            Version::Http10 => self.connection.keep_alive && !self.connection.close,
        };
        // An upstream that frames a body where none may be may send one as well.
        let suspect = bodiless && (chunked || self.length.is_some_and(|length| length > 0));
        self.keep_alive = stays && !suspect && self.body != ResponseBody::UntilClose;
        if bodiless && self.status != 304 {
            self.length = None;
        }
    }
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
