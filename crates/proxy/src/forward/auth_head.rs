//! The head by which an authentication server is asked about a request.

use super::chain::Rewritten;
use super::incoming::Incoming;
use super::request_head::is_lookalike;
use pointsman_http1::{Name, write_field, write_head_field};
use pointsman_middleware::{Edits, ForwardAuth};

/// Writes a GET with the request's fields as `edits` left them, and what the request is about. `strict`: an untrusted
/// client's word on where it came from is not passed on.
pub(super) fn write_auth_head<'e>(
    out: &mut Vec<u8>,
    auth: &ForwardAuth,
    incoming: Incoming<'_>,
    rewritten: &Rewritten,
    (edits, strict): (impl Iterator<Item = &'e Edits> + Clone, bool),
) {
    out.extend_from_slice(b"GET ");
    out.extend_from_slice(auth.target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    write_field(out, b"Host", auth.host.as_bytes());
    let trusted = auth.trust_forward_header;
    let doubted = strict && !incoming.is_trusted();
    write_fields(out, incoming, edits, doubted);
    out.extend_from_slice(&rewritten.added);
    let claimed = |id| incoming.values(id).next().filter(|value| trusted && !value.is_empty());
    write_forwarded_for(out, incoming, trusted);
    write_field(out, b"X-Forwarded-Method", claimed(Name::XForwardedMethod).unwrap_or(incoming.method()));
    let proto: &[u8] = if incoming.peer.tls { b"https" } else { b"http" };
    write_field(out, b"X-Forwarded-Proto", claimed(Name::XForwardedProto).unwrap_or(proto));
    let host = claimed(Name::XForwardedHost).unwrap_or(incoming.host());
    if !host.is_empty() {
        write_field(out, b"X-Forwarded-Host", host);
    }
    match claimed(Name::XForwardedUri) {
        Some(uri) => write_field(out, b"X-Forwarded-Uri", uri),
        None => write_uri(out, incoming, rewritten),
    }
    out.extend_from_slice(b"\r\n");
}

/// What belongs to the connection or to the body, and what is written here anew, is left out; as is what only looks like it:
/// a CGI-like server could not tell them apart.
fn write_fields<'e>(
    out: &mut Vec<u8>,
    incoming: Incoming<'_>,
    edits: impl Iterator<Item = &'e Edits> + Clone,
    doubted: bool,
) {
    let (bytes, request) = (incoming.bytes, incoming.request);
    for field in &incoming.head.fields {
        let name = field.name.of(bytes);
        let ours = is_ours(field.id) || (doubted && field.id.is_forwarded());
        let lookalike = field.id == Name::Other && is_lookalike(name);
        let dropped = edits.clone().any(|edits| edits.drops(name));
        let left_out = ours || lookalike || dropped;
        if !(left_out || request.connection.removes(incoming.head, bytes, name, field.id)) {
            write_head_field(out, bytes, field);
        }
    }
    for (index, edit) in edits.clone().enumerate() {
        for (name, value) in edit.additions() {
            let overridden = edits.clone().skip(index + 1).any(|later| later.drops(name.as_bytes()));
            if !overridden && !is_ours(Name::of(name.as_bytes())) {
                write_field(out, name.as_bytes(), value);
            }
        }
    }
}

fn is_ours(id: Name) -> bool {
    id.is_hop_by_hop()
        || matches!(
            id,
            Name::Host
                | Name::ContentLength
                | Name::Expect
                | Name::XForwardedFor
                | Name::XForwardedMethod
                | Name::XForwardedProto
                | Name::XForwardedHost
                | Name::XForwardedUri
        )
}

fn write_forwarded_for(out: &mut Vec<u8>, incoming: Incoming<'_>, trusted: bool) {
    out.extend_from_slice(b"X-Forwarded-For: ");
    for value in incoming.values(Name::XForwardedFor).filter(|value| trusted && !value.is_empty()) {
        out.extend_from_slice(value);
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(incoming.peer.text().as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// compat(1.7): the path is what modifiers made of it.
fn write_uri(out: &mut Vec<u8>, incoming: Incoming<'_>, rewritten: &Rewritten) {
    out.extend_from_slice(b"X-Forwarded-Uri: ");
    out.extend_from_slice(rewritten.path.as_deref().unwrap_or(incoming.path()));
    if let Some(query) = incoming.query().filter(|query| !rewritten.drop_query && !query.is_empty()) {
        out.push(b'?');
        out.extend_from_slice(query);
    }
    out.extend_from_slice(b"\r\n");
}
