//! Owns HTTP/1.0 and 1.1 messages as bytes (RFC 9112): heads, framing, chunks, and their canonical form. What is
//! ambiguous is refused; what is written is made anew from validated parts. Knows no sockets, no clock and no routes, so
//! everything here is tested and fuzzed without them.

mod chars;
mod chunks;
mod connection;
mod head;
mod host;
mod names;
mod reject;
mod request;
mod response;
mod write;

pub use chunks::{ChunkDecoder, Chunked, write_chunk_head};
pub use connection::Nominated;
pub use head::{Field, Head, Limits, Span, blank_lines};
pub use host::{is_host, port};
pub use names::Name;
pub use reject::Reject;
pub use request::{Method, Request, RequestBody, Target};
pub use response::{Response, ResponseBody};
pub use write::{reason_phrase, status_line, write_decimal, write_field, write_head_field};

/// The versions we speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0: no chunks, no interim responses; closes unless asked to stay.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
}
