//! The access log: one line for each request, as Traefik 1.7 writes it. A request's thread formats its line and puts it into
//! a buffer of that thread; another thread writes the buffers out. No request ever waits for a disk or a reader: what finds
//! no room is dropped whole, and counted.

mod clock;
mod common;
mod fields;
mod filter;
mod headers;
mod json;
mod names;
mod names_text;
mod output;
mod text;
mod writer;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use crate::Outcome;
use clock::Clock;
use fields::Fields;
use filter::Filter;
use headers::{Group, Modes};
use names_text::KnownNames;
use pointsman_plan as plan;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::Instant;
use writer::{Shard, Writer};

/// How the log tells of its own trouble.
pub type Complain = fn(std::fmt::Arguments<'_>);

/// The log of a process.
#[derive(Debug)]
pub struct AccessLog {
    format: plan::LogFormat,
    fields: Fields,
    filter: Filter,
    headers: Modes,
    entry_points: Box<[Box<str>]>,
    /// Makes request ids unlike those of another process.
    seed: u64,
    numbers: AtomicU64,
    writer: Arc<Writer>,
    thread: OnceLock<Thread>,
}

impl AccessLog {
    /// Starts to write. `entry_points`: names in the order of `Outcome.entry_point`. Trouble with the file is told to
    /// `complain` and tried to overcome for as long as it lasts.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(
        config: &plan::AccessLog,
        entry_points: impl Iterator<Item = String>,
        complain: Complain,
    ) -> std::io::Result<Arc<Self>> {
        let writer = Arc::new(Writer::new(config, complain));
        let log = Arc::new(Self {
            format: config.format,
            fields: Fields::of(config),
            filter: Filter::of(config),
            headers: Modes::of(config),
            entry_points: entry_points.map(String::into_boxed_str).collect(),
            seed: clock::seed(),
            numbers: AtomicU64::new(0),
            writer: Arc::clone(&writer),
            thread: OnceLock::new(),
        });
        let thread = std::thread::Builder::new().name("access-log".to_owned()).spawn(move || writer.run())?;
        // Set once: `start` is the only one to do so.
        let _ = log.thread.set(thread.thread().clone());
        Ok(log)
    }

    /// The number of a request that has just arrived, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether lines tell of the heads of responses.
    pub(crate) fn keeps_heads(&self) -> bool {
        self.format == plan::LogFormat::Json && self.headers.keeps_any()
    }

    /// Opens the file anew, because it was rotated.
    pub fn reopen(&self) {
        self.writer.reopen();
        self.wake();
    }

    /// Lines that found no room or could not be written.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.writer.dropped()
    }

    /// Waits until what was told so far is written, but not for a disk or a reader that takes nothing.
    pub fn flush(&self) {
        let written = self.writer.flush();
        self.wake();
        written.wait();
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

/// A thread's part of the log.
#[derive(Debug)]
pub(crate) struct ThreadLog {
    log: Arc<AccessLog>,
    shard: Arc<Shard>,
    state: RefCell<State>,
}

/// Memory that is used again and again.
#[derive(Debug, Default)]
struct State {
    clock: Clock,
    line: Vec<u8>,
    request: Group,
    response: Group,
    names: KnownNames,
}

impl ThreadLog {
    pub fn new(log: &Arc<AccessLog>) -> Self {
        Self { log: Arc::clone(log), shard: log.writer.shard(), state: RefCell::default() }
    }

    pub fn log(&self) -> &AccessLog {
        &self.log
    }

    /// Writes the line of a finished request, if it fits the filters.
    pub fn record(&self, outcome: &Outcome<'_>) {
        let log = &*self.log;
        if !log.filter.passes(outcome) {
            return;
        }
        let state = &mut *self.state.borrow_mut();
        state.line.clear();
        let begun = outcome.stages.begun.unwrap_or_else(Instant::now);
        state.clock.set(begun, outcome.stages.ended.unwrap_or(begun));
        match log.format {
            plan::LogFormat::Json => json::write(state, log, outcome),
            plan::LogFormat::Common => common::write(state, log, outcome),
        }
        state.line.push(b'\n');
        if self.shard.push(&state.line) {
            log.wake();
        }
    }
}
