//! Replies to requests of our own that become a client's answer.

use super::side_call::Reply;
use crate::answers::Answer;
use pointsman_http1::{Name, write_head_field};
use pointsman_middleware::Url;

/// An answer with the fields and body of `reply`; `None`: its body was too long to be kept.
pub(crate) fn relayed(reply: &Reply, status: u16) -> Option<Answer> {
    let (head, bytes) = (&reply.head, &reply.bytes);
    let mut answer = Answer { content_type: "", body: reply.body.clone()?, ..Answer::status(status) };
    for field in &head.fields {
        let name = field.name.of(bytes);
        let framing = field.id.is_hop_by_hop() || field.id == Name::ContentLength;
        if !framing && !reply.response.connection.removes(head, bytes, name, field.id) {
            write_head_field(&mut answer.fields, bytes, field);
        }
    }
    Some(answer)
}

/// An absolute Location in place of the one in `reply`, which is meant in relation to `url`, and which is taken out of the
/// fields. `Err`: it is no URL.
pub(crate) fn resolved(reply: &mut Reply, url: &str) -> Result<Option<Vec<u8>>, ()> {
    let Some(field) = reply.head.find(Name::Location).copied() else { return Ok(None) };
    reply.head.fields.retain(|field| field.id != Name::Location);
    let base = Url::parse(url.as_bytes()).ok_or(())?;
    let location = Url::parse(field.value.of(&reply.bytes)).ok_or(())?;
    Ok(Some(base.resolve(&location)))
}
