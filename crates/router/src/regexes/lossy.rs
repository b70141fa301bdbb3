//! Text that is not UTF-8, as Go's regular expressions see it: each byte that belongs to no character is U+FFFD.

/// The text with replacements, and where they are.
pub(super) struct Lossy {
    pub(super) text: Vec<u8>,
    marks: Vec<usize>,
}

const REPLACEMENT: [u8; 3] = [0xEF, 0xBF, 0xBD];

impl Lossy {
    pub(super) fn new(original: &[u8]) -> Self {
        let mut lossy = Self { text: Vec::with_capacity(original.len() + 8), marks: Vec::new() };
        for chunk in original.utf8_chunks() {
            lossy.text.extend_from_slice(chunk.valid().as_bytes());
            for _ in chunk.invalid() {
                lossy.marks.push(lossy.text.len());
                lossy.text.extend_from_slice(&REPLACEMENT);
            }
        }
        lossy
    }

    /// The place in the original of a place between characters of the text.
    pub(super) fn original(&self, offset: usize) -> usize {
        offset - (REPLACEMENT.len() - 1) * self.marks.partition_point(|&mark| mark < offset)
    }
}
