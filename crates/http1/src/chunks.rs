//! The chunked coding (RFC 9112 section 7.1): sizes and data in, extensions dropped, trailers bounded and filtered.

use crate::{Head, Limits, Reject};

/// Bytes of extensions accepted per body.
const EXTENSIONS: u32 = 16 << 10;
/// Bounds of a trailer section.
const TRAILERS: Limits = Limits { line: 8 << 10, head: 16 << 10, fields: 64 };
/// More digits than this overflow.
const DIGITS: u8 = 16;

/// What the decoder makes of the bytes it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunked {
    /// The first so many bytes are framing: drop them and ask again.
    Skip(usize),
    /// The first so many bytes are data: take them and ask again.
    Data(usize),
    /// Read more.
    Starved,
    /// The body is over behind so many bytes more.
    End(usize),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// At or in a chunk's size, this many digits in.
    #[default]
    Size,
    /// In the extensions behind it.
    Extension,
    /// White space between size and `;` or CRLF.
    Padding,
    /// Behind the CR that ends the size line.
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailers,
    Over,
}

/// Finds the data in a chunked body, however its bytes arrive.
#[derive(Debug, Default)]
pub struct ChunkDecoder {
    state: State,
    digits: u8,
    left: u64,
    extensions: u32,
    /// Bytes of the trailer section seen, kept or dropped.
    section: usize,
    trailers: Vec<u8>,
}

impl ChunkDecoder {
    /// At the start of a body.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the whole body was seen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Looks at the bytes that follow what was taken so far.
    ///
    /// # Errors
    /// Malformed or oversized framing; the message must not go on.
    pub fn decode(&mut self, input: &[u8]) -> Result<Chunked, Reject> {
        match self.state {
            State::Over => return Ok(Chunked::End(0)),
            State::Trailers => return self.read_trailers(input),
            _ if input.is_empty() => return Ok(Chunked::Starved),
            State::Data => {
                let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len());
                self.left -= count as u64;
                if self.left == 0 {
                    self.state = State::DataCr;
                }
                return Ok(Chunked::Data(count));
            }
            _ => {}
        }
        for (index, &byte) in input.iter().enumerate() {
            self.state = self.next(byte)?;
            if matches!(self.state, State::Data | State::Trailers) {
                return Ok(Chunked::Skip(index + 1));
            }
        }
        Ok(Chunked::Skip(input.len()))
    }

    fn next(&mut self, byte: u8) -> Result<State, Reject> {
        Ok(match (self.state, byte) {
            (State::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                if self.digits == DIGITS {
                    return Err(Reject::bad("a chunk size with too many digits"));
                }
                self.digits += 1;
                let digit = (byte as char).to_digit(16).unwrap_or(0);
                self.left = (self.left << 4) | u64::from(digit);
                if self.left > i64::MAX as u64 {
                    return Err(Reject::bad("a chunk size that is too large"));
                }
                State::Size
            }
            (State::Size, b';' | b'\r' | b' ' | b'\t') if self.digits == 0 => {
                return Err(Reject::bad("a chunk without size"));
            }
            (State::Size | State::Padding, b'\r') | (State::Extension, b'\r') => State::SizeLf,
            (State::Size | State::Padding, b';') => State::Extension,
            (State::Size | State::Padding, b' ' | b'\t') => {
                self.count_extension()?;
                State::Padding
            }
            (State::Extension, b'\t' | b' '..=0x7e | 0x80..) => {
                self.count_extension()?;
                State::Extension
            }
            (State::SizeLf, b'\n') => {
                self.digits = 0;
                if self.left == 0 { State::Trailers } else { State::Data }
            }
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Size,
            _ => return Err(Reject::bad("malformed chunked coding")),
        })
    }

    fn count_extension(&mut self) -> Result<(), Reject> {
        self.extensions += 1;
        if self.extensions > EXTENSIONS { Err(Reject::with(413, "too many chunk extensions")) } else { Ok(()) }
    }

    /// Collects the trailer section line by line; it is small, or refused.
    fn read_trailers(&mut self, input: &[u8]) -> Result<Chunked, Reject> {
        let Some(newline) = memchr::memchr(b'\n', input) else {
            if self.section + input.len() > TRAILERS.head {
                return Err(Reject::with(431, "trailers that are too long"));
            }
            return Ok(Chunked::Starved);
        };
        let line = &input[..=newline];
        if line == b"\r\n" {
            self.state = State::Over;
            return Ok(Chunked::End(line.len()));
        }
        self.section += line.len();
        if self.section > TRAILERS.head {
            return Err(Reject::with(431, "trailers that are too long"));
        }
        let mut head = Head::default();
        let mut section = Vec::with_capacity(line.len() + 4);
        section.extend_from_slice(b"\r\n");
        section.extend_from_slice(line);
        head.advance(&section, &TRAILERS)?;
        for field in &head.fields {
            let name = field.name.of(&section);
            let id = crate::Name::of_underscored(name);
            if !id.is_forbidden_in_trailers() {
                crate::write_field(&mut self.trailers, name, field.value.of(&section));
            }
        }
        Ok(Chunked::Skip(line.len()))
    }

    /// The trailer fields that may be passed on, in canonical form; complete when the body is over.
    #[must_use]
    pub fn trailers(&self) -> &[u8] {
        &self.trailers
    }
}

/// Writes a chunk's size line for `length` > 0 bytes of data, which the caller lets follow, and then CRLF.
pub fn write_chunk_head(out: &mut Vec<u8>, length: usize) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digits = (usize::BITS - length.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        out.push(HEX[(length >> (place * 4)) & 15]);
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
#[path = "chunks_tests.rs"]
mod tests;
