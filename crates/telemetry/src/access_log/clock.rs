//! Wall-clock times of a line, formatted once a second at most.

use super::text;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The wall clock is asked again after this time: it may be set.
const ASKED: Duration = Duration::from_secs(1);
/// `2006-01-02T15:04:05`.
const SECONDS: usize = 19;

/// A number that another process would not get.
pub(super) fn seed() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

/// One thread's.
#[derive(Debug)]
pub(super) struct Clock {
    /// The same moment on both clocks; wall in nanoseconds since 1970.
    anchor: Option<(Instant, i128)>,
    zone: TimeZone,
    begun: Stamp,
    ended: Stamp,
    begun_ns: u32,
}

/// A second in UTC and in the process' zone.
#[derive(Debug, Default)]
struct Stamp {
    second: Option<i64>,
    utc: [u8; SECONDS],
    local: [u8; SECONDS],
    /// Of the zone, in minutes.
    offset: i32,
}

impl Default for Clock {
    fn default() -> Self {
        let (begun, ended) = (Stamp::default(), Stamp::default());
        Self { anchor: None, zone: TimeZone::system(), begun, ended, begun_ns: 0 }
    }
}

impl Clock {
    /// Sets it to a request's time.
    pub fn set(&mut self, begun: Instant, ended: Instant) {
        let (at, wall) = match self.anchor {
            Some((at, wall)) if ended.saturating_duration_since(at) < ASKED => (at, wall),
            _ => self.ask(),
        };
        let (start, nanos) = split(wall + signed(begun, at));
        self.begun_ns = nanos;
        self.begun.set(start, &self.zone);
        self.ended.set(split(wall + signed(ended, at)).0, &self.zone);
    }

    fn ask(&mut self) -> (Instant, i128) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        *self.anchor.insert((Instant::now(), i128::try_from(since.as_nanos()).unwrap_or_default()))
    }

    /// The begin in UTC, to the nanosecond.
    pub fn start_utc(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.begun.utc);
        fraction(out, self.begun_ns);
        out.push(b'Z');
    }

    /// The begin in the process' zone, to the nanosecond.
    pub fn start_local(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.begun.local);
        fraction(out, self.begun_ns);
        zone(out, self.begun.offset, true);
    }

    /// The end in the process' zone, to the second.
    pub fn time(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.ended.local);
        zone(out, self.ended.offset, true);
    }

    /// The begin as `02/Jan/2006:15:04:05 -0700`, in UTC or the process' zone.
    pub fn common(&self, out: &mut Vec<u8>, utc: bool) {
        const MONTHS: [&[u8; 3]; 12] =
            [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
        let (text, offset) = if utc { (&self.begun.utc, 0) } else { (&self.begun.local, self.begun.offset) };
        let month = usize::from(text[5] - b'0') * 10 + usize::from(text[6] - b'0');
        out.extend_from_slice(&text[8..10]);
        out.push(b'/');
        out.extend_from_slice(MONTHS[(month + 11) % 12]);
        out.push(b'/');
        out.extend_from_slice(&text[..4]);
        out.push(b':');
        out.extend_from_slice(&text[11..]);
        out.push(b' ');
        zone(out, offset, false);
    }
}

impl Stamp {
    fn set(&mut self, second: i64, zone: &TimeZone) {
        if self.second.replace(second) != Some(second) {
            let at = Timestamp::from_second(second).unwrap_or_default();
            let offset = zone.to_offset(at);
            self.utc = digits(at, Offset::UTC);
            self.local = digits(at, offset);
            self.offset = offset.seconds() / 60;
        }
    }
}

fn digits(at: Timestamp, offset: Offset) -> [u8; SECONDS] {
    let date = offset.to_datetime(at).to_string();
    let mut text = *b"0000-01-01T00:00:00";
    if let Some(start) = date.as_bytes().get(..SECONDS) {
        text.copy_from_slice(start);
    }
    text
}

/// Nanoseconds from `origin` to `at`.
fn signed(at: Instant, origin: Instant) -> i128 {
    let nanos = |duration: Duration| i128::try_from(duration.as_nanos()).unwrap_or_default();
    if at >= origin { nanos(at - origin) } else { -nanos(origin - at) }
}

fn split(nanos: i128) -> (i64, u32) {
    let second = i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or_default();
    (second, u32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or_default())
}

/// Go leaves zeros at the end out.
fn fraction(out: &mut Vec<u8>, nanos: u32) {
    if nanos == 0 {
        return;
    }
    let mut buffer = itoa::Buffer::new();
    let nine = buffer.format(nanos + 1_000_000_000).as_bytes();
    let end = nine.iter().rposition(|&digit| digit != b'0').unwrap_or(0);
    out.push(b'.');
    out.extend_from_slice(&nine[1..=end]);
}

fn zone(out: &mut Vec<u8>, offset: i32, rfc3339: bool) {
    if offset == 0 && rfc3339 {
        return out.push(b'Z');
    }
    out.push(if offset < 0 { b'-' } else { b'+' });
    let minutes = offset.unsigned_abs();
    text::number(out, minutes / 600 % 10);
    text::number(out, minutes / 60 % 10);
    if rfc3339 {
        out.push(b':');
    }
    text::number(out, minutes % 60 / 10);
    text::number(out, minutes % 10);
}
