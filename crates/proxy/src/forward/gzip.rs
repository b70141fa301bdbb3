//! Bodies packed with gzip on their way, in slices, by packers that a thread keeps and lends.

use flate2::{Compress, Compression, FlushCompress, Status};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// As 1.7.
const LEVEL: u32 = 6;
/// The window of every gzip decoder, in bits.
const WINDOW: u8 = 15;
/// Packers at work per thread, each with some 270 KiB; beyond, answers go out as they are.
const MOST: usize = 1_024;
/// Idle ones kept.
const KEPT: usize = 16;
/// Room for packed bytes is made in steps of this size.
const STEP: usize = 16 << 10;
/// Bytes that one request may pack before the others of its thread get their turn: about half a millisecond.
const SLICE: usize = 32 << 10;

/// A thread's packers.
#[derive(Debug, Default)]
pub(crate) struct Packers {
    idle: RefCell<Vec<Packer>>,
    lent: Cell<usize>,
}

struct Packer {
    state: Compress,
    packed: Vec<u8>,
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").field("packed", &self.packed.len()).finish_non_exhaustive()
    }
}

/// One body's packer.
#[derive(Debug)]
pub(crate) struct Gzip {
    packer: Option<Packer>,
    home: Rc<Packers>,
    /// Whatever is packed goes on when the source pauses.
    at_once: bool,
    /// Something was put in that may not have come out.
    held: bool,
    left: usize,
    /// Packed bytes so far.
    pub sent: u64,
}

impl Packers {
    /// A packer for a body, unless too many are at work. `at_once`: what has come never waits for more to come.
    pub fn lend(self: &Rc<Self>, at_once: bool) -> Option<Box<Gzip>> {
        if self.lent.get() >= MOST {
            return None;
        }
        let packer = self.idle.borrow_mut().pop().unwrap_or_else(|| Packer {
            state: Compress::new_gzip(Compression::new(LEVEL), WINDOW),
            packed: Vec::with_capacity(STEP),
        });
        self.lent.set(self.lent.get() + 1);
        let home = Rc::clone(self);
        Some(Box::new(Gzip { packer: Some(packer), home, at_once, held: false, left: SLICE, sent: 0 }))
    }

    /// A whole body at once, for the short ones that we make ourselves.
    pub fn pack(self: &Rc<Self>, body: &[u8]) -> Option<Vec<u8>> {
        let mut gzip = self.lend(true)?;
        let mut packed = gzip.put(body).to_vec();
        packed.extend_from_slice(gzip.finish());
        Some(packed)
    }
}

impl Gzip {
    /// Packs more of the body; what comes out.
    pub fn put(&mut self, bytes: &[u8]) -> &[u8] {
        self.held = true;
        self.left = self.left.saturating_sub(bytes.len());
        self.work(bytes, FlushCompress::None)
    }

    /// Everything put in so far.
    pub fn flush(&mut self) -> &[u8] {
        self.held = false;
        self.work(&[], FlushCompress::Sync)
    }

    /// The rest; the body is over.
    pub fn finish(&mut self) -> &[u8] {
        self.held = false;
        self.work(&[], FlushCompress::Finish)
    }

    /// Whether something waits for more to come.
    pub fn is_holding(&self) -> bool {
        self.held
    }

    /// The same, where nothing should.
    pub fn is_pressed(&self) -> bool {
        self.held && self.at_once
    }

    /// Whether it is time for others.
    pub fn is_weary(&self) -> bool {
        self.left == 0
    }

    /// They had it.
    pub fn rest(&mut self) {
        self.left = SLICE;
    }

    fn work(&mut self, bytes: &[u8], flush: FlushCompress) -> &[u8] {
        let Some(Packer { state, packed }) = &mut self.packer else { return &[] };
        packed.clear();
        let before = state.total_in();
        loop {
            if packed.capacity() - packed.len() < STEP / 2 {
                packed.reserve(STEP);
            }
            let taken = usize::try_from(state.total_in() - before).unwrap_or(bytes.len());
            let status = state.compress_vec(&bytes[taken..], packed, flush);
            let is_through = state.total_in() - before == bytes.len() as u64 && packed.len() < packed.capacity();
            // Room is made before every step, so that `BufError` means that nothing is left to be done.
            match status {
                Ok(Status::Ok) if flush != FlushCompress::Finish && is_through => break,
                Ok(Status::Ok) => {}
                Ok(Status::StreamEnd | Status::BufError) | Err(_) => break,
            }
        }
        self.sent += packed.len() as u64;
        packed
    }
}

impl Drop for Gzip {
    fn drop(&mut self) {
        self.home.lent.set(self.home.lent.get() - 1);
        let mut idle = self.home.idle.borrow_mut();
        if let Some(mut packer) = self.packer.take()
            && idle.len() < KEPT
        {
            packer.state.reset();
            packer.packed.clear();
            packer.packed.shrink_to(2 * STEP);
            idle.push(packer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn text(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        };
        (0..length)
            .map(|at| if at % 7 == 0 { b' ' } else { b"etaoinshrdlu"[next() % (1 + seed as usize % 12)] })
            .collect()
    }

    #[test]
    fn what_is_packed_comes_out_again_however_it_is_cut() {
        let packers = Rc::new(Packers::default());
        for (seed, length) in [(1, 0), (2, 1), (3, 1_400), (11, 100_000), (12, 1_000_000)] {
            for part in [1, 77, 16_384, 1_000_000] {
                if length / part > 10_000 {
                    continue;
                }
                let body = text(seed, length);
                let mut gzip = packers.lend(false).expect("one");
                let mut packed = Vec::new();
                for (index, piece) in body.chunks(part).enumerate() {
                    packed.extend_from_slice(gzip.put(piece));
                    if index % 3 == 0 {
                        packed.extend_from_slice(gzip.flush());
                    }
                }
                packed.extend_from_slice(gzip.finish());
                assert_eq!(gzip.sent, packed.len() as u64);
                let mut unpacked = Vec::new();
                GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("valid");
                assert!(unpacked == body, "{length} in parts of {part}");
            }
        }
        assert_eq!((packers.lent.get(), packers.idle.borrow().len()), (0, 1));
    }

    #[test]
    fn what_is_flushed_can_be_read() {
        let packers = Rc::new(Packers::default());
        let mut gzip = packers.lend(true).expect("one");
        let mut packed = gzip.put(b"data: hello\n\n").to_vec();
        assert!(gzip.is_pressed());
        packed.extend_from_slice(gzip.flush());
        assert!(!gzip.is_holding());
        let mut unpacked = [0; 13];
        GzDecoder::new(&packed[..]).read_exact(&mut unpacked).expect("all of it");
        assert_eq!(&unpacked, b"data: hello\n\n");
    }

    #[test]
    fn there_are_only_so_many() {
        let packers = Rc::new(Packers { lent: Cell::new(MOST - 1), ..Packers::default() });
        let last = packers.lend(false).expect("one");
        assert!(packers.lend(false).is_none() && packers.pack(b"x").is_none());
        drop(last);
        assert!(packers.lend(false).is_some());
    }
}
