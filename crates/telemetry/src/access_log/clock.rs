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
/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// A number that another process would not get.
pub(super) fn seed() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

/// One thread's.
#[derive(Debug)]
pub(super) struct Clock {
    /// The same moment on both clocks; wall in nanoseconds since 1970.
    anchor: Option<(Instant, u64)>,
    zone: TimeZone,
    begun: Stamp,
    ended: Stamp,
    /// Of the begin's second: a point and up to nine digits, or nothing.
    fraction: [u8; 10],
    fraction_length: usize,
    duration: u64,
}

/// A second in UTC and in the process' zone.
#[derive(Debug, Default)]
struct Stamp {
    second: Option<u64>,
    utc: [u8; SECONDS],
    local: [u8; SECONDS],
    /// Of the zone, in minutes.
    offset: i32,
    /// The same as RFC 3339 has it.
    zone: Vec<u8>,
}

/// A duration in nanoseconds.
pub(super) fn nanos(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(SECOND).saturating_add(u64::from(duration.subsec_nanos()))
}

impl Default for Clock {
    fn default() -> Self {
        let (begun, ended) = (Stamp::default(), Stamp::default());
        let zone = TimeZone::system();
        Self { anchor: None, zone, begun, ended, fraction: [0; 10], fraction_length: 0, duration: 0 }
    }
}

impl Clock {
    /// Sets it to a request's time.
    pub fn set(&mut self, begun: Instant, ended: Instant) {
        let (at, wall) = match self.anchor {
            Some((at, wall)) if at <= ended && ended - at < ASKED => (at, wall),
            _ => self.ask(),
        };
        self.duration = nanos(ended.saturating_duration_since(begun));
        let end = if ended >= at { wall + nanos(ended - at) } else { wall - nanos(at - ended) };
        let begin = end.saturating_sub(self.duration);
        self.begun.set(begin / SECOND, &self.zone);
        self.ended.set(end / SECOND, &self.zone);
        self.set_fraction((begin % SECOND) as u32);
    }

    fn ask(&mut self) -> (Instant, u64) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        *self.anchor.insert((Instant::now(), nanos(since)))
    }

    /// Go leaves zeros at the end out.
    fn set_fraction(&mut self, mut nanos: u32) {
        let mut length = if nanos == 0 { 0 } else { self.fraction.len() };
        self.fraction[0] = b'.';
        for place in (1..self.fraction.len()).rev() {
            self.fraction[place] = b'0' + (nanos % 10) as u8;
            nanos /= 10;
        }
        while length > 0 && self.fraction[length - 1] == b'0' {
            length -= 1;
        }
        self.fraction_length = length;
    }

    /// From begin to end, in nanoseconds.
    pub fn duration(&self) -> u64 {
        self.duration
    }

    /// The begin in UTC, to the nanosecond.
    pub fn start_utc(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.begun.utc);
        out.extend_from_slice(&self.fraction[..self.fraction_length]);
        out.push(b'Z');
    }

    /// The begin in the process' zone, to the nanosecond.
    pub fn start_local(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.begun.local);
        out.extend_from_slice(&self.fraction[..self.fraction_length]);
        out.extend_from_slice(&self.begun.zone);
    }

    /// The end in the process' zone, to the second.
    pub fn time(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.ended.local);
        out.extend_from_slice(&self.ended.zone);
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
    fn set(&mut self, second: u64, zone: &TimeZone) {
        if self.second.replace(second) != Some(second) {
            let at = Timestamp::from_second(i64::try_from(second).unwrap_or_default()).unwrap_or_default();
            let offset = zone.to_offset(at);
            self.utc = digits(at, Offset::UTC);
            self.local = digits(at, offset);
            self.offset = offset.seconds() / 60;
            self.zone.clear();
            self::zone(&mut self.zone, self.offset, true);
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

fn zone(out: &mut Vec<u8>, offset: i32, rfc3339: bool) {
    if offset == 0 && rfc3339 {
        return out.push(b'Z');
    }
    out.push(if offset < 0 { b'-' } else { b'+' });
    let minutes = offset.unsigned_abs();
    text::number(out, u64::from(minutes / 600 % 10));
    text::number(out, u64::from(minutes / 60 % 10));
    if rfc3339 {
        out.push(b':');
    }
    text::number(out, u64::from(minutes % 60 / 10));
    text::number(out, u64::from(minutes % 10));
}
