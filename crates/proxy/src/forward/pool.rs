//! A thread's idle upstream connections.

use super::upstream::UpstreamStream;
use crate::context::ThreadContext;
use crate::snapshot::Upstream;
use pointsman_plan::Settings;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// How often, at least and at most, connections too old or dead are looked for.
const SWEEPS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Idle connections by server, latest first. A server belongs to the slot its `Upstream` names.
#[derive(Debug)]
pub struct Pools {
    slots: RefCell<Vec<Slot>>,
    most: usize,
    longest_ms: u64,
}

#[derive(Debug, Default)]
struct Slot {
    serial: u64,
    idle: Vec<Idle>,
}

#[derive(Debug)]
struct Idle {
    stream: UpstreamStream,
    since_ms: u64,
}

impl Pools {
    /// Empty, with this thread's share of `Limits.idle_per_server`.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let share = settings.limits.idle_per_server.div_ceil(settings.threads.max(1));
        let longest_ms = match settings.timeouts.upstream_idle_ms {
            0 => u64::MAX,
            millis => millis,
        };
        Self { slots: RefCell::default(), most: share, longest_ms }
    }

    /// The connection to this server that was used last, if one is usable.
    pub(crate) fn take(&self, upstream: &Upstream, now_ms: u64) -> Option<UpstreamStream> {
        let mut slots = self.slots.borrow_mut();
        let slot = slots.get_mut(upstream.slot as usize).filter(|slot| slot.serial == upstream.serial)?;
        while let Some(idle) = slot.idle.pop() {
            if now_ms.saturating_sub(idle.since_ms) >= self.longest_ms {
                // All below are older.
                slot.idle.clear();
                return None;
            }
            if idle.stream.is_alive() {
                return Some(idle.stream);
            }
        }
        None
    }

    /// Keeps a connection for later; the oldest goes when there are too many.
    pub(crate) fn put(&self, upstream: &Upstream, stream: UpstreamStream, now_ms: u64) {
        let mut slots = self.slots.borrow_mut();
        let index = upstream.slot as usize;
        if index >= slots.len() {
            slots.resize_with(index + 1, Slot::default);
        }
        let slot = &mut slots[index];
        if slot.serial != upstream.serial {
            slot.idle.clear();
            slot.serial = upstream.serial;
        }
        if self.most == 0 {
            return;
        }
        if slot.idle.len() >= self.most {
            slot.idle.remove(0);
        }
        slot.idle.push(Idle { stream, since_ms: now_ms });
    }

    fn sweep(&self, now_ms: u64) {
        for slot in self.slots.borrow_mut().iter_mut() {
            slot.idle.retain(|idle| now_ms.saturating_sub(idle.since_ms) < self.longest_ms && idle.stream.is_alive());
        }
    }

    /// Starts a local task that sweeps while the context is in use.
    pub(crate) fn sweep_regularly(context: &Rc<ThreadContext>) {
        let pause = Duration::from_millis(context.pools.longest_ms / 4).clamp(SWEEPS.0, SWEEPS.1);
        let context = Rc::downgrade(context);
        tokio::task::spawn_local(async move {
            loop {
                tokio::time::sleep(pause).await;
                let Some(context) = context.upgrade() else { return };
                context.timers.pass_while_idle(pause);
                context.pools.sweep(context.timers.now_ms());
            }
        });
    }
}

/// Whether credentials or a challenge are of a scheme that authenticates connections rather than requests.
pub(crate) fn is_of_connections(value: &[u8]) -> bool {
    let scheme = value.split(|&byte| matches!(byte, b' ' | b',')).next().unwrap_or_default();
    scheme.eq_ignore_ascii_case(b"ntlm") || scheme.eq_ignore_ascii_case(b"negotiate")
}
