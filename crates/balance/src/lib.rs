//! Owns the questions "may this request pass?" (breakers, limits) and "which server of the pool answers it?". Pure: no I/O,
//! time is an argument. Knows servers by their index and weight, sources by their bytes.

mod attempt;
mod breaker;
mod connections;
mod cookie;
mod drr;
mod figures;
mod health;
mod key;
mod latencies;
mod meter;
mod rate;
mod sequence;
mod smooth;
mod source;
mod sources;
mod window;

pub use attempt::Attempt;
pub use breaker::Breaker;
pub use connections::{ConnectionLimit, Counted};
pub use cookie::{StickyCookie, origin_of};
pub use health::Checked;
pub use rate::RateLimiter;
pub use source::{Source, address_bytes};

use drr::Drr;
use sequence::Sequence;
use smooth::Smooth;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How a pool shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Smooth weighted round robin.
    #[default]
    Wrr,
    /// The same with weights that follow the servers' error ratios.
    Drr,
}

/// One server as a balancer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which server this is, however its neighbours change: equal before and after a reload for the same server.
    pub identity: u64,
    /// 0 = never chosen.
    pub weight: u32,
}

/// What a server is still owed, as a part of one round; negative if it has had more than its share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Credit {
    pub(crate) identity: u64,
    pub(crate) rounds: f64,
}

/// The sharing of one pool's requests among its servers, used by all threads at once: every run of as many picks as the
/// weights add up to (divided by their greatest common divisor) holds the exact shares.
#[derive(Debug)]
pub struct Balancer {
    shares: Box<[Share]>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Nobody has a weight.
    Nobody,
    /// A whole round, worked out beforehand: a pick is one atomic addition.
    Sequence(Sequence),
    /// A round would be too long to keep.
    Smooth(Mutex<Smooth>),
    Drr(Mutex<Drr>),
}

impl Balancer {
    /// A balancer at its beginning.
    #[must_use]
    pub fn new(method: Method, shares: &[Share]) -> Self {
        let kind = match method {
            _ if shares.iter().all(|share| share.weight == 0) => Kind::Nobody,
            Method::Wrr => wrr(shares, &[]),
            Method::Drr => Kind::Drr(Mutex::new(Drr::new(shares))),
        };
        Self { shares: shares.into(), kind }
    }

    /// The balancer for a changed list of servers: those that stay keep their turn, and `drr` what it knows of them.
    #[must_use]
    pub fn with_servers(&self, method: Method, shares: &[Share]) -> Self {
        let kind = match (method, &self.kind) {
            _ if shares.iter().all(|share| share.weight == 0) => Kind::Nobody,
            (Method::Wrr, _) => wrr(shares, &self.credits()),
            (Method::Drr, Kind::Drr(drr)) => Kind::Drr(Mutex::new(lock(drr).with_servers(shares))),
            (Method::Drr, _) => Kind::Drr(Mutex::new(Drr::new(shares))),
        };
        Self { shares: shares.into(), kind }
    }

    /// Index of the server whose turn it is; `None` if there is none with a weight.
    #[must_use]
    pub fn pick(&self) -> Option<usize> {
        match &self.kind {
            Kind::Nobody => None,
            Kind::Sequence(sequence) => Some(sequence.pick()),
            Kind::Smooth(smooth) => Some(lock(smooth).pick()),
            Kind::Drr(drr) => Some(lock(drr).pick()),
        }
    }

    /// As `pick`, but not `avoided` if there is any other with a weight: for a retry. Takes nobody's turn away.
    #[must_use]
    pub fn pick_avoiding(&self, avoided: usize) -> Option<usize> {
        let others = self.shares.iter().enumerate().any(|(index, share)| index != avoided && share.weight > 0);
        if !others {
            return self.pick();
        }
        match &self.kind {
            Kind::Nobody => None,
            Kind::Sequence(sequence) => Some(sequence.pick_avoiding(avoided)),
            Kind::Smooth(smooth) => Some(lock(smooth).pick_avoiding(avoided)),
            Kind::Drr(drr) => Some(lock(drr).pick_avoiding(avoided)),
        }
    }

    /// Tells how the server at `index` answered (502 and 504 for our own network errors and timeouts) at `now_ms`, in
    /// milliseconds of any steady clock. Costs nothing unless `wants_reports`.
    pub fn report(&self, index: usize, status: u16, now_ms: u64) {
        if let Kind::Drr(drr) = &self.kind {
            lock(drr).report(index, status, now_ms);
        }
    }

    /// Whether `report` has any effect (`drr`).
    #[must_use]
    pub fn wants_reports(&self) -> bool {
        matches!(self.kind, Kind::Drr(_))
    }

    /// Number of servers, those without a weight too.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shares.len()
    }

    /// Whether there is no server.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    fn credits(&self) -> Vec<Credit> {
        let credits = match &self.kind {
            Kind::Nobody => Vec::new(),
            Kind::Sequence(sequence) => sequence.credits(),
            Kind::Smooth(smooth) => lock(smooth).credits(),
            Kind::Drr(drr) => lock(drr).credits(),
        };
        let credit = |(share, rounds): (&Share, f64)| Credit { identity: share.identity, rounds };
        self.shares.iter().zip(credits).map(credit).collect()
    }
}

fn wrr(shares: &[Share], credits: &[Credit]) -> Kind {
    let weights = smooth::reduced(shares);
    let credits: HashMap<u64, f64> = credits.iter().map(|credit| (credit.identity, credit.rounds)).collect();
    let owed: Vec<f64> = shares.iter().map(|share| credits.get(&share.identity).copied().unwrap_or(0.0)).collect();
    match Sequence::new(&weights) {
        Some(sequence) => Kind::Sequence(sequence.continuing(&owed)),
        None => Kind::Smooth(Mutex::new(Smooth::continuing(weights, &owed))),
    }
}

/// What a panicking thread left behind is still a sound state here: every change is complete or harmless.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
