//! The thread that writes the state folder, and the hand that passes it what was applied.

use super::fold::fold;
use super::journal::{Loaded, append, replace};
use crate::logs;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Bytes waiting for a slow disk before more are dropped and a whole plan is asked for.
const WAITING_BYTES: usize = 64 << 20;
/// A journal below this is not worth a compaction, however small its plan.
const SMALL_JOURNAL: u64 = 64 << 10;
/// Pause before a folder that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(10);

enum Entry {
    /// A message `apply_plan`, as it came.
    Plan(Vec<u8>),
    /// A message `apply_delta`, as it came.
    Delta(Vec<u8>),
    /// A plan by itself.
    Whole(Vec<u8>),
}

/// Keeps what was applied. Never blocks and never fails: a folder that cannot be written costs one log line.
pub struct Keeper {
    entries: Sender<Entry>,
    waiting: Arc<AtomicUsize>,
    behind: Arc<AtomicBool>,
    asked: Option<Instant>,
    #[cfg(test)]
    thread: std::thread::JoinHandle<()>,
}

impl Keeper {
    /// Starts the writer, which goes on from what the folder held.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(dir: PathBuf, held: &Loaded) -> io::Result<Self> {
        let (entries, arrivals) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let behind = Arc::new(AtomicBool::new(false));
        let mut writer = Writer {
            dir,
            waiting: Arc::clone(&waiting),
            behind: Arc::clone(&behind),
            plan_bytes: held.plan_bytes,
            journal_bytes: held.journal_bytes,
        };
        let thread = std::thread::Builder::new().name("state".to_owned());
        let _thread = thread.spawn(move || writer.run(&arrivals))?;
        Ok(Self {
            entries,
            waiting,
            behind,
            asked: None,
            #[cfg(test)]
            thread: _thread,
        })
    }

    /// Keeps an `apply_plan` message.
    pub fn plan(&mut self, message: Vec<u8>) {
        self.pass(Entry::Plan(message));
    }

    /// Keeps an `apply_delta` message.
    pub fn delta(&mut self, message: Vec<u8>) {
        self.pass(Entry::Delta(message));
    }

    /// Keeps the whole plan in force, after [`Keeper::wants_whole`].
    pub fn whole(&mut self, plan: Vec<u8>) {
        self.pass(Entry::Whole(plan));
    }

    /// Whether the folder fell behind (disk full, too slow) and it is time to try again with everything.
    pub fn wants_whole(&mut self) -> bool {
        if !self.behind.load(Ordering::Acquire) {
            return false;
        }
        let due = self.asked.is_none_or(|at| at.elapsed() >= RETRY);
        if due {
            self.asked = Some(Instant::now());
        }
        due
    }

    /// Waits until everything passed so far is written.
    #[cfg(test)]
    pub(super) fn close(self) {
        drop(self.entries);
        self.thread.join().expect("the writer does not panic");
    }

    fn pass(&self, entry: Entry) {
        let bytes = entry.bytes();
        let room = self.waiting.fetch_add(bytes, Ordering::AcqRel) == 0
            || self.waiting.load(Ordering::Acquire) <= WAITING_BYTES;
        if !room || self.entries.send(entry).is_err() {
            self.waiting.fetch_sub(bytes, Ordering::AcqRel);
            self.behind.store(true, Ordering::Release);
        }
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        let (Self::Plan(text) | Self::Delta(text) | Self::Whole(text)) = self;
        text.len()
    }
}

struct Writer {
    dir: PathBuf,
    waiting: Arc<AtomicUsize>,
    behind: Arc<AtomicBool>,
    plan_bytes: u64,
    journal_bytes: u64,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    plan: &'a RawValue,
}

impl Writer {
    fn run(&mut self, arrivals: &Receiver<Entry>) {
        let trouble = logs::Seldom::new();
        for entry in arrivals {
            let bytes = entry.bytes();
            let outcome = match entry {
                Entry::Plan(message) => self.message(&message),
                Entry::Whole(plan) => self.whole(&plan),
                // Once one is missing, the next would not fit.
                Entry::Delta(_) if self.behind.load(Ordering::Acquire) => Ok(()),
                Entry::Delta(message) => self.delta(&message),
            };
            self.waiting.fetch_sub(bytes, Ordering::AcqRel);
            self.note(outcome, &trouble);
        }
    }

    fn note(&self, outcome: io::Result<()>, trouble: &logs::Seldom) {
        if let Err(error) = outcome {
            self.behind.store(true, Ordering::Release);
            let dir = self.dir.display();
            trouble
                .warning(format_args!("The last good plan is not kept in {dir}: {error}. Traffic is not concerned."));
        }
    }

    fn message(&mut self, message: &[u8]) -> io::Result<()> {
        let envelope: Envelope<'_> = serde_json::from_slice(message)?;
        self.whole(envelope.plan.get().as_bytes())
    }

    fn whole(&mut self, plan: &[u8]) -> io::Result<()> {
        // Cleared before writing: a delta dropped meanwhile sets it again and is not forgotten.
        self.behind.store(false, Ordering::Release);
        replace(&self.dir, plan)?;
        self.plan_bytes = plan.len() as u64;
        self.journal_bytes = 0;
        Ok(())
    }

    fn delta(&mut self, message: &[u8]) -> io::Result<()> {
        self.journal_bytes = append(&self.dir, self.journal_bytes, message)?;
        if self.journal_bytes > self.plan_bytes.max(SMALL_JOURNAL) { self.whole(&fold(&self.dir)?) } else { Ok(()) }
    }
}
