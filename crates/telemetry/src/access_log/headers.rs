//! The headers of a line: which are kept, in what order they stand.

use super::text::{escape, plain_length};
use crate::Fields;
use pointsman_plan::{AccessLog, HeaderMode};

/// Stands between a name and its value.
const BETWEEN: &[u8] = b"\":\"";
/// A longer name is remembered for one message only.
const LONG: usize = 256;
/// So many names of a message are remembered.
const KNOWN: usize = 64;

/// What stands in place of a value that nobody shall read.
pub(super) const REDACTED: &[u8] = b"REDACTED";

/// What becomes of headers, by canonical name.
#[derive(Debug)]
pub(super) struct Modes {
    default: HeaderMode,
    named: Box<[(Box<str>, HeaderMode)]>,
    /// Bit n: some name is n bytes long (63: or longer).
    lengths: u64,
}

impl Modes {
    pub fn of(config: &AccessLog) -> Self {
        let named: Box<[_]> = config.headers.iter().map(|(name, mode)| (name.as_str().into(), *mode)).collect();
        let lengths = config.headers.keys().fold(0, |all, name| all | 1 << name.len().min(63));
        Self { default: config.headers_mode, named, lengths }
    }

    /// Whether any header may stand in a line.
    pub fn keeps_any(&self) -> bool {
        self.default != HeaderMode::Drop || self.named.iter().any(|(_, mode)| *mode != HeaderMode::Drop)
    }

    pub fn mode(&self, name: &[u8]) -> HeaderMode {
        if self.lengths & (1 << name.len().min(63)) == 0 {
            return self.default;
        }
        let found = self.named.iter().find(|(named, _)| named.as_bytes() == name);
        found.map_or(self.default, |(_, mode)| *mode)
    }
}

/// The headers of one message, in order of their names; of several of one name the first.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// `Name":"value"` of each.
    text: Vec<u8>,
    entries: Vec<Entry>,
    /// Place of the entry that was made last.
    newest: usize,
    /// Names of the message before, which the next one mostly has in the same order.
    known: Vec<Known>,
    /// How many names this message had so far.
    named: usize,
    /// One of them was so long that its memory shall not be kept.
    long: bool,
    /// All that this was made of: the fields of a head, or a line for each name and value.
    source: Vec<u8>,
    /// All as it stands in a line, once for each group of keys.
    written: [Vec<u8>; 2],
}

/// A name and what becomes of it.
#[derive(Debug)]
struct Known {
    /// As it came.
    raw: Vec<u8>,
    /// As a line has it, with what stands between it and its value.
    text: Vec<u8>,
    mode: HeaderMode,
    /// It must be escaped.
    odd: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    start: usize,
    name: usize,
    end: usize,
    /// Its name must be escaped.
    odd: bool,
}

impl Group {
    fn clear(&mut self) {
        self.text.clear();
        self.entries.clear();
        self.named = 0;
        if std::mem::take(&mut self.long) {
            self.known.clear();
        }
        self.source.clear();
        self.written.iter_mut().for_each(Vec::clear);
    }

    /// What stands in the line: a request's headers, or a response's as sent (0) and as received (1).
    pub fn text(&self, index: usize) -> &[u8] {
        &self.written[index]
    }

    /// Takes the fields of a request, which `see` sees, too.
    pub fn take_fields<'f>(
        &mut self,
        fields: Option<&'f dyn Fields>,
        modes: &Modes,
        see: &mut dyn FnMut(&'f [u8], &'f [u8]),
    ) {
        let mut expected = Some(&*self.source);
        if let Some(fields) = fields {
            fields.each(&mut |name, value| {
                see(name, value);
                expected = expected.and_then(|source| without(source, name, value));
            });
        }
        // Many requests have the fields of the one before.
        if expected.is_some_and(<[u8]>::is_empty) {
            return;
        }
        self.clear();
        if let Some(fields) = fields {
            fields.each(&mut |name, value| {
                for piece in [name, b":", value, b"\n"] {
                    self.source.extend_from_slice(piece);
                }
                self.add(name, value, modes);
            });
        }
        self.write(0, b",\"request_");
    }

    fn add(&mut self, name: &[u8], value: &[u8], modes: &Modes) {
        if let Some(value) = self.begin(name, value, modes) {
            escape(&mut self.text, value);
            self.end();
        }
    }

    /// Takes the fields of a response's head, its first line left out, and with it what belongs to the connection.
    pub fn take_head(&mut self, head: &[u8], modes: &Modes) {
        let fields = head.get(memchr::memchr(b'\n', head).map_or(head.len(), |end| end + 1)..).unwrap_or_default();
        // Many responses have the head of the one before.
        if *fields == *self.source {
            return;
        }
        self.clear();
        self.source.extend_from_slice(fields);
        self.add_lines(fields, modes);
        self.write(0, b",\"downstream_");
        self.write(1, b",\"origin_");
    }

    fn add_lines(&mut self, mut rest: &[u8], modes: &Modes) {
        while let Some(colon) = rest.iter().position(|&byte| byte == b':' || byte == b'\n') {
            let (name, mut value) = (&rest[..colon], &rest[colon + 1..]);
            if rest[colon] == b'\n' {
                return;
            }
            if let [b' ', after @ ..] = value {
                value = after;
            }
            // The line's end is the first special byte of a plain value.
            let plain = plain_length(value);
            let end = if value.get(plain) == Some(&b'\r') {
                plain
            } else {
                memchr::memchr(b'\r', value).unwrap_or(value.len())
            };
            if !matches!(name, b"Connection" | b"Transfer-Encoding")
                && let Some(shown) = self.begin(name, &value[..end], modes)
            {
                if end == plain {
                    self.text.extend_from_slice(shown);
                } else {
                    escape(&mut self.text, shown);
                }
                self.end();
            }
            rest = value.get(end + 2..).unwrap_or_default();
        }
    }

    /// The beginning of a field, and what to show of its value; `None`: nothing, or there is one of this name.
    fn begin<'v>(&mut self, name: &[u8], value: &'v [u8], modes: &Modes) -> Option<&'v [u8]> {
        let start = self.text.len();
        let known = known(&mut self.known, self.named.min(KNOWN - 1), name, modes);
        self.named += 1;
        self.long |= name.len() > LONG;
        let shown = match known.mode {
            HeaderMode::Keep => value,
            HeaderMode::Redact => REDACTED,
            HeaderMode::Drop => return None,
        };
        let odd = known.odd;
        self.text.extend_from_slice(&known.text);
        let end = self.text.len();
        if !self.place(Entry { start, name: end - BETWEEN.len(), end, odd }) {
            self.text.truncate(start);
            return None;
        }
        Some(shown)
    }

    fn end(&mut self) {
        self.text.push(b'"');
        self.entries[self.newest].end = self.text.len();
    }

    /// Puts an entry in its place; false: there is one of this name.
    fn place(&mut self, entry: Entry) -> bool {
        let name = |entry: &Entry| &self.text[entry.start..entry.name];
        let mut place = self.entries.len();
        while place > 0 {
            match name(&self.entries[place - 1]).cmp(name(&entry)) {
                std::cmp::Ordering::Less => break,
                std::cmp::Ordering::Equal => return false,
                std::cmp::Ordering::Greater => place -= 1,
            }
        }
        self.entries.insert(place, entry);
        self.newest = place;
        true
    }

    /// Writes all, each as `,"PREFIXName":"value"`; `opening` is all before the name.
    fn write(&mut self, index: usize, opening: &[u8]) {
        let out = &mut self.written[index];
        for entry in &self.entries {
            out.extend_from_slice(opening);
            if entry.odd {
                escape(out, &self.text[entry.start..entry.name]);
                out.extend_from_slice(&self.text[entry.name..entry.end]);
            } else {
                out.extend_from_slice(&self.text[entry.start..entry.end]);
            }
        }
    }
}

/// What is known of the name at this place, which may be another than before.
fn known<'k>(all: &'k mut Vec<Known>, place: usize, name: &[u8], modes: &Modes) -> &'k Known {
    match all.get(place) {
        Some(known) if *known.raw == *name => {}
        Some(_) => all[place].learn(name, modes),
        None => {
            let mut known = Known { raw: Vec::new(), text: Vec::new(), mode: HeaderMode::Drop, odd: false };
            known.learn(name, modes);
            all.push(known);
        }
    }
    &all[place]
}

impl Known {
    fn learn(&mut self, name: &[u8], modes: &Modes) {
        self.raw.clear();
        self.raw.extend_from_slice(name);
        self.text.clear();
        canonical(&mut self.text, name);
        self.mode = modes.mode(&self.text);
        // Of what a name may be made of, only this means something to JSON as Go writes it.
        self.odd = self.text.contains(&b'&');
        self.text.extend_from_slice(BETWEEN);
    }
}

/// What follows a line of this name and value in a source, if it begins with one.
fn without<'s>(source: &'s [u8], name: &[u8], value: &[u8]) -> Option<&'s [u8]> {
    let rest = source.strip_prefix(name)?.strip_prefix(b":")?;
    rest.strip_prefix(value)?.strip_prefix(b"\n")
}

/// Appends a field name as Go spells it: capitals at the start and behind each `-`.
fn canonical(out: &mut Vec<u8>, name: &[u8]) {
    let start = out.len();
    out.extend_from_slice(name);
    let mut before = b'-';
    for byte in &mut out[start..] {
        // A letter in the wrong case has this bit wrong.
        let flip = if before == b'-' { byte.is_ascii_lowercase() } else { byte.is_ascii_uppercase() };
        *byte ^= u8::from(flip) << 5;
        before = *byte;
    }
}
