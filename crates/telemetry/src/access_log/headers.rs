//! The headers of a line: which are kept, in what order they stand.

use super::text::escape;
use pointsman_plan::{AccessLog, HeaderMode};

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
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    start: usize,
    name: usize,
    end: usize,
}

impl Group {
    pub fn clear(&mut self) {
        self.text.clear();
        self.entries.clear();
    }

    pub fn add(&mut self, name: &[u8], value: &[u8], modes: &Modes) {
        let start = self.text.len();
        canonical(&mut self.text, name);
        let value = match modes.mode(&self.text[start..]) {
            HeaderMode::Keep => value,
            HeaderMode::Redact => REDACTED,
            HeaderMode::Drop => return self.text.truncate(start),
        };
        let name = self.text.len();
        if self.place(Entry { start, name, end: name }) {
            self.text.extend_from_slice(b"\":\"");
            escape(&mut self.text, value);
            self.text.push(b'"');
            let end = self.text.len();
            if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.start == start) {
                entry.end = end;
            }
        } else {
            self.text.truncate(start);
        }
    }

    /// Takes the fields of a head's text, its first line left out, and with it what belongs to the connection.
    pub fn add_head(&mut self, head: &[u8], modes: &Modes) {
        let mut rest = head.get(memchr::memchr(b'\n', head).map_or(head.len(), |end| end + 1)..).unwrap_or_default();
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let line = &rest[..end];
            if let Some(colon) = memchr::memchr(b':', line) {
                let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
                if !matches!(name, b"Connection" | b"Transfer-Encoding") {
                    self.add(name, value, modes);
                }
            }
            rest = &rest[end + 1..];
        }
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
        true
    }

    /// Appends all, each as `,"PREFIXName":"value"`; `opening` is all before the name.
    pub fn write(&self, out: &mut Vec<u8>, opening: &[u8]) {
        for entry in &self.entries {
            out.extend_from_slice(opening);
            let name = &self.text[entry.start..entry.name];
            if memchr::memchr(b'&', name).is_none() {
                out.extend_from_slice(&self.text[entry.start..entry.end]);
            } else {
                escape(out, name);
                out.extend_from_slice(&self.text[entry.name..entry.end]);
            }
        }
    }
}

/// Appends a field name as Go spells it: capitals at the start and behind each `-`.
fn canonical(out: &mut Vec<u8>, name: &[u8]) {
    let start = out.len();
    out.extend_from_slice(name);
    let mut upper = true;
    for byte in &mut out[start..] {
        *byte = if upper { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        upper = *byte == b'-';
    }
}
