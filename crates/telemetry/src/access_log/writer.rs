//! The thread that writes lines out, and the buffers that request threads leave them in.

use super::Complain;
use super::output::{Output, Written};
use pointsman_plan as plan;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Lines wait so long for others to be written with.
const TICK: Duration = Duration::from_millis(20);
/// The pause after a failure.
const FAILED: Duration = Duration::from_millis(250);
/// How long [`Flush::wait`] waits.
const FLUSH: Duration = Duration::from_secs(2);
/// Bytes that wait in one thread's buffer at most, unless more lines were asked for.
const ROOM: usize = 4 << 20;
/// A line's length, for who counts room in lines.
const LINE: usize = 1 << 10;
/// Most of that.
const MOST_ROOM: usize = 256 << 20;
/// A buffer that grew past this is given back.
const KEPT: usize = 1 << 20;
/// Pause between two complaints.
const SELDOM: Duration = Duration::from_secs(60);

/// One thread's lines.
#[derive(Debug)]
pub(super) struct Shard {
    text: Mutex<Vec<u8>>,
    room: usize,
    dropped: AtomicU64,
}

impl Shard {
    /// Leaves a line, or drops it. True: it is the first since the writer came by.
    pub fn push(&self, line: &[u8]) -> bool {
        let mut text = lock(&self.text);
        if text.len() + line.len() > self.room {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        text.extend_from_slice(line);
        text.len() == line.len()
    }
}

#[cfg(test)]
impl Shard {
    pub fn taken(&self) -> Vec<u8> {
        std::mem::take(&mut lock(&self.text))
    }
}

/// What both sides share.
#[derive(Debug)]
pub(super) struct Writer {
    shards: Mutex<Vec<Arc<Shard>>>,
    room: usize,
    output: Mutex<Output>,
    reopen: AtomicBool,
    flushes: Mutex<Vec<SyncSender<()>>>,
    lost: AtomicU64,
    complain: Complain,
}

/// Waits for what was written so far.
pub(super) struct Flush(Receiver<()>);

impl Flush {
    pub fn wait(&self) {
        let _ = self.0.recv_timeout(FLUSH);
    }
}

impl Writer {
    pub fn new(config: &plan::AccessLog, complain: Complain) -> Self {
        let room = ROOM.max(config.buffered_lines.saturating_mul(LINE)).min(MOST_ROOM);
        Self {
            shards: Mutex::default(),
            room,
            output: Mutex::new(Output::of(config)),
            reopen: AtomicBool::new(false),
            flushes: Mutex::default(),
            lost: AtomicU64::new(0),
            complain,
        }
    }

    pub fn shard(&self) -> Arc<Shard> {
        let shard = Arc::new(Shard { text: Mutex::default(), room: self.room, dropped: AtomicU64::new(0) });
        lock(&self.shards).push(Arc::clone(&shard));
        shard
    }

    pub fn dropped(&self) -> u64 {
        let shards = lock(&self.shards);
        let full: u64 = shards.iter().map(|shard| shard.dropped.load(Ordering::Relaxed)).sum();
        full + self.lost.load(Ordering::Relaxed)
    }

    pub fn reopen(&self) {
        self.reopen.store(true, Ordering::Release);
    }

    pub fn flush(&self) -> Flush {
        let (done, written) = sync_channel(1);
        lock(&self.flushes).push(done);
        Flush(written)
    }

    /// Writes for as long as the process lives.
    pub fn run(&self) {
        let mut pending = Pending::default();
        let mut complaint = Complaint { at: None, dropped: 0, complain: self.complain };
        // The file is there from the start, also while nobody asks for anything.
        self.refresh(&mut pending, &mut complaint);
        loop {
            let waiting = std::mem::take(&mut *lock(&self.flushes));
            let good = self.write_out(&mut pending, &mut complaint);
            complaint.dropped(self.dropped());
            for done in waiting {
                let _ = done.try_send(());
            }
            match (good, pending.took) {
                (false, _) => thread::sleep(FAILED),
                (true, true) => thread::sleep(TICK),
                (true, false) => thread::park(),
            }
        }
    }

    /// One round; false: something failed, and waits to be tried again.
    fn write_out(&self, pending: &mut Pending, complaint: &mut Complaint) -> bool {
        pending.took = false;
        if self.reopen.load(Ordering::Acquire) && !self.refresh(pending, complaint) {
            return false;
        }
        if !self.write_pending(pending, complaint) {
            return false;
        }
        let shards: Vec<_> = lock(&self.shards).iter().map(Arc::clone).collect();
        for shard in shards {
            std::mem::swap(&mut *lock(&shard.text), &mut pending.text);
            pending.took |= !pending.text.is_empty();
            if !self.write_pending(pending, complaint) {
                return false;
            }
        }
        true
    }

    fn write_pending(&self, pending: &mut Pending, complaint: &mut Complaint) -> bool {
        if pending.text.is_empty() {
            return true;
        }
        if !self.refresh(pending, complaint) {
            return false;
        }
        match lock(&self.output).write(&pending.text[pending.written..]) {
            Written::All => {}
            Written::Part(count, error) => {
                pending.written += count;
                complaint.failure(&error);
                // Nobody will ever read the rest.
                if error.kind() != std::io::ErrorKind::BrokenPipe {
                    return false;
                }
                self.lost.fetch_add(pending.lines_left(), Ordering::Relaxed);
            }
        }
        pending.clear();
        true
    }

    fn refresh(&self, pending: &mut Pending, complaint: &mut Complaint) -> bool {
        let anew = self.reopen.swap(false, Ordering::AcqRel);
        match lock(&self.output).refresh(anew) {
            Ok(true) => pending.begin_line(),
            Ok(false) => {}
            Err(error) => {
                self.reopen.store(anew, Ordering::Release);
                complaint.failure(&error);
                return false;
            }
        }
        true
    }
}

/// Lines on their way out.
#[derive(Debug, Default)]
struct Pending {
    text: Vec<u8>,
    written: usize,
    /// There was something to write in this round.
    took: bool,
}

impl Pending {
    /// A line that was half written when its file was moved away is written again, whole.
    fn begin_line(&mut self) {
        self.written = memchr::memrchr(b'\n', &self.text[..self.written]).map_or(0, |end| end + 1);
    }

    fn lines_left(&self) -> u64 {
        memchr::memchr_iter(b'\n', &self.text[self.written..]).count() as u64
    }

    fn clear(&mut self) {
        self.text.clear();
        self.text.shrink_to(KEPT);
        self.written = 0;
    }
}

/// Tells of trouble, but not all the time.
struct Complaint {
    at: Option<Instant>,
    dropped: u64,
    complain: Complain,
}

impl Complaint {
    fn failure(&mut self, error: &std::io::Error) {
        if self.is_due() {
            (self.complain)(format_args!(
                "The access log cannot be written: {error}; its lines wait, as far as there is room"
            ));
        }
    }

    fn dropped(&mut self, now: u64) {
        if now > self.dropped && self.is_due() {
            (self.complain)(format_args!(
                "{} lines of the access log found no room and were dropped",
                now - self.dropped
            ));
            self.dropped = now;
        }
    }

    fn is_due(&mut self) -> bool {
        let due = self.at.is_none_or(|at| at.elapsed() >= SELDOM);
        if due {
            self.at = Some(Instant::now());
        }
        due
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
