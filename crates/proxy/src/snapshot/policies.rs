//! What few pools and routes have: breakers, limits, sticky cookies, health. Their state lives on, whatever else of the pool
//! or route changes, as long as the option itself is worded the same. compat(1.7): each entry point counts by itself.

use super::Upstream;
use pointsman_balance::{Balancer, Breaker, Checked, ConnectionLimit, RateLimiter, Source, StickyCookie, origin_of};
use pointsman_balance::{Method, Share};
use pointsman_plan as plan;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Options of a pool that requests meet, ready for them.
#[derive(Debug)]
pub struct Policies {
    /// By entry point; asked first.
    breakers: Option<Arc<[Breaker]>>,
    connections: Option<Arc<ConnectionLimits>>,
    /// How much of requests and answers is kept before they are passed on.
    pub buffering: Option<plan::Buffering>,
    /// Which server a client keeps.
    pub sticky: Option<Sticky>,
    /// Which servers are up.
    pub health: Option<Health>,
}

/// Requests under way, by entry point and source.
#[derive(Debug)]
pub struct ConnectionLimits {
    /// Who is counted; `None`: all together.
    pub source: Option<Source>,
    limits: Box<[ConnectionLimit]>,
}

/// Requests in a time, by entry point and source.
#[derive(Debug)]
pub struct RateLimits {
    /// Who is counted.
    pub source: Source,
    config: plan::RateLimit,
    limiters: Box<[RateLimiter]>,
}

/// The cookie and what its values mean.
#[derive(Debug)]
pub struct Sticky {
    /// How it is called and set.
    pub cookie: StickyCookie,
    /// Indexes by URL.
    servers: HashMap<Box<[u8]>, usize>,
}

/// Health of a pool's servers.
#[derive(Debug)]
pub struct Health {
    /// How they are checked.
    pub check: plan::HealthCheck,
    /// Who is up.
    pub checked: Checked,
    /// Why somebody is down, or is not checked; empty for the others.
    reasons: Mutex<Box<[String]>>,
}

/// A pool on its way to be compiled.
pub(super) struct Draft<'d> {
    pub(super) options: &'d plan::PoolOptions,
    pub(super) upstreams: &'d [Arc<Upstream>],
    pub(super) method: Method,
    pub(super) shares: &'d [Share],
    /// Whose turn it was.
    pub(super) turns: &'d Balancer,
    pub(super) entry_points: usize,
}

/// The same pool before.
pub(super) struct Before<'b> {
    pub(super) options: Option<&'b plan::PoolOptions>,
    pub(super) policies: Option<&'b Policies>,
    pub(super) upstreams: &'b [Arc<Upstream>],
}

impl Policies {
    /// `None`: requests meet nothing of it.
    pub(super) fn build(draft: &Draft<'_>, before: &Before<'_>) -> Option<Self> {
        let options = draft.options;
        let policies = Self {
            breakers: options.breaker.as_ref().map(|condition| breakers(condition, draft, before)),
            connections: options.max_connections.as_ref().map(|config| connections(config, draft, before)),
            buffering: options.buffering.clone(),
            sticky: options.sticky.as_ref().map(|config| Sticky::new(config, draft.upstreams)),
            health: options.health_check.as_ref().map(|check| Health::new(check, draft, before)),
        };
        let any = policies.breakers.is_some() || policies.connections.is_some() || policies.buffering.is_some();
        (any || policies.sticky.is_some() || policies.health.is_some()).then_some(policies)
    }

    /// The breaker for requests that came by an entry point.
    #[must_use]
    pub fn breaker(&self, entry_point: usize) -> Option<&Breaker> {
        self.breakers.as_ref()?.get(entry_point)
    }

    /// The limit for requests that came by an entry point, and whom it counts.
    #[must_use]
    pub fn connections(&self, entry_point: usize) -> Option<(&ConnectionLimit, Option<&Source>)> {
        let connections = self.connections.as_ref()?;
        Some((connections.limits.get(entry_point)?, connections.source.as_ref()))
    }
}

fn breakers(condition: &plan::Condition, draft: &Draft<'_>, before: &Before<'_>) -> Arc<[Breaker]> {
    let same = before.options.is_some_and(|old| old.breaker.as_ref() == Some(condition));
    let kept = before.policies.filter(|_| same).and_then(|old| old.breakers.clone());
    kept.unwrap_or_else(|| (0..draft.entry_points).map(|_| Breaker::new(condition)).collect())
}

fn connections(config: &plan::MaxConnections, draft: &Draft<'_>, before: &Before<'_>) -> Arc<ConnectionLimits> {
    let same = before.options.is_some_and(|old| old.max_connections.as_ref() == Some(config));
    let kept = before.policies.filter(|_| same).and_then(|old| old.connections.clone());
    kept.unwrap_or_else(|| {
        let limits = (0..draft.entry_points).map(|_| ConnectionLimit::new(config.amount)).collect();
        Arc::new(ConnectionLimits { source: Source::parse(&config.source), limits })
    })
}

impl RateLimits {
    /// The limits that `config` asks for: the old ones, if it is the same; `None`: its source is none.
    pub(super) fn build(config: &plan::RateLimit, old: Option<&Arc<Self>>, entry_points: usize) -> Option<Arc<Self>> {
        if let Some(old) = old.filter(|old| old.config == *config) {
            return Some(Arc::clone(old));
        }
        let limiters = (0..entry_points).map(|_| RateLimiter::new(&config.rates)).collect();
        Some(Arc::new(Self { source: Source::parse(&config.source)?, config: config.clone(), limiters }))
    }

    /// The limiter for requests that came by an entry point.
    #[must_use]
    pub fn limiter(&self, entry_point: usize) -> Option<&RateLimiter> {
        self.limiters.get(entry_point)
    }
}

impl Sticky {
    fn new(config: &plan::Sticky, upstreams: &[Arc<Upstream>]) -> Self {
        let mut servers = HashMap::with_capacity(upstreams.len());
        for (index, upstream) in upstreams.iter().enumerate() {
            servers.entry(upstream.server.url.as_bytes().into()).or_insert(index);
        }
        Self { cookie: StickyCookie::new(config), servers }
    }

    /// Index of the server that a cookie's value names.
    #[must_use]
    pub fn server(&self, value: &[u8]) -> Option<usize> {
        let found = self.servers.get(value);
        found.or_else(|| self.servers.get(origin_of(value)?.as_bytes())).copied()
    }
}

impl Health {
    /// Servers that stay are as they were, new ones are up.
    fn new(check: &plan::HealthCheck, draft: &Draft<'_>, before: &Before<'_>) -> Self {
        let old = before.policies.and_then(|old| old.health.as_ref());
        let places: HashMap<u64, usize> =
            before.upstreams.iter().enumerate().map(|(index, upstream)| (upstream.serial, index)).collect();
        let known = draft.upstreams.iter().map(|upstream| Some((old?, *places.get(&upstream.serial)?)));
        let (up, reasons): (Vec<bool>, Vec<String>) = known
            .map(|known| known.map_or((true, String::new()), |(old, at)| (old.checked.is_up(at), old.reason(at))))
            .unzip();
        let checked = Checked::new(draft.method, draft.shares, &up, draft.turns);
        Self { check: check.clone(), checked, reasons: Mutex::new(reasons.into()) }
    }

    /// Why a server is down, or is not checked.
    #[must_use]
    pub fn reason(&self, index: usize) -> String {
        self.reasons().get(index).cloned().unwrap_or_default()
    }

    /// Takes note of a check; whether it found something new.
    pub fn note(&self, index: usize, up: bool, reason: String) -> bool {
        let Some(known) = self.reasons().get_mut(index).map(|known| std::mem::replace(known, reason.clone())) else {
            return false;
        };
        self.checked.note(index, up) || known != reason
    }

    fn reasons(&self) -> std::sync::MutexGuard<'_, Box<[String]>> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
