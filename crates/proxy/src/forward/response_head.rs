//! The head that a client receives.

use super::compression::{Coding, is_varied, write_packed_field};
use super::destination::Destination;
use crate::answers::write_persistence;
use pointsman_http1::{
    Field, Head, Name, Response, ResponseBody, Version, reason_phrase, status_line, write_decimal, write_field,
    write_head_field,
};
use pointsman_middleware::SecurityHeaders;

/// How the body is framed towards the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relay {
    /// There is none.
    Nothing,
    /// By the length the upstream stated.
    Length(u64),
    /// In chunks.
    Chunked,
    /// By closing the connection.
    Close,
}

impl Relay {
    /// The framing towards a client of this version.
    pub fn of(response: &Response, client: Version) -> Self {
        match (response.body, client) {
            (ResponseBody::None, _) => Self::Nothing,
            (ResponseBody::Length(length), _) => Self::Length(length),
            _ => Self::unknown(client),
        }
    }

    /// The same for a body whose length nobody knows.
    pub fn unknown(client: Version) -> Self {
        match client {
            Version::Http11 => Self::Chunked,
            Version::Http10 => Self::Close,
        }
    }
}

/// What shapes the head beside the response itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseForm<'a> {
    /// Of the client.
    pub version: Version,
    /// Framing.
    pub relay: Relay,
    /// The connection stays open.
    pub keep_alive: bool,
    /// Date, should the upstream not have sent one.
    pub date: &'a [u8],
    /// Content-Type, should there be none.
    pub guessed: Option<&'static str>,
    /// Field lines of ours, before the upstream's.
    pub told: &'a [u8],
    /// The entry point's; `Gzip`: the body is packed.
    pub coding: Coding,
}

/// Of every answer of an entry point that compresses.
pub(crate) const VARY: &[u8] = b"Vary: Accept-Encoding\r\n";

/// Writes the head of a final response; `bytes` is what `head` refers to.
pub(crate) fn write_response_head(
    out: &mut Vec<u8>,
    (head, bytes): (&Head, &[u8]),
    response: &Response,
    destination: &Destination,
    form: ResponseForm<'_>,
) {
    write_status(out, form.version, bytes, response);
    out.extend_from_slice(form.told);
    let edited = destination.response_edits().any(|edits| !edits.is_empty());
    let mut writer = FieldWriter { out, head, bytes, response, destination, form, edited, dated: false, varied: false };
    for field in &head.fields {
        writer.pass(field);
    }
    writer.add_ours();
    write_framing(out, response, form.relay);
    write_persistence(out, form.version, form.keep_alive);
    out.extend_from_slice(b"\r\n");
}

/// Writes the fields of a final response.
struct FieldWriter<'a> {
    out: &'a mut Vec<u8>,
    head: &'a Head,
    bytes: &'a [u8],
    response: &'a Response,
    destination: &'a Destination,
    form: ResponseForm<'a>,
    /// The route has edits.
    edited: bool,
    /// Date is written.
    dated: bool,
    /// A Vary that will do is written.
    varied: bool,
}

impl FieldWriter<'_> {
    /// Writes one of the upstream's fields, unless it goes no further.
    fn pass(&mut self, field: &Field) {
        let (bytes, form) = (self.bytes, self.form);
        let name = field.name.of(bytes);
        match field.id {
            Name::ContentLength => return,
            // compat(1.7): a 304 says nothing of the content that it does not send.
            Name::ContentType if self.response.status == 304 => return,
            Name::Trailer if form.relay == Relay::Chunked => {}
            id if id.is_hop_by_hop() => return,
            Name::Date => self.dated = true,
            _ => {}
        }
        if self.response.connection.removes(self.head, bytes, name, field.id)
            || (self.edited && self.destination.response_edits().any(|edits| edits.drops(name)))
        {
            return;
        }
        if form.coding != Coding::Alone {
            let value = field.value.of(bytes);
            self.varied |= is_varied(name, value);
            if form.coding == Coding::Gzip && write_packed_field(self.out, name, value) {
                return;
            }
        }
        if field.id == Name::Location && self.destination.secures(field.value.of(bytes)) {
            write_field(self.out, name, &[b"https", &field.value.of(bytes)[b"http".len()..]].concat());
        } else {
            write_head_field(self.out, bytes, field);
        }
    }

    /// Writes what the upstream did not say.
    fn add_ours(self) {
        let Self { out, destination, form, edited, mut dated, varied, .. } = self;
        if form.coding == Coding::Gzip {
            out.extend_from_slice(b"Content-Encoding: gzip\r\n");
        }
        if form.coding != Coding::Alone && !varied {
            out.extend_from_slice(VARY);
        }
        if edited {
            dated |= add_edits(out, destination);
        }
        if let Some(guessed) = form.guessed
            && !(edited && adds(destination, Name::ContentType))
        {
            write_field(out, b"Content-Type", guessed.as_bytes());
        }
        if !dated {
            write_field(out, b"Date", form.date);
        }
    }
}

fn write_framing(out: &mut Vec<u8>, response: &Response, relay: Relay) {
    let length = match relay {
        Relay::Length(length) => Some(length),
        Relay::Nothing => response.length.filter(|_| response.status != 304),
        Relay::Chunked | Relay::Close => None,
    };
    if let Some(length) = length {
        out.extend_from_slice(b"Content-Length: ");
        write_decimal(out, length);
        out.extend_from_slice(b"\r\n");
    } else if relay == Relay::Chunked {
        out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
    }
}

fn adds(destination: &Destination, id: Name) -> bool {
    destination.response_edits().any(|edits| edits.additions().any(|(name, _)| Name::of(name.as_bytes()) == id))
}

/// Whether Date is among them.
fn add_edits(out: &mut Vec<u8>, destination: &Destination) -> bool {
    let mut dated = false;
    for (index, edits) in destination.response_edits().enumerate() {
        for (name, value) in edits.additions() {
            let id = Name::of(name.as_bytes());
            let overridden = destination.response_edits().skip(index + 1).any(|later| later.drops(name.as_bytes()));
            if overridden || id.is_hop_by_hop() || id == Name::ContentLength {
                continue;
            }
            dated |= id == Name::Date;
            let nonce = destination.nonce().filter(|_| name.eq_ignore_ascii_case("content-security-policy"));
            write_field(out, name.as_bytes(), &SecurityHeaders::with_nonce(value, nonce));
        }
    }
    dated
}

fn write_status(out: &mut Vec<u8>, version: Version, bytes: &[u8], response: &Response) {
    let reason = match response.reason.of(bytes) {
        b"" => reason_phrase(response.status).as_bytes(),
        reason => reason,
    };
    status_line(out, version, response.status, reason);
}

/// Writes an interim response (1xx but 101).
pub(crate) fn write_interim_head(out: &mut Vec<u8>, (head, bytes): (&Head, &[u8]), response: &Response) {
    write_status(out, Version::Http11, bytes, response);
    for field in &head.fields {
        if !field.id.is_hop_by_hop() && field.id != Name::ContentLength {
            write_head_field(out, bytes, field);
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes a 101 with the field lines in `told`. compat(1.7): header edits are not applied.
pub(crate) fn write_switch_head(out: &mut Vec<u8>, (head, bytes): (&Head, &[u8]), response: &Response, told: &[u8]) {
    write_status(out, Version::Http11, bytes, response);
    out.extend_from_slice(told);
    for field in &head.fields {
        if !field.id.is_hop_by_hop() && field.id != Name::ContentLength {
            write_head_field(out, bytes, field);
        }
    }
    out.extend_from_slice(b"Connection: Upgrade\r\n");
    if let Some(upgrade) = response.upgrade {
        write_field(out, b"Upgrade", upgrade.of(bytes));
    }
    out.extend_from_slice(b"\r\n");
}
