//! Owns the health checks: one task of one request thread follows the snapshots and asks every server of the pools that
//! want it, again and again. Requests read the outcome from their pool; the link tells the controller.

mod check;
mod question;
mod stir;

pub use stir::Stir;

use crate::context::Shared;
use crate::logs;
use crate::snapshot::{CheckedPools, CompiledPool, Health};
use pointsman_plan::ServerHealth;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Checks under way at a time, over all pools.
const AT_ONCE: usize = 32;

/// Follows the snapshots for as long as the process serves. Must run as a local task.
pub async fn follow(shared: Arc<Shared>) {
    let places = Rc::new(Semaphore::new(AT_ONCE));
    let mut rounds: HashMap<Box<str>, watch::Sender<Arc<CompiledPool>>> = HashMap::new();
    let mut seen = CheckedPools::default();
    loop {
        let checked = Arc::clone(shared.snapshot.load().checked_pools());
        if !Arc::ptr_eq(&checked, &seen) {
            rounds.retain(|key, _| checked.contains_key(key));
            for (key, pool) in &*checked {
                let known = rounds.entry(key.clone()).or_insert_with(|| {
                    let (sender, pools) = watch::channel(Arc::clone(pool));
                    tokio::task::spawn_local(go_round(Arc::clone(&shared), Rc::clone(&places), pools));
                    sender
                });
                known.send_if_modified(|old| !Arc::ptr_eq(&std::mem::replace(old, Arc::clone(pool)), pool));
            }
            seen = checked;
            shared.health.stir();
        }
        shared.swapped.notified().await;
    }
}

/// Checks one pool's servers: at once, then every interval, and whenever the pool changes, until it is gone.
async fn go_round(shared: Arc<Shared>, places: Rc<Semaphore>, mut pools: watch::Receiver<Arc<CompiledPool>>) {
    let mut jittered = false;
    loop {
        let pool = Arc::clone(&pools.borrow_and_update());
        let Some(health) = pool.health() else { return };
        check_all(&shared, &places, &pool).await;
        let interval = Duration::from_millis(health.check.interval_ms.max(1));
        // Pools that came together part ways.
        let pause = if jittered { interval } else { interval.mul_f64(jitter()) };
        jittered = true;
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            changed = pools.changed() => if changed.is_err() { return },
        }
    }
}

async fn check_all(shared: &Arc<Shared>, places: &Rc<Semaphore>, pool: &Arc<CompiledPool>) {
    let mut checks = JoinSet::new();
    for index in 0..pool.upstreams.len() {
        let (shared, places, pool) = (Arc::clone(shared), Rc::clone(places), Arc::clone(pool));
        checks.spawn_local(async move {
            let Some(health) = pool.health() else { return };
            let Ok(_place) = places.acquire().await else { return };
            let failure = check::check(&shared, &health.check, &pool.upstreams[index].server).await.err();
            note(&shared, (&pool, health), index, failure.unwrap_or_default());
        });
    }
    while checks.join_next().await.is_some() {}
}

/// `failure`: why the server is down; empty if it is up.
fn note(shared: &Shared, (pool, health): (&CompiledPool, &Health), index: usize, failure: String) {
    let url = &pool.upstreams[index].server.url;
    let (up, shown) = (failure.is_empty(), failure.clone());
    if health.note(index, up, failure) {
        match up {
            true => logs::info(format_args!("Server {url} of backend {} is up", pool.name)),
            false => logs::info(format_args!("Server {url} of backend {} is down: {shown}", pool.name)),
        }
        shared.health.stir();
    }
}

/// From a half to 1.
fn jitter() -> f64 {
    let random = RandomState::new().hash_one(0) >> 32;
    0.5 + random as f64 / f64::from(u32::MAX) / 2.0
}

/// All servers that are down now.
#[must_use]
pub fn ailing(shared: &Shared) -> Vec<ServerHealth> {
    let mut ailing = Vec::new();
    for (key, pool) in &**shared.snapshot.load().checked_pools() {
        let Some(health) = pool.health() else { continue };
        for (index, upstream) in pool.upstreams.iter().enumerate().filter(|(index, _)| !health.checked.is_up(*index)) {
            let (server, url) = (upstream.server.name.clone(), upstream.server.url.clone());
            ailing.push(ServerHealth { pool: key.to_string(), server, url, reason: health.reason(index) });
        }
    }
    ailing
}
