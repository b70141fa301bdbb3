//! Responses that we make ourselves, byte for byte as Traefik 1.7 makes them, and the Date they carry.

use crate::forward::VARY;
use crate::timers::Timers;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use pointsman_http1::{Reject, Version, reason_phrase, status_line, write_decimal, write_field};
use pointsman_router::{decode_path, encode_path};
use std::cell::{Cell, RefCell};
use std::time::{SystemTime, UNIX_EPOCH};

const TEXT: &str = "text/plain; charset=utf-8";

/// A complete response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Response status.
    pub status: u16,
    /// Content-Type; empty = no such field.
    pub content_type: &'static str,
    /// `X-Content-Type-Options: nosniff`.
    pub nosniff: bool,
    /// Location, if it redirects.
    pub location: Option<Vec<u8>>,
    /// Further field lines, each with its line end; a Date among them stands for ours.
    pub fields: Vec<u8>,
    /// Body, sent unless the request was HEAD.
    pub body: Vec<u8>,
}

/// What of a request shapes the form of an answer to it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form<'a> {
    /// The client's version.
    pub version: Version,
    /// It was HEAD: no body.
    pub to_head: bool,
    /// The connection stays open.
    pub keep_alive: bool,
    /// Field lines that go with whatever the client is answered.
    pub told: &'a [u8],
    /// The entry point compresses: the answer depends on Accept-Encoding.
    pub varies: bool,
}

impl Answer {
    /// The status text as body, without a line end.
    #[must_use]
    pub fn status(status: u16) -> Self {
        let body = reason_phrase(status).as_bytes().to_vec();
        Self { status, content_type: TEXT, nosniff: false, location: None, fields: Vec::new(), body }
    }

    /// The router's own 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self { nosniff: true, body: b"404 page not found\n".to_vec(), ..Self::status(404) }
    }

    /// A refused route: 404 has the router's body.
    #[must_use]
    pub fn refused(status: u16) -> Self {
        if status == 404 { Self::not_found() } else { Self::status(status) }
    }

    /// Writes the answer to a message that was not understood, before the connection closes. compat(1.7): there is
    /// neither Date nor Content-Length in it; to an unknown expectation nothing but the status is said.
    pub fn write_rejection(out: &mut Vec<u8>, reject: Reject) {
        let mut text = format!("{} {}", reject.status, reason_phrase(reject.status));
        if !reject.told.is_empty() {
            text.push_str(": ");
            text.push_str(reject.told);
        }
        let (content_type, body) = if reject.status == 417 {
            ("Content-Length: 0", "")
        } else {
            ("Content-Type: text/plain; charset=utf-8", &*text)
        };
        out.extend_from_slice(
            format!("HTTP/1.1 {text}\r\n{content_type}\r\nConnection: close\r\n\r\n{body}").as_bytes(),
        );
    }

    /// A plain text of our own.
    #[must_use]
    pub fn text(status: u16, body: &str) -> Self {
        Self { body: body.as_bytes().to_vec(), ..Self::status(status) }
    }

    /// The trailing-slash redirection; compat(1.7): the path is encoded anew; then as `redirection`.
    #[must_use]
    pub fn moved(path: &[u8], query: Option<&[u8]>, method: &[u8]) -> Self {
        let mut location = b"/".to_vec();
        // Two slashes at the start would lead to another host.
        let text = decode_path(path);
        encode_path(&text[text.iter().take_while(|&&byte| byte == b'/').count()..], &mut location);
        if let Some(query) = query {
            location.push(b'?');
            for &byte in query {
                match byte {
                    0x80.. => location.extend_from_slice(format!("%{byte:02x}").as_bytes()),
                    _ => location.push(byte),
                }
            }
        }
        Self::redirection(301, location, method)
    }

    /// A redirection as Go's own: a short HTML body for GET, nothing but a type for HEAD. `location` is what a field value
    /// may be.
    #[must_use]
    pub fn redirection(status: u16, location: Vec<u8>, method: &[u8]) -> Self {
        let mut body = Vec::new();
        if method == b"GET" {
            body.extend_from_slice(b"<a href=\"");
            escape_html(&mut body, &location);
            body.extend_from_slice(b"\">");
            body.extend_from_slice(reason_phrase(status).as_bytes());
            body.extend_from_slice(b"</a>.\n\n");
        }
        let content_type = if matches!(method, b"GET" | b"HEAD") { "text/html; charset=utf-8" } else { "" };
        Self { content_type, location: Some(location), body, ..Self::status(status) }
    }

    /// Whether its status is one that no body can follow.
    fn is_bodiless(&self) -> bool {
        self.status < 200 || matches!(self.status, 204 | 304)
    }

    /// Whether its body is encoded already.
    #[must_use]
    pub fn is_encoded(&self) -> bool {
        let mut lines = self.fields.split(|&byte| byte == b'\n');
        lines.any(|line| line.get(..17).is_some_and(|name| name.eq_ignore_ascii_case(b"content-encoding:")))
    }

    /// Writes it.
    pub fn write(&self, out: &mut Vec<u8>, form: Form<'_>, date: &[u8]) {
        status_line(out, form.version, self.status, reason_phrase(self.status).as_bytes());
        if !self.content_type.is_empty() {
            write_field(out, b"Content-Type", self.content_type.as_bytes());
        }
        if let Some(location) = &self.location {
            write_field(out, b"Location", location);
        }
        if self.nosniff {
            out.extend_from_slice(b"X-Content-Type-Options: nosniff\r\n");
        }
        out.extend_from_slice(form.told);
        if form.varies {
            out.extend_from_slice(VARY);
        }
        out.extend_from_slice(&self.fields);
        if !has_date(&self.fields) {
            write_field(out, b"Date", date);
        }
        // compat(1.7): nothing is said about the length of a redirection's missing body in answer to HEAD.
        if !(self.is_bodiless() || form.to_head && self.body.is_empty()) {
            out.extend_from_slice(b"Content-Length: ");
            write_decimal(out, self.body.len() as u64);
            out.extend_from_slice(b"\r\n");
        }
        write_persistence(out, form.version, form.keep_alive);
        out.extend_from_slice(b"\r\n");
        if !form.to_head && !self.is_bodiless() {
            out.extend_from_slice(&self.body);
        }
    }
}

fn has_date(fields: &[u8]) -> bool {
    fields
        .split(|&byte| byte == b'\n')
        .any(|line| line.get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"date:")))
}

/// Says whether the connection stays, where the version's default is the other way.
pub fn write_persistence(out: &mut Vec<u8>, version: Version, keep_alive: bool) {
    match (version, keep_alive) {
        (Version::Http11, false) => out.extend_from_slice(b"Connection: close\r\n"),
        (Version::Http10, true) => out.extend_from_slice(b"Connection: keep-alive\r\n"),
        _ => {}
    }
}

fn escape_html(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            _ => out.push(byte),
        }
    }
}

/// The current Date, formatted once a second at most.
#[derive(Debug)]
pub struct Clock {
    tick: Cell<u64>,
    second: Cell<u64>,
    date: RefCell<[u8; 29]>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { tick: Cell::new(0), second: Cell::new(u64::MAX), date: RefCell::new([0; 29]) }
    }
}

impl Clock {
    /// The value of Date (RFC 9110 section 5.6.7).
    pub fn date(&self, timers: &Timers) -> [u8; 29] {
        if self.tick.replace(timers.now_ms()) != timers.now_ms() {
            let second = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            if self.second.replace(second) != second {
                *self.date.borrow_mut() = format_date(second);
            }
        }
        *self.date.borrow()
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, from seconds since 1970.
fn format_date(second: u64) -> [u8; 29] {
    let at = i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok()).unwrap_or_default();
    let mut text = *b"Thu, 01 Jan 1970 00:00:00 GMT";
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default();
    if date.len() == text.len() {
        text.copy_from_slice(date.as_bytes());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &[u8] = b"Thu, 01 Jan 1970 00:00:00 GMT";

    #[test]
    fn dates() {
        let at = |second| String::from_utf8(format_date(second).to_vec()).expect("ASCII");
        assert_eq!(at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(at(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(at(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(at(4_102_444_799), "Thu, 31 Dec 2099 23:59:59 GMT");
    }

    #[test]
    fn not_found_is_the_routers() {
        let mut out = Vec::new();
        Answer::not_found().write(&mut out, Form { keep_alive: true, ..Form::default() }, DATE);
        let expected = "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n\
            X-Content-Type-Options: nosniff\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 19\r\n\r\n\
            404 page not found\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn rejections_are_told_as_go_tells_them() {
        let told = |reject| {
            let mut out = Vec::new();
            Answer::write_rejection(&mut out, reject);
            String::from_utf8(out).expect("ASCII")
        };
        let head = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";
        assert_eq!(told(Reject::bad("x")), format!("HTTP/1.1 400 Bad Request{head}400 Bad Request"));
        let text = "400 Bad Request: missing required Host header";
        assert_eq!(
            told(Reject::bad("x").telling("missing required Host header")),
            format!("HTTP/1.1 {text}{head}{text}")
        );
        let expectation = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        assert_eq!(told(Reject::with(417, "x")), expectation);
    }

    #[test]
    fn redirections_have_a_body_for_get_only() {
        let get = Answer::moved(b"/p%2f%20\xe9", Some(b"a=\"&<\xe9"), b"GET");
        assert_eq!(get.location.as_deref(), Some(&b"/p/%20%E9?a=\"&<%e9"[..]));
        assert_eq!(get.body, b"<a href=\"/p/%20%E9?a=&#34;&amp;&lt;%e9\">Moved Permanently</a>.\n\n");
        let home = Answer::moved(b"//evil.example", None, b"GET");
        assert_eq!(home.location.as_deref(), Some(&b"/evil.example"[..]));
        assert_eq!(Answer::moved(b"/p", None, b"HEAD").content_type, "text/html; charset=utf-8");
        assert!(Answer::moved(b"/p", None, b"POST").body.is_empty());
        assert_eq!(Answer::moved(b"/p", None, b"POST").content_type, "");
    }
}
