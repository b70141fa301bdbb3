//! Classes of bytes (RFC 9110 section 5.6, RFC 3986 section 2).

const TOKEN: u8 = 1;
const HOST: u8 = 4;
const UPPER_TOKEN: u8 = 8;
const NO_TARGET: u8 = 16;
const QUESTION: u8 = 32;
const PERCENT: u8 = 64;

const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0_usize;
    while byte < 256 {
        let b = byte as u8;
        let alphanumeric = b.is_ascii_alphanumeric();
        let mut class = 0;
        let mark = matches!(
            b,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        );
        if alphanumeric || mark {
            class |= TOKEN;
        }
        if mark || b.is_ascii_uppercase() || b.is_ascii_digit() {
            class |= UPPER_TOKEN;
        }
        if b <= b' ' || b == 0x7f || b == b'#' {
            class |= NO_TARGET;
        }
        if b == b'?' {
            class |= QUESTION;
        }
        if b == b'%' {
            class |= PERCENT;
        }
        if alphanumeric
            || matches!(
                b,
                b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b';' | b'=' | b'%'
            )
        {
            class |= HOST;
        }
        table[byte] = class;
        byte += 1;
    }
    table
}

fn all(bytes: &[u8], class: u8) -> bool {
    bytes.iter().all(|&byte| CLASSES[byte as usize] & class != 0)
}

pub(crate) fn is_token_byte(byte: u8) -> bool {
    CLASSES[byte as usize] & TOKEN != 0
}

/// A method: a token without lower-case letters.
pub(crate) fn is_method(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all(bytes, UPPER_TOKEN)
}

/// What a target contains.
#[derive(Clone, Copy)]
pub(crate) struct TargetKinds {
    pub question: bool,
    pub percent: bool,
}

/// Looks through a target, which may contain anything visible but `#`; bytes above 0x7f pass, to be forwarded as they
/// are. `None`: something else is in it.
pub(crate) fn target_kinds(bytes: &[u8]) -> Option<TargetKinds> {
    let classes = bytes.iter().fold(0, |classes, &byte| classes | CLASSES[byte as usize]);
    let kinds = TargetKinds { question: classes & QUESTION != 0, percent: classes & PERCENT != 0 };
    (classes & NO_TARGET == 0).then_some(kinds)
}

/// unreserved / pct-encoded / sub-delims without `,` (RFC 3986 reg-name).
pub(crate) fn is_reg_name(bytes: &[u8]) -> bool {
    all(bytes, HOST)
}

/// A field value: no control character but HTAB. Bytes above 0x7f pass.
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    value_length(bytes) == bytes.len()
}

/// Number of bytes before the first that no field value contains.
pub(crate) fn value_length(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk::<8>()
        && is_plain_word(*word)
    {
        rest = after;
    }
    let passed = bytes.len() - rest.len();
    match rest.iter().position(|&byte| !is_value_byte(byte)) {
        // The word was looked at byte by byte without finding anything: a tab, or a false alarm. Go on behind it.
        Some(index) if index < 8 => passed + index,
        _ if rest.len() >= 8 => passed + 8 + value_length(&rest[8..]),
        found => passed + found.unwrap_or(rest.len()),
    }
}

fn is_value_byte(byte: u8) -> bool {
    (byte >= b' ' && byte != 0x7f) || byte == b'\t'
}

/// Eight bytes at once: none below 0x20, none equal to 0x7f (the usual bit tricks; false alarms are looked at again).
fn is_plain_word(word: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(word);
    let below_space = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
    let delete = word ^ (ONES * 0x7f);
    let is_delete = delete.wrapping_sub(ONES) & !delete & HIGHS;
    below_space | is_delete == 0
}

/// Without spaces and tabs at both ends.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_and_bytes_agree(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let length = bytes.iter().position(|&b| !is_value_byte(b)).unwrap_or(bytes.len());
            prop_assert_eq!(value_length(&bytes), length);
        }
    }

    #[test]
    fn every_byte_alone_in_a_word() {
        for byte in 0..=255_u8 {
            let word = [b'a', b'b', byte, b'c', b'd', b'e', b'f', b'g'];
            assert_eq!(is_value(&word), is_value_byte(byte), "{byte:#x}");
        }
    }
}
