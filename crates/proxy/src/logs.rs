//! The proxy's own log: lines like Traefik 1.7's (logrus), on standard output.
//!
//! A thread of its own writes; whoever logs never waits. When the reader of standard output stops, lines are dropped and
//! counted, and traffic goes on. Not for requests: the access log is another thing.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde::Serialize;
use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Lines waiting for the writer before new ones are dropped.
const WAITING: usize = 1_024;
/// How long [`flush`] waits for a reader that may have stopped.
const FLUSH: Duration = Duration::from_millis(200);
/// Pause between two lines of a [`Seldom`].
const SELDOM: Duration = Duration::from_secs(60);

/// Severity; `panic` and `fatal` of 1.7 count as `Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something is broken.
    Error,
    /// Something is odd, and was coped with.
    Warning,
    /// Life cycle.
    Info,
    /// For who looks for a fault.
    Debug,
}

impl Level {
    fn parse(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "debug" | "trace" => Self::Debug,
            "info" => Self::Info,
            "warn" | "warning" => Self::Warning,
            _ => Self::Error,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

enum Entry {
    Line(String),
    Flush(SyncSender<()>),
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Error as u8);
static DROPPED: AtomicU64 = AtomicU64::new(0);
static WRITER: OnceLock<(SyncSender<Entry>, bool)> = OnceLock::new();

/// Starts the log. `level` and `format` (`json`, anything else is text) as in the settings; later calls change nothing.
pub fn start(level: &str, format: &str) {
    LEVEL.store(Level::parse(level) as u8, Ordering::Relaxed);
    let (lines, waiting) = sync_channel(WAITING);
    if WRITER.set((lines, format.eq_ignore_ascii_case("json"))).is_ok() {
        let writer = std::thread::Builder::new().name("log".to_owned());
        // Without a thread for it there is no log, which must not keep the proxy from serving.
        let _ = writer.spawn(move || write(&waiting));
    }
}

/// Whether lines of this level are written: ask before formatting something long.
#[must_use]
pub fn enabled(level: Level) -> bool {
    level as u8 <= LEVEL.load(Ordering::Relaxed)
}

/// Logs one line; never blocks.
pub fn log(level: Level, message: fmt::Arguments<'_>) {
    if !enabled(level) {
        return;
    }
    let Some((lines, json)) = WRITER.get() else { return };
    let time = rfc3339(SystemTime::now(), TimeZone::system());
    let line = render(level, &message.to_string(), *json, &time);
    if let Err(TrySendError::Full(_)) = lines.try_send(Entry::Line(line)) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Something is broken.
pub fn error(message: fmt::Arguments<'_>) {
    log(Level::Error, message);
}

/// Something is odd, and was coped with.
pub fn warning(message: fmt::Arguments<'_>) {
    log(Level::Warning, message);
}

/// Life cycle.
pub fn info(message: fmt::Arguments<'_>) {
    log(Level::Info, message);
}

/// For who looks for a fault.
pub fn debug(message: fmt::Arguments<'_>) {
    log(Level::Debug, message);
}

/// Lines dropped because nobody read standard output.
#[must_use]
pub fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Waits until everything logged so far is written, but not for a reader that has stopped.
pub fn flush() {
    let Some((lines, _)) = WRITER.get() else { return };
    let (done, written) = sync_channel(1);
    if lines.try_send(Entry::Flush(done)).is_ok() {
        let _ = written.recv_timeout(FLUSH);
    }
}

fn write(waiting: &Receiver<Entry>) {
    let mut out = std::io::stdout();
    for entry in waiting {
        match entry {
            // A log that cannot be written (disk full, reader gone) has nowhere to say so.
            Entry::Line(line) => drop(out.write_all(line.as_bytes()).and_then(|()| out.flush())),
            Entry::Flush(done) => drop(done.try_send(())),
        }
    }
}

#[derive(Serialize)]
struct Record<'a> {
    level: &'a str,
    msg: &'a str,
    time: &'a str,
}

fn render(level: Level, message: &str, json: bool, time: &str) -> String {
    let name = level.name();
    if json {
        let record = Record { level: name, msg: message, time };
        return serde_json::to_string(&record).unwrap_or_default() + "\n";
    }
    // JSON's quoting escapes the same characters as logrus' text format does, line ends included.
    let quoted = serde_json::to_string(message).unwrap_or_default();
    format!("time=\"{time}\" level={name} msg={quoted}\n")
}

/// `2021-12-10T17:54:05+01:00`, in the process' zone (TZ); `Z` for no offset, as Go writes it.
fn rfc3339(now: SystemTime, zone: TimeZone) -> String {
    let local = Timestamp::try_from(now).unwrap_or_default().to_zoned_datetime(zone);
    let offset = if local.offset() == Offset::UTC { "Z" } else { "%:z" };
    local.strftime(&format!("%Y-%m-%dT%H:%M:%S{offset}")).to_string()
}

/// Logs a warning at most once a minute: for what would come back on every accept or every write.
pub struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    /// Nothing logged yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Logs, unless the last line is younger than a minute.
    pub fn warning(&self, message: fmt::Arguments<'_>) {
        self.log(Level::Warning, message);
    }

    /// The same of what costs requests.
    pub fn error(&self, message: fmt::Arguments<'_>) {
        self.log(Level::Error, message);
    }

    fn log(&self, level: Level, message: fmt::Arguments<'_>) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|at| at.elapsed() >= SELDOM) {
            *last = Some(Instant::now());
            drop(last);
            log(level, message);
        }
    }
}

impl Default for Seldom {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn times_are_of_the_zone() {
        let told = |seconds, zone: &str| rfc3339(at(seconds), TimeZone::posix(zone).expect("a zone"));
        assert_eq!(told(0, "UTC0"), "1970-01-01T00:00:00Z");
        assert_eq!(told(951_782_400, "UTC0"), "2000-02-29T00:00:00Z");
        let paris = "CET-1CEST,M3.5.0,M10.5.0/3";
        assert_eq!(told(1_639_158_845, paris), "2021-12-10T18:54:05+01:00");
        assert_eq!(told(1_625_097_600, paris), "2021-07-01T02:00:00+02:00");
        assert_eq!(told(1_639_158_845, "NST3:30"), "2021-12-10T14:24:05-03:30");
    }

    #[test]
    fn a_line_is_one_line_whatever_is_logged() {
        let line = render(Level::Warning, "a \"b\"\nc", false, "now");
        assert_eq!(line, "time=\"now\" level=warning msg=\"a \\\"b\\\"\\nc\"\n");
        let json = render(Level::Info, "a\nb", true, "now");
        assert_eq!(json, "{\"level\":\"info\",\"msg\":\"a\\nb\",\"time\":\"now\"}\n");
    }

    #[test]
    fn levels_are_read_in_any_case() {
        assert_eq!(Level::parse("INFO"), Level::Info);
        assert_eq!(Level::parse("Warn"), Level::Warning);
        assert_eq!(Level::parse("panic"), Level::Error);
    }
}
