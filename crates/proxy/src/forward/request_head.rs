//! The head that an upstream receives.

use super::destination::Destination;
use super::incoming::{Incoming, Peer};
use crate::telemetry::Trace;
use pointsman_http1::{Field, Name, Request, RequestBody, port, write_decimal, write_field, write_head_field};
use pointsman_middleware::Edits;

/// What shapes every head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity<'a> {
    /// X-Forwarded-Server.
    pub hostname: &'a str,
    /// `--security=strict`.
    pub strict: bool,
    /// The request's place in a trace, if requests are traced.
    pub trace: Option<&'a Trace>,
}

/// Writes the head for a server whose Host is `server_host` (used unless the client's is passed).
pub(crate) fn write_request_head(
    out: &mut Vec<u8>,
    incoming: Incoming<'_>,
    destination: &Destination,
    server_host: Option<&str>,
    identity: Identity<'_>,
) {
    let (path, added) = destination.rewritten();
    write_request_line(out, incoming, path);
    let host = match server_host {
        Some(host) => host.as_bytes(),
        None => incoming.host(),
    };
    write_field(out, b"Host", host);
    let mut head = HeadWriter { out, incoming, trusted: incoming.is_trusted(), seen: Seen::default() };
    let edited = destination.request_edits().any(|edits| !edits.is_empty());
    for field in &incoming.head.fields {
        if edited && destination.request_edits().any(|edits| edits.drops(field.name.of(incoming.bytes))) {
            continue;
        }
        head.copy(field, identity);
    }
    if edited {
        head.add_edits(destination.request_edits());
    }
    head.out.extend_from_slice(added);
    head.finish(identity);
    write_framing(out, &incoming);
}

/// Writes the head of a GET for an error page, `target` and `host` in place of the client's, with the client's fields but
/// those that are about the content it asked for.
pub(crate) fn write_page_head(
    out: &mut Vec<u8>,
    incoming: Incoming<'_>,
    (target, host): (&[u8], &[u8]),
    (identity, hides_credentials): (Identity<'_>, bool),
) {
    let request = &Request { upgrade: None, takes_trailers: false, body: RequestBody::None, ..*incoming.request };
    let incoming = Incoming { request, ..incoming };
    out.extend_from_slice(b"GET ");
    out.extend_from_slice(target);
    out.extend_from_slice(b" HTTP/1.1\r\n");
    write_field(out, b"Host", host);
    let mut head = HeadWriter { out, incoming, trusted: incoming.is_trusted(), seen: Seen::default() };
    for field in &incoming.head.fields {
        let name = field.name.of(incoming.bytes);
        let conditional = name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"if-"));
        let content = conditional || name.eq_ignore_ascii_case(b"range") || field.id == Name::Expect;
        let hidden = hides_credentials && field.id == Name::Authorization;
        if !(content || hidden) {
            head.copy(field, identity);
        }
    }
    head.finish(identity);
    out.extend_from_slice(b"\r\n");
}

fn write_request_line(out: &mut Vec<u8>, incoming: Incoming<'_>, path: Option<(&[u8], bool)>) {
    out.extend_from_slice(incoming.method());
    out.push(b' ');
    let as_received = incoming.request.path_and_query.of(incoming.bytes);
    match path {
        None if as_received.first() == Some(&b'/') && as_received.last() != Some(&b'?') => {
            out.extend_from_slice(as_received)
        }
        _ => {
            let (path, keeps_query) = path.unwrap_or((incoming.path(), true));
            out.extend_from_slice(path);
            // compat(1.7): a `?` with nothing behind it is not passed on.
            if let Some(query) = incoming.query().filter(|query| keeps_query && !query.is_empty()) {
                out.push(b'?');
                out.extend_from_slice(query);
            }
        }
    }
    out.extend_from_slice(b" HTTP/1.1\r\n");
}

/// Which of the fields we'd write are there already.
#[derive(Debug, Default)]
struct Seen {
    forwarded_for: Vec<u8>,
    real_ip: bool,
    proto: Option<Proto>,
    host: bool,
    port: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proto {
    Https,
    Wss,
    Other,
}

impl Proto {
    fn of(value: &[u8]) -> Self {
        match value {
            b"https" => Self::Https,
            b"wss" => Self::Wss,
            _ => Self::Other,
        }
    }
}

struct HeadWriter<'o, 'i> {
    out: &'o mut Vec<u8>,
    incoming: Incoming<'i>,
    trusted: bool,
    seen: Seen,
}

impl HeadWriter<'_, '_> {
    fn is_websocket(&self) -> bool {
        let upgrade = self.incoming.request.upgrade.map(|value| value.of(self.incoming.bytes));
        upgrade.is_some_and(|value| value.eq_ignore_ascii_case(b"websocket"))
    }

    fn copy(&mut self, field: &Field, identity: Identity<'_>) {
        let (bytes, request) = (self.incoming.bytes, self.incoming.request);
        if request.connection.others
            && request.connection.removes(self.incoming.head, bytes, field.name.of(bytes), field.id)
        {
            return;
        }
        if identity.trace.is_some_and(|trace| trace.replaces(field.name.of(bytes))) {
            return;
        }
        match field.id {
            Name::Other => {
                if !(identity.strict && is_lookalike(field.name.of(bytes))) {
                    write_head_field(self.out, bytes, field);
                }
            }
            Name::Host | Name::ContentLength => {}
            Name::Expect if request.expects_continue => write_head_field(self.out, bytes, field),
            Name::Expect => {}
            Name::Trailer if request.body == RequestBody::Chunked => write_head_field(self.out, bytes, field),
            id if id.is_hop_by_hop() => {}
            id if id.is_forwarded() => {
                if self.trusted && self.keep_forwarded(id, field.value.of(bytes)) {
                    write_head_field(self.out, bytes, field);
                }
            }
            _ => write_head_field(self.out, bytes, field),
        }
    }

    /// Takes note of a field that tells of an earlier proxy; whether it is passed on as it is. compat(1.7): an empty one
    /// counts as absent.
    fn keep_forwarded(&mut self, id: Name, value: &[u8]) -> bool {
        match id {
            Name::XForwardedFor => {
                let list = &mut self.seen.forwarded_for;
                if !list.is_empty() {
                    list.extend_from_slice(b", ");
                }
                list.extend_from_slice(value);
                false
            }
            Name::XForwardedServer => false,
            _ if value.is_empty() => false,
            Name::XRealIp => {
                self.seen.real_ip = true;
                true
            }
            Name::XForwardedProto => {
                self.seen.proto.get_or_insert(Proto::of(value));
                !self.is_websocket()
            }
            Name::XForwardedHost => {
                self.seen.host = true;
                true
            }
            Name::XForwardedPort => {
                self.seen.port = true;
                true
            }
            _ => true,
        }
    }

    fn add_edits<'e>(&mut self, edits: impl Iterator<Item = &'e Edits> + Clone) {
        for (index, edit) in edits.clone().enumerate() {
            for (name, value) in edit.additions() {
                let name = name.as_bytes();
                let id = Name::of(name);
                let overridden = edits.clone().skip(index + 1).any(|later| later.drops(name));
                let ours = id.is_hop_by_hop() || matches!(id, Name::Host | Name::ContentLength | Name::Expect);
                if overridden || ours || (id.is_forwarded() && !self.keep_forwarded(id, value)) {
                    continue;
                }
                write_field(self.out, name, value);
            }
        }
    }

    fn finish(self, identity: Identity<'_>) {
        let websocket = self.is_websocket();
        let Self { out, incoming, seen, .. } = self;
        let (peer, request) = (incoming.peer, incoming.request);
        if seen.is_nothing() && !websocket {
            out.extend_from_slice(peer.introduction.as_bytes());
        } else {
            write_introduction(out, peer, &seen, websocket);
        }
        if !seen.port {
            let proto = seen.proto.unwrap_or(if peer.tls { Proto::Https } else { Proto::Other });
            let secure = peer.tls || proto == Proto::Https || (proto == Proto::Wss && !websocket);
            let default: &[u8] = if secure { b"443" } else { b"80" };
            write_field(out, b"X-Forwarded-Port", port(incoming.host()).unwrap_or(default));
        }
        if !seen.host && !incoming.host().is_empty() {
            write_field(out, b"X-Forwarded-Host", incoming.host());
        }
        write_field(out, b"X-Forwarded-Server", identity.hostname.as_bytes());
        if let Some(trace) = identity.trace {
            out.extend_from_slice(trace.fields());
        }
        if request.takes_trailers {
            out.extend_from_slice(b"Te: trailers\r\n");
        }
        if let Some(upgrade) = request.upgrade {
            out.extend_from_slice(b"Connection: Upgrade\r\n");
            write_field(out, b"Upgrade", upgrade.of(incoming.bytes));
        }
    }
}

impl Seen {
    fn is_nothing(&self) -> bool {
        self.forwarded_for.is_empty() && !self.real_ip && self.proto.is_none()
    }
}

/// X-Forwarded-For, X-Real-Ip and X-Forwarded-Proto behind what earlier proxies said. compat(1.7): for WebSocket the
/// latter is `wss` if it was `https`, else `ws`.
fn write_introduction(out: &mut Vec<u8>, peer: &Peer, seen: &Seen, websocket: bool) {
    let client = peer.text().as_bytes();
    out.extend_from_slice(b"X-Forwarded-For: ");
    if !seen.forwarded_for.is_empty() {
        out.extend_from_slice(&seen.forwarded_for);
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(client);
    out.extend_from_slice(b"\r\n");
    if !seen.real_ip {
        write_field(out, b"X-Real-Ip", client);
    }
    let secure = seen.proto.map_or(peer.tls, |proto| proto == Proto::Https);
    let proto: &[u8] = match (websocket, secure, seen.proto) {
        (true, true, _) => b"wss",
        (true, false, _) => b"ws",
        (false, _, Some(_)) => return,
        (false, true, None) => b"https",
        (false, false, None) => b"http",
    };
    write_field(out, b"X-Forwarded-Proto", proto);
}

fn write_framing(out: &mut Vec<u8>, incoming: &Incoming<'_>) {
    let length = match incoming.request.body {
        RequestBody::Chunked => {
            out.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
            return;
        }
        RequestBody::Length(length) if length > 0 => Some(length),
        // A method that means to send something says how much (RFC 9110 section 8.6), others don't (compat(1.7)).
        RequestBody::None | RequestBody::Length(_) => {
            matches!(incoming.method(), b"POST" | b"PUT" | b"PATCH").then_some(0)
        }
    };
    if let Some(length) = length {
        out.extend_from_slice(b"Content-Length: ");
        write_decimal(out, length);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// `X_Forwarded_For` and the like: a CGI-like upstream would take it for ours.
pub(super) fn is_lookalike(name: &[u8]) -> bool {
    let id = Name::of_underscored(name);
    id.is_forwarded() || matches!(id, Name::XForwardedPrefix | Name::XReplacedPath)
}
