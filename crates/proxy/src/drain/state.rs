//! The phases, one step after the other; never back.

use std::sync::atomic::{AtomicU8, Ordering};
use tokio::sync::watch;

/// How far the process is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// As usual.
    Serving,
    /// `/ping` and `/ready` answer 503; everything is still accepted.
    Unready,
    /// Nothing is accepted; idle connections close, busy ones after their answer.
    Closing,
    /// What is still open is cut.
    Cut,
}

/// The phase, readable by every request for the price of a load, and awaitable.
#[derive(Debug)]
pub struct DrainState {
    phase: AtomicU8,
    changes: watch::Sender<Phase>,
}

impl DrainState {
    /// Serving.
    #[must_use]
    pub fn new() -> Self {
        Self { phase: AtomicU8::new(Phase::Serving as u8), changes: watch::Sender::new(Phase::Serving) }
    }

    /// Goes on to `phase`, unless it is that far already.
    pub fn advance(&self, phase: Phase) {
        self.phase.fetch_max(phase as u8, Ordering::Release);
        self.changes.send_if_modified(|held| {
            let later = phase > *held;
            *held = phase.max(*held);
            later
        });
    }

    /// Whether it has come to `phase`.
    #[must_use]
    pub fn reached(&self, phase: Phase) -> bool {
        self.phase.load(Ordering::Acquire) >= phase as u8
    }

    /// Waits until it has come to `phase`.
    pub async fn wait(&self, phase: Phase) {
        let mut changes = self.changes.subscribe();
        // The sender lives as long as `self`.
        let _ = changes.wait_for(|held| *held >= phase).await;
    }
}

impl Default for DrainState {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn phases_go_one_way_and_wake_who_waits() {
        let state = DrainState::new();
        assert!(!state.reached(Phase::Unready));
        let waiting = async {
            state.wait(Phase::Closing).await;
            assert!(state.reached(Phase::Unready));
        };
        let driving = async {
            state.advance(Phase::Closing);
            state.advance(Phase::Unready);
            assert!(state.reached(Phase::Closing));
        };
        tokio::join!(waiting, driving);
        state.wait(Phase::Serving).await;
    }
}
