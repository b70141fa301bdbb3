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
#[derive(Clone, Debug, Default)]
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
    /// completed. True: the head is complete. The cost is linear, however the input is split.
    ///
    /// # Errors
    /// Line ends other than CRLF, malformed fields, folded lines, and heads beyond `limits`.
    pub fn advance(&mut self, buffer: &[u8], limits: &Limits) -> Result<bool, Reject> {
        // A line that was seen in part is only looked at again when its end is there.
        if self.searched > self.position && memchr(b'\n', &buffer[self.searched..]).is_none() {
            return self.starve(buffer, limits);
        }
        if !self.begun {
            let Some(length) = memchr(b'\n', buffer) else { return self.starve(buffer, limits) };
            if length == 0 || buffer[length - 1] != b'\r' {
                return Err(BARE_LF);
            }
            self.start_line = Span::new(0, length - 1);
            self.position = length + 1;
            self.check(self.position, limits)?;
            self.begun = true;
        }
        loop {
            match scan_line(&buffer[self.position..])? {
                Line::Partial => return self.starve(buffer, limits),
                Line::End => {
                    self.position += 2;
                    return self.check(self.position, limits).map(|()| true);
                }
                Line::Field { name, value, next } => {
                    if self.fields.len() == limits.fields {
                        return Err(Reject::with(431, "too many fields"));
                    }
                    let at = self.position;
                    let id = Name::of(&buffer[at..at + name]);
                    let value = Span::new(at + value.0, at + value.1);
                    self.fields.push(Field { name: Span::new(at, at + name), value, id });
                    self.position = at + next;
                }
            }
        }
    }

    fn starve(&mut self, buffer: &[u8], limits: &Limits) -> Result<bool, Reject> {
        self.searched = buffer.len();
        self.check(buffer.len(), limits).map(|()| false)
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

const BARE_LF: Reject = Reject::bad("a line ends with a bare LF");

/// What the bytes at the start of a line are.
enum Line {
    /// Not all of it has arrived.
    Partial,
    /// The empty line behind the fields.
    End,
    /// A field; places count from the line's start, `next` is where the next line starts.
    Field { name: usize, value: (usize, usize), next: usize },
}

fn scan_line(line: &[u8]) -> Result<Line, Reject> {
    let Some(name) = line.iter().position(|&byte| !chars::is_token_byte(byte)) else { return Ok(Line::Partial) };
    if line[name] != b':' || name == 0 {
        return end_of_head(line, name);
    }
    let mut start = name + 1;
    while matches!(line.get(start), Some(b' ' | b'\t')) {
        start += 1;
    }
    let stop = start + chars::value_length(&line[start..]);
    match &line[stop..] {
        [] | [b'\r'] => Ok(Line::Partial),
        [b'\r', b'\n', ..] => {
            let mut end = stop;
            while end > start && matches!(line[end - 1], b' ' | b'\t') {
                end -= 1;
            }
            Ok(Line::Field { name, value: (start, end), next: stop + 2 })
        }
        [b'\n', ..] => Err(BARE_LF),
        _ => Err(Reject::bad("a control character in a field value")),
    }
}

/// A line that does not start with `name:`.
fn end_of_head(line: &[u8], name: usize) -> Result<Line, Reject> {
    match line {
        [b'\r', b'\n', ..] => Ok(Line::End),
        [b'\r'] => Ok(Line::Partial),
        [b' ' | b'\t', ..] => Err(Reject::bad("a folded line")),
        [b'\n', ..] => Err(BARE_LF),
        _ if line[name] == b'\r' || line[name] == b'\n' => Err(Reject::bad("a field without colon")),
        _ => Err(Reject::bad("a field name that is no token").telling("invalid header name")),
    }
}
