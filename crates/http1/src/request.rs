//! Request heads (RFC 9112 sections 3 and 6): what they ask for and how their body is framed.

use crate::chars::TargetKinds;
use crate::connection::Nominated;
use crate::names::Name;
use crate::{Head, Reject, Span, Version, chars, host};
use memchr::memchr;

/// Longest method.
const LONGEST_METHOD: usize = 32;

/// The methods that a proxy treats in some way of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
    Options,
    Put,
    Delete,
    Trace,
    #[default]
    Other,
}

impl Method {
    fn of(text: &[u8]) -> Self {
        match text {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"OPTIONS" => Self::Options,
            b"PUT" => Self::Put,
            b"DELETE" => Self::Delete,
            b"TRACE" => Self::Trace,
            _ => Self::Other,
        }
    }

    /// May be sent again when nobody knows whether it was carried out (RFC 9110 section 9.2.2).
    #[must_use]
    pub fn is_idempotent(self) -> bool {
        self != Self::Other
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// A path on a host.
    #[default]
    Path,
    /// `OPTIONS *`: the server itself.
    Server,
}

/// How the end of a request's body is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestBody {
    /// There is none, and no Content-Length said so.
    #[default]
    None,
    /// This many bytes; 0 was said explicitly.
    Length(u64),
    /// Chunks.
    Chunked,
}

impl RequestBody {
    /// Whether no byte follows the head.
    #[must_use]
    pub fn is_empty(self) -> bool {
        matches!(self, Self::None | Self::Length(0))
    }
}

/// A request head that was understood; places are in the buffer it was parsed from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request {
    /// As received.
    pub method_text: Span,
    /// The same.
    pub method: Method,
    /// Of the client.
    pub version: Version,
    /// What is asked for.
    pub target: Target,
    /// Raw path; `/` for an absolute-form target without one; `*`.
    pub path: Span,
    /// Raw query without `?`; `None` = no `?`.
    pub query: Option<Span>,
    /// Path and query as they are to be forwarded; empty for an absolute-form target without path.
    pub path_and_query: Span,
    /// The target's authority, or the Host field; empty if neither.
    pub host: Span,
    /// Framing.
    pub body: RequestBody,
    /// The client wants to send more requests.
    pub keep_alive: bool,
    /// The client waits for a 100.
    pub expects_continue: bool,
    /// Value of Upgrade, if an upgrade is asked for that we pass on.
    pub upgrade: Option<Span>,
    /// The client takes trailers.
    pub takes_trailers: bool,
    /// Connection options.
    pub connection: Nominated,
}

impl Request {
    /// Understands a complete head.
    ///
    /// # Errors
    /// Everything ambiguous or malformed: see the tests, which carry the names of the cases.
    pub fn parse(head: &Head, buffer: &[u8]) -> Result<Self, Reject> {
        let mut request = Self::default();
        request.read_line(head.start_line, buffer)?;
        let absolute = !request.host.is_empty();
        let facts = Facts::gather(head, buffer, &mut request)?;
        request.frame(&facts)?;
        request.read_host(&facts, buffer, absolute)?;
        request.keep_alive = match request.version {
            Version::Http11 => !request.connection.close,
            Version::Http10 => request.connection.keep_alive && !request.connection.close,
        };
        request.read_expectation(&facts, buffer)?;
        request.read_upgrade(&facts, buffer);
        Ok(request)
    }

    fn read_line(&mut self, line: Span, buffer: &[u8]) -> Result<(), Reject> {
        let text = line.of(buffer);
        let method_end = text.iter().position(|&byte| byte == b' ');
        let method_end = method_end.ok_or(Reject::bad("a request line without target"))?;
        let rest = &text[method_end + 1..];
        let target_end = memchr(b' ', rest).ok_or(Reject::bad("a request line without version"))?;
        let at = line.start();
        self.method_text = Span::new(at, at + method_end);
        let method = &text[..method_end];
        if method_end > LONGEST_METHOD || !chars::is_method(method) {
            return Err(Reject::bad("a malformed method"));
        }
        self.version = version(&rest[target_end + 1..])?;
        if method == b"CONNECT" {
            return Err(Reject::with(501, "CONNECT is not supported"));
        }
        self.method = Method::of(method);
        self.read_target(Span::new(at + method_end + 1, at + method_end + 1 + target_end), buffer)
    }

    fn read_target(&mut self, target: Span, buffer: &[u8]) -> Result<(), Reject> {
        let text = target.of(buffer);
        let Some(kinds) = chars::target_kinds(text) else {
            return Err(Reject::bad("a character in the target that may not be there"));
        };
        match text {
            [b'/', ..] => self.read_path(target, buffer, kinds),
            b"*" if self.method == Method::Options => {
                self.target = Target::Server;
                self.path = target;
                self.path_and_query = target;
                Ok(())
            }
            _ => self.read_absolute(target, buffer, kinds),
        }
    }

    fn read_path(&mut self, target: Span, buffer: &[u8], kinds: TargetKinds) -> Result<(), Reject> {
        let text = target.of(buffer);
        self.path_and_query = target;
        self.path = target;
        if kinds.question
            && let Some(mark) = memchr(b'?', text)
        {
            self.path = Span::new(target.start(), target.start() + mark);
            self.query = Some(Span::new(target.start() + mark + 1, target.end()));
        }
        if !kinds.percent || is_encoded(self.path.of(buffer)) {
            Ok(())
        } else {
            Err(Reject::bad("a malformed percent-encoding in the path"))
        }
    }

    fn read_absolute(&mut self, target: Span, buffer: &[u8], kinds: TargetKinds) -> Result<(), Reject> {
        const MALFORMED: Reject = Reject::bad("a malformed target");
        let text = target.of(buffer);
        let scheme = [&b"http://"[..], b"https://"]
            .into_iter()
            .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
            .ok_or(MALFORMED)?;
        let rest = &text[scheme.len()..];
        let length = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
        let start = target.start() + scheme.len();
        self.host = Span::new(start, start + length);
        if length == 0 || !host::is_host(&rest[..length]) {
            return Err(MALFORMED);
        }
        self.read_path(Span::new(start + length, target.end()), buffer, kinds)
    }

    fn frame(&mut self, facts: &Facts) -> Result<(), Reject> {
        self.body = match (facts.encodings, facts.lengths) {
            (0, 0) => RequestBody::None,
            (0, 1) => RequestBody::Length(facts.length),
            (0, _) => return Err(Reject::bad("several Content-Length fields")),
            (1, 0) if self.version == Version::Http11 => RequestBody::Chunked,
            (1, 0) => return Err(Reject::bad("Transfer-Encoding in HTTP/1.0")),
            (_, 0) => return Err(Reject::bad("several Transfer-Encoding fields")),
            _ => return Err(Reject::bad("both Content-Length and Transfer-Encoding")),
        };
        Ok(())
    }

    fn read_host(&mut self, facts: &Facts, buffer: &[u8], absolute: bool) -> Result<(), Reject> {
        match (facts.hosts, self.version) {
            (0, Version::Http10) => return Ok(()),
            (0, Version::Http11) => return Err(Reject::bad("no Host field").telling("missing required Host header")),
            (1, _) => {}
            _ => return Err(Reject::bad("several Host fields").telling("too many Host headers")),
        }
        if !host::is_host(facts.host.of(buffer)) {
            return Err(Reject::bad("a malformed Host field").telling("malformed Host header"));
        }
        if !absolute {
            self.host = facts.host;
        }
        Ok(())
    }

    fn read_expectation(&mut self, facts: &Facts, buffer: &[u8]) -> Result<(), Reject> {
        if facts.expectations == 0 || self.version == Version::Http10 {
            return Ok(());
        }
        if facts.expectations > 1 || !facts.expectation.of(buffer).eq_ignore_ascii_case(b"100-continue") {
            return Err(Reject::with(417, "an expectation we don't know"));
        }
        self.expects_continue = !self.body.is_empty();
        Ok(())
    }

    /// An upgrade is passed on if it is one, not to h2c, and nothing but a head asks for it.
    fn read_upgrade(&mut self, facts: &Facts, buffer: &[u8]) {
        let wanted = self.connection.upgrade && facts.upgrades == 1 && self.version == Version::Http11;
        let value = facts.upgrade.of(buffer);
        let h2c = value.split(|&byte| byte == b',').any(|token| chars::trim(token).eq_ignore_ascii_case(b"h2c"));
        if wanted && !h2c && !value.is_empty() && self.body.is_empty() {
            self.upgrade = Some(facts.upgrade);
        }
    }
}

/// What one pass over the fields finds.
#[derive(Default)]
struct Facts {
    hosts: u32,
    host: Span,
    lengths: u32,
    length: u64,
    encodings: u32,
    expectations: u32,
    expectation: Span,
    upgrades: u32,
    upgrade: Span,
}

impl Facts {
    fn gather(head: &Head, buffer: &[u8], request: &mut Request) -> Result<Self, Reject> {
        let mut facts = Self::default();
        for field in &head.fields {
            match field.id {
                Name::Other => refuse_lookalike(field.name.of(buffer))?,
                Name::Host => {
                    facts.hosts += 1;
                    facts.host = field.value;
                }
                Name::ContentLength => {
                    facts.lengths += 1;
                    facts.length = content_length(field.value.of(buffer))?;
                }
                Name::TransferEncoding => {
                    facts.encodings += 1;
                    if !field.value.of(buffer).eq_ignore_ascii_case(b"chunked") {
                        return Err(Reject::bad("a Transfer-Encoding other than chunked"));
                    }
                }
                Name::Connection => request.connection.read(field.value.of(buffer)),
                Name::Expect => {
                    facts.expectations += 1;
                    facts.expectation = field.value;
                }
                Name::Upgrade => {
                    facts.upgrades += 1;
                    facts.upgrade = field.value;
                }
                Name::Te => {
                    let mut codings = field.value.of(buffer).split(|&byte| byte == b',');
                    request.takes_trailers |= codings.any(|c| chars::trim(c).eq_ignore_ascii_case(b"trailers"));
                }
                _ => {}
            }
        }
        Ok(facts)
    }
}

/// `Transfer_Encoding` and `Content_Length` frame nothing here, but may elsewhere.
fn refuse_lookalike(name: &[u8]) -> Result<(), Reject> {
    let suspect = matches!((name.len(), name[0] | 0x20), (14, b'c') | (17, b't'));
    if suspect && matches!(Name::of_underscored(name), Name::TransferEncoding | Name::ContentLength) {
        return Err(Reject::bad("a framing field spelt with an underscore"));
    }
    Ok(())
}

/// Digits only (RFC 9110 section 8.6), below 2^63.
pub(crate) fn content_length(value: &[u8]) -> Result<u64, Reject> {
    const MALFORMED: Reject = Reject::bad("a malformed Content-Length");
    if value.is_empty() || value.len() > 19 || !value.iter().all(u8::is_ascii_digit) {
        return Err(MALFORMED);
    }
    let number = value.iter().fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    i64::try_from(number).map(|_| number).map_err(|_| MALFORMED)
}

fn version(text: &[u8]) -> Result<Version, Reject> {
    match text {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            Err(Reject::with(505, "an HTTP version we don't speak"))
        }
        _ => Err(Reject::bad("a malformed HTTP version")),
    }
}

/// Every `%` is followed by two hexadecimal digits. compat(1.7): Go refuses other paths.
fn is_encoded(path: &[u8]) -> bool {
    let mut rest = path;
    while let Some(percent) = memchr(b'%', rest) {
        match rest.get(percent + 1..percent + 3) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => rest = &rest[percent + 3..],
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
