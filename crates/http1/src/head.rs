//! Heads of messages: lines, fields and their places in the buffer they were read into.

use crate::names::Name;
use crate::{Reject, chars};
use memchr::memchr;

/// Bounds of a head.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the first line; beyond: 414.
    pub line: usize,
    /// Bytes of the whole head; beyond: 431.
    pub head: usize,
    /// Fields; beyond: 431.
    pub fields: usize,
}

/// A piece of the buffer that a head was parsed from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// From `start` to before `end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        // Heads are bounded by `Limits.head`, far below 4 GiB.
        Self { start: start as u32, end: end as u32 }
    }

    /// The bytes of `buffer` it stands for.
    #[must_use]
    pub fn of(self, buffer: &[u8]) -> &[u8] {
        &buffer[self.start()..self.end()]
    }

    /// First byte.
    #[must_use]
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Behind the last byte.
    #[must_use]
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// One field line; the value without surrounding white space.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// As received.
    pub name: Span,
    /// As received.
    pub value: Span,
    /// Which of the names we care about it is.
    pub id: Name,
}

/// The lines of a head. Reused: `clear`, then `advance` with the growing buffer until it says that the head is complete.
#[derive(Debug, Default)]
pub struct Head {
    pub(crate) start_line: Span,
    /// In order of arrival.
    pub fields: Vec<Field>,
    position: usize,
    searched: usize,
    begun: bool,
}

/// Number of bytes of empty lines (CRLF) that `bytes` begins with: they may precede a request.
#[must_use]
pub fn blank_lines(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let [b'\r', b'\n', after @ ..] = rest {
        rest = after;
    }
    bytes.len() - rest.len()
}

impl Head {
    /// Forgets the last head.
    pub fn clear(&mut self) {
        self.fields.clear();
        self.position = 0;
        self.searched = 0;
        self.begun = false;
    }

    /// Length in bytes, with the empty line at its end.
    #[must_use]
    pub fn len(&self) -> usize {
        self.position
    }

    /// Whether nothing was parsed yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.position == 0
    }

    /// Parses the lines that `buffer` (from the message's first byte on; what was there at the last call unchanged) has
    /// completed. True: the head is complete. Every byte is looked at once, however the input is split.
    ///
    /// # Errors
    /// Line ends other than CRLF, malformed fields, folded lines, and heads beyond `limits`.
    pub fn advance(&mut self, buffer: &[u8], limits: &Limits) -> Result<bool, Reject> {
        loop {
            let Some(found) = memchr(b'\n', &buffer[self.searched..]) else {
                self.searched = buffer.len();
                return self.check(buffer.len(), limits).map(|()| false);
            };
            let newline = self.searched + found;
            self.check(newline + 1, limits)?;
            if newline == self.position || buffer[newline - 1] != b'\r' {
                return Err(Reject::bad("a line ends with a bare LF"));
            }
            let line = Span::new(self.position, newline - 1);
            self.position = newline + 1;
            self.searched = newline + 1;
            if !self.begun {
                self.begun = true;
                self.start_line = line;
            } else if line.is_empty() {
                return Ok(true);
            } else if self.fields.len() == limits.fields {
                return Err(Reject::with(431, "too many fields"));
            } else {
                self.fields.push(field(buffer, line)?);
            }
        }
    }

    fn check(&self, length: usize, limits: &Limits) -> Result<(), Reject> {
        if !self.begun && length > limits.line {
            return Err(Reject::with(414, "the first line is too long"));
        }
        if length > limits.head {
            return Err(Reject::with(431, "the head is too long"));
        }
        Ok(())
    }

    /// The first field of this name.
    #[must_use]
    pub fn find(&self, id: Name) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// The values of all fields of this name, in order.
    pub fn values<'a>(&'a self, buffer: &'a [u8], id: Name) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.fields.iter().filter(move |field| field.id == id).map(|field| field.value.of(buffer))
    }
}

fn field(buffer: &[u8], line: Span) -> Result<Field, Reject> {
    let bytes = line.of(buffer);
    let Some(colon) = bytes.iter().position(|&byte| !chars::is_token_byte(byte)) else {
        return Err(Reject::bad("a field without colon"));
    };
    if bytes[colon] != b':' || colon == 0 {
        return Err(Reject::bad(match bytes[0] {
            b' ' | b'\t' => "a folded line",
            _ => "a field name that is no token",
        }));
    }
    let mut start = colon + 1;
    let mut end = bytes.len();
    while start < end && matches!(bytes[start], b' ' | b'\t') {
        start += 1;
    }
    while start < end && matches!(bytes[end - 1], b' ' | b'\t') {
        end -= 1;
    }
    if !chars::is_value(&bytes[start..end]) {
        return Err(Reject::bad("a control character in a field value"));
    }
    let name = Span::new(line.start(), line.start() + colon);
    let value = Span::new(line.start() + start, line.start() + end);
    Ok(Field { name, value, id: Name::of(&bytes[..colon]) })
}
