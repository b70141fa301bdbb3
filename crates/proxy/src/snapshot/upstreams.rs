//! Servers, each the same for all pools and snapshots that name its scheme and address.

use pointsman_plan as plan;
use std::collections::HashMap;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// One server of a pool.
#[derive(Debug)]
pub struct Upstream {
    /// Dense number for per-thread tables; given to another server after this one is gone: see `serial`.
    pub slot: u32,
    /// Never given twice, never 0: a table entry made under `slot` for another `serial` belongs to a server that is gone.
    pub serial: u64,
    /// Address, Host, URL.
    pub server: plan::Server,
    /// Requests under way, over all threads, pools and snapshots.
    pub in_flight: Arc<AtomicU32>,
    identity: Arc<Identity>,
}

/// What a scheme and address have while anyone knows them.
#[derive(Debug)]
struct Identity {
    slot: u32,
    serial: u64,
    in_flight: Arc<AtomicU32>,
    free: Arc<Mutex<Vec<u32>>>,
}

impl Drop for Identity {
    fn drop(&mut self) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.slot);
    }
}

/// All servers in use.
#[derive(Debug, Default)]
pub(super) struct Upstreams {
    known: HashMap<(plan::Scheme, String), Weak<Identity>>,
    free: Arc<Mutex<Vec<u32>>>,
    slots: u32,
    serials: u64,
    sweep_at: usize,
}

impl Upstreams {
    /// The server; its counters are those of every other server with the same scheme and address.
    pub(super) fn get(&mut self, server: &plan::Server) -> Arc<Upstream> {
        let identity = self.identity(server);
        Arc::new(Upstream {
            slot: identity.slot,
            serial: identity.serial,
            server: server.clone(),
            in_flight: Arc::clone(&identity.in_flight),
            identity,
        })
    }

    fn identity(&mut self, server: &plan::Server) -> Arc<Identity> {
        let key = (server.scheme, server.address.clone());
        if let Some(identity) = self.known.get(&key).and_then(Weak::upgrade) {
            return identity;
        }
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let slot = free.unwrap_or_else(|| {
            self.slots += 1;
            self.slots - 1
        });
        self.serials += 1;
        let identity =
            Arc::new(Identity { slot, serial: self.serials, in_flight: Arc::default(), free: Arc::clone(&self.free) });
        if self.known.len() >= self.sweep_at {
            self.known.retain(|_, weak| weak.strong_count() > 0);
            self.sweep_at = (2 * self.known.len()).max(64);
        }
        self.known.insert(key, Arc::downgrade(&identity));
        identity
    }
}

impl Upstream {
    /// Whether both are the same scheme and address.
    #[must_use]
    pub fn is_same_server(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.identity, &other.identity)
    }
}
