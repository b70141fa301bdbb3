//! Pieces of lines: JSON strings as Go writes them, numbers.

/// Bytes that a JSON string cannot hold as they are, or that Go escapes: controls, quotes, HTML's, and whatever is not ASCII
/// (which may be no UTF-8).
const SPECIAL: [bool; 256] = special();

const fn special() -> [bool; 256] {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        special[byte] = byte < 0x20 || byte >= 0x80 || matches!(byte as u8, b'"' | b'\\' | b'<' | b'>' | b'&');
        byte += 1;
    }
    special
}

/// Appends the inside of a JSON string: invalid UTF-8 as U+FFFD, HTML's characters escaped.
pub(super) fn escape(out: &mut Vec<u8>, value: &[u8]) {
    if plain_length(value) == value.len() {
        out.extend_from_slice(value);
    } else {
        escape_each(out, value);
    }
}

/// How many bytes at the beginning stand in a JSON string as they are. Eight at a time: most values are plain.
pub(super) fn plain_length(value: &[u8]) -> usize {
    let mut length = 0;
    for eight in value.chunks_exact(8) {
        let mut word = [0; 8];
        word.copy_from_slice(eight);
        let special = special_of(u64::from_le_bytes(word));
        if special != 0 {
            return length + (special.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    let rest = &value[length..];
    length + rest.iter().position(|&byte| SPECIAL[usize::from(byte)]).unwrap_or(rest.len())
}

/// The high bit of each byte that is special. Borrows may mark bytes behind the first special one, never one before it.
fn special_of(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zeros = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    // `"` and `&` differ in one bit, and so do `<` and `>`.
    let quotes = zeros((word | (ONES * 0x04)) ^ (ONES * 0x26));
    let angles = zeros((word | (ONES * 0x02)) ^ (ONES * 0x3e));
    let escapes = zeros(word ^ (ONES * 0x5c));
    (word | controls | quotes | angles | escapes) & HIGH
}

#[cold]
fn escape_each(out: &mut Vec<u8>, value: &[u8]) {
    for chunk in value.utf8_chunks() {
        for character in chunk.valid().chars() {
            escape_one(out, character);
        }
        // compat(1.7): Go replaces byte by byte.
        for _ in chunk.invalid() {
            out.extend_from_slice(b"\\ufffd");
        }
    }
}

fn escape_one(out: &mut Vec<u8>, character: char) {
    match character {
        '"' | '\\' => out.extend_from_slice(&[b'\\', character as u8]),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
            out.extend_from_slice(format!("\\u{:04x}", u32::from(character)).as_bytes());
        }
        _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Appends a number.
pub(super) fn number(out: &mut Vec<u8>, number: u64) {
    if number < 10 {
        out.push(b'0' + number as u8);
    } else {
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }
}

/// Appends a path as Go prints a URL's: as it came if Go takes it for properly encoded, else encoded anew.
pub(super) fn path(out: &mut Vec<u8>, raw: &[u8]) {
    if raw.iter().all(|&byte| ENCODED[usize::from(byte)]) {
        return out.extend_from_slice(raw);
    }
    encode(out, &decoded(raw));
}

/// Whether a path stands in a JSON string as it came.
pub(super) fn is_plain_path(raw: &[u8]) -> bool {
    raw.iter().all(|&byte| ENCODED[usize::from(byte)] && byte != b'&')
}

/// Appends a decoded path in Go's default encoding.
pub(super) fn encode(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        if unreserved(byte) || b"/$&+,:;=@".contains(&byte) {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

/// Bytes of a path that Go takes for properly encoded.
const ENCODED: [bool; 256] = {
    let (mut encoded, mut byte) = ([false; 256], 0_u8);
    while byte < 0x80 {
        encoded[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'_'
                    | b'.'
                    | b'~'
                    | b'/'
                    | b'$'
                    | b'&'
                    | b'+'
                    | b','
                    | b':'
                    | b';'
                    | b'='
                    | b'@'
                    | b'!'
                    | b'\''
                    | b'('
                    | b')'
                    | b'*'
                    | b'['
                    | b']'
                    | b'%'
            );
        byte += 1;
    }
    encoded
};

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// A path without its escapes.
pub(super) fn decoded(raw: &[u8]) -> Vec<u8> {
    let hex = |at: usize| raw.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let (mut text, mut at) = (Vec::with_capacity(raw.len()), 0);
    while let Some(&byte) = raw.get(at) {
        match (byte, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                text.push((high << 4 | low) as u8);
                at += 3;
            }
            _ => {
                text.push(byte);
                at += 1;
            }
        }
    }
    text
}
