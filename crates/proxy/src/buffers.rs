//! Byte buffers that are lent, used and given back: a thread's idle connections hold none.

use pointsman_http1::Head;
use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

/// Holds a usual head and 16 KiB of body.
pub const SMALL: usize = 20 << 10;
/// For bodies.
pub const LARGE: usize = 64 << 10;
/// Buffers of each size kept for later, per thread.
const KEPT: usize = 128;
/// The same of growing buffers, which are mostly small.
const TEXTS_KEPT: usize = 1_024;
/// Larger ones are not kept.
const LONGEST_TEXT: usize = 4 << 10;
/// Nor are heads with room for more fields.
const MOST_FIELDS: usize = 64;

/// A fixed piece of memory with the bytes `start..end` in it.
#[derive(Debug, Default)]
pub struct Buffer {
    memory: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Buffer {
    fn with_capacity(capacity: usize) -> Self {
        Self { memory: vec![0; capacity].into_boxed_slice(), start: 0, end: 0 }
    }

    /// What is in it.
    pub fn bytes(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    /// Number of bytes in it.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether nothing more can be read without taking something out.
    pub fn is_full(&self) -> bool {
        !self.is_empty() && self.len() == self.memory.len()
    }

    /// Takes the first `count` bytes out.
    pub fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.len());
        self.start += count;
        if self.start >= self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Appends what one read gives; 0 = end of the stream. `OutOfMemory` if it is full.
    pub fn poll_fill<R: AsyncRead + Unpin>(&mut self, source: &mut R, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.end == self.memory.len() {
            if self.start == 0 {
                return Poll::Ready(Err(io::ErrorKind::OutOfMemory.into()));
            }
            self.memory.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let mut space = ReadBuf::new(&mut self.memory[self.end..]);
        ready!(Pin::new(source).poll_read(cx, &mut space))?;
        let count = space.filled().len();
        self.end += count;
        Poll::Ready(Ok(count))
    }
}

/// A thread's store of buffers.
#[derive(Debug, Default)]
pub struct Buffers {
    small: RefCell<Vec<Buffer>>,
    large: RefCell<Vec<Buffer>>,
    text: RefCell<Vec<Vec<u8>>>,
    heads: RefCell<Vec<Head>>,
}

impl Buffers {
    /// An empty buffer of `SMALL` bytes.
    pub fn small(&self) -> Buffer {
        self.small.borrow_mut().pop().unwrap_or_else(|| Buffer::with_capacity(SMALL))
    }

    /// An empty buffer of `LARGE` bytes.
    pub fn large(&self) -> Buffer {
        self.large.borrow_mut().pop().unwrap_or_else(|| Buffer::with_capacity(LARGE))
    }

    /// Makes sure that an empty buffer has memory, for bodies of a known size.
    pub fn lend(&self, buffer: &mut Buffer, expected: u64) {
        if !buffer.is_empty() {
            return;
        }
        let large = expected > SMALL as u64;
        if buffer.memory.is_empty() {
            *buffer = if large { self.large() } else { self.small() };
        } else if large && buffer.memory.len() == SMALL {
            self.give_back(std::mem::replace(buffer, self.large()));
        }
    }

    /// Takes the memory of an empty buffer back: its owner is about to wait.
    pub fn reclaim(&self, buffer: &mut Buffer) {
        if buffer.is_empty() {
            self.give_back(std::mem::take(buffer));
        }
    }

    /// Makes room in a full buffer: the next size up, at most `limit` bytes. False when it is that large already.
    pub fn grow(&self, buffer: &mut Buffer, limit: usize) -> bool {
        let capacity = buffer.memory.len();
        if capacity >= limit.max(LARGE) {
            return false;
        }
        let mut larger = if capacity < LARGE { self.large() } else { Buffer::with_capacity(limit) };
        larger.end = buffer.len();
        larger.memory[..larger.end].copy_from_slice(buffer.bytes());
        self.give_back(std::mem::replace(buffer, larger));
        true
    }

    /// Takes a buffer back; what is in it is forgotten. One without memory, or of an odd size, is dropped.
    pub fn give_back(&self, mut buffer: Buffer) {
        let kept = match buffer.memory.len() {
            SMALL => &self.small,
            LARGE => &self.large,
            _ => return,
        };
        buffer.start = 0;
        buffer.end = 0;
        let mut kept = kept.borrow_mut();
        if kept.len() < KEPT {
            kept.push(buffer);
        }
    }

    /// An empty growing buffer, for heads and chunks that we write.
    pub fn text(&self) -> Vec<u8> {
        self.text.borrow_mut().pop().unwrap_or_else(|| Vec::with_capacity(2048))
    }

    /// An empty head.
    pub fn head(&self) -> Head {
        self.heads.borrow_mut().pop().unwrap_or_default()
    }

    /// Takes a head back.
    pub fn give_back_head(&self, mut head: Head) {
        let mut kept = self.heads.borrow_mut();
        if kept.len() < KEPT && (1..=MOST_FIELDS).contains(&head.fields.capacity()) {
            head.clear();
            kept.push(head);
        }
    }

    /// Takes a growing buffer back.
    pub fn give_back_text(&self, mut text: Vec<u8>) {
        let mut kept = self.text.borrow_mut();
        let limit = if kept.len() < KEPT { LARGE + 4_096 } else { LONGEST_TEXT };
        if kept.len() < TEXTS_KEPT && (1..=limit).contains(&text.capacity()) {
            text.clear();
            kept.push(text);
        }
    }
}
