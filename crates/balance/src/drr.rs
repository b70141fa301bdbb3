//! Round robin whose weights follow the servers' error ratios, by the numbers of Traefik 1.7.

use crate::Share;
use crate::meter::Meter;
use crate::smooth::{Smooth, gcd};

/// Largest weight a good server is raised to.
const LARGEST: u64 = 4_096;
const FACTOR: u64 = 4;
/// A server is bad when its ratio exceeds so many times the usual one.
const OUTLIER: f64 = 1.5;
/// Least time between changes of weights.
const PAUSE_MS: u64 = 10_000;

#[derive(Debug)]
pub(crate) struct Drr {
    servers: Vec<Server>,
    smooth: Smooth,
    quiet_until_ms: u64,
}

#[derive(Clone, Debug)]
struct Server {
    share: Share,
    weight: u64,
    meter: Meter,
}

impl Server {
    fn new(share: Share) -> Self {
        Self { share, weight: u64::from(share.weight), meter: Meter::default() }
    }

    fn original(&self) -> u64 {
        u64::from(self.share.weight)
    }
}

impl Drr {
    /// At least one weight is not 0.
    pub(crate) fn new(shares: &[Share]) -> Self {
        let servers: Vec<_> = shares.iter().copied().map(Server::new).collect();
        let smooth = Smooth::new(servers.iter().map(|server| server.weight).collect());
        Self { servers, smooth, quiet_until_ms: 0 }
    }

    /// The same for a changed list: what stays equal keeps its meter and weight.
    pub(crate) fn with_servers(&self, shares: &[Share]) -> Self {
        let known = |share: &Share| self.servers.iter().position(|server| server.share.identity == share.identity);
        let credits = self.smooth.credits();
        let owed: Vec<f64> = shares.iter().map(|share| known(share).map_or(0.0, |at| credits[at])).collect();
        let carry = |share: &Share| match known(share).map(|at| &self.servers[at]) {
            Some(server) if server.share == *share => server.clone(),
            Some(server) => Server { meter: server.meter.clone(), ..Server::new(*share) },
            None => Server::new(*share),
        };
        let servers: Vec<_> = shares.iter().map(carry).collect();
        let weights = servers.iter().map(|server| server.weight).collect();
        Self { servers, smooth: Smooth::continuing(weights, &owed), quiet_until_ms: self.quiet_until_ms }
    }

    pub(crate) fn pick(&mut self) -> usize {
        self.smooth.pick()
    }

    pub(crate) fn pick_avoiding(&mut self, avoided: usize) -> usize {
        self.smooth.pick_avoiding(avoided)
    }

    pub(crate) fn credits(&self) -> Vec<f64> {
        self.smooth.credits()
    }

    pub(crate) fn report(&mut self, index: usize, status: u16, now_ms: u64) {
        let Some(server) = self.servers.get_mut(index) else { return };
        server.meter.count(status, now_ms);
        if now_ms < self.quiet_until_ms {
            return;
        }
        let ready = self.present().count() > 1 && self.present().all(|server| server.meter.is_warm());
        if ready && self.adjust(now_ms) {
            self.quiet_until_ms = now_ms + PAUSE_MS;
            self.apply();
        }
    }

    /// Those without a weight, or down, are nothing to compare with.
    fn present(&self) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(|server| server.original() > 0)
    }

    /// Whether any weight has changed.
    fn adjust(&mut self, now_ms: u64) -> bool {
        let ratios: Vec<f64> = self.present().map(|server| server.meter.ratio(now_ms)).collect();
        let limit = OUTLIER * usual(&ratios);
        let bad = ratios.iter().filter(|&&ratio| ratio > limit).count();
        let apart = bad > 0 && bad < ratios.len();
        let mut changed = false;
        for (server, ratio) in self.servers.iter_mut().filter(|server| server.original() > 0).zip(ratios) {
            let weight = if !apart {
                if server.weight == server.original() {
                    continue;
                }
                (server.weight / FACTOR).max(server.original())
            } else if ratio <= limit && server.weight * FACTOR <= LARGEST {
                server.weight * FACTOR
            } else {
                continue;
            };
            changed |= weight != server.weight;
            server.weight = weight;
        }
        changed
    }

    fn apply(&mut self) {
        let divisor = self.servers.iter().fold(0, |divisor, server| gcd(divisor, server.weight)).max(1);
        self.servers.iter_mut().for_each(|server| server.weight /= divisor);
        let weights = self.servers.iter().map(|server| server.weight).collect();
        self.smooth = Smooth::continuing(weights, &self.smooth.credits());
    }
}

/// Median plus median absolute deviation; an even number of ratios gets a 0 beside them.
fn usual(ratios: &[f64]) -> f64 {
    let mut ratios = ratios.to_vec();
    if ratios.len().is_multiple_of(2) {
        ratios.push(0.0);
    }
    let middle = median(ratios.clone());
    middle + median(ratios.iter().map(|ratio| (ratio - middle).abs()).collect())
}

/// Of an odd number of values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
