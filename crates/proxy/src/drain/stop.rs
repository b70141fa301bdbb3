//! Signals and the supervisor's end, and the drain they begin.

use super::{DrainState, Phase};
use crate::logs;
use pointsman_plan::Timeouts;
use std::io;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

/// Everything that says stop.
pub struct Stops {
    terminate: Signal,
    interrupt: Signal,
    /// Closed, or a message: the supervisor is gone. `None`: there is no supervisor, or its end was noticed before.
    supervisor: Option<UnboundedReceiver<()>>,
}

/// How a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Every connection came to its end.
    Clean,
    /// Some did not within `grace_ms`.
    Late,
    /// A second signal cut it short.
    Again,
}

impl Stops {
    /// Listens for SIGTERM and SIGINT, and takes the deadliness out of the signals that mean nothing to us.
    ///
    /// # Errors
    /// When a handler cannot be installed. Needs a runtime.
    pub fn listen(supervisor: Option<UnboundedReceiver<()>>) -> io::Result<Self> {
        for harmless in
            [SignalKind::hangup(), SignalKind::user_defined1(), SignalKind::user_defined2(), SignalKind::quit()]
        {
            // The handler stays when its stream is dropped.
            drop(signal(harmless)?);
        }
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            supervisor,
        })
    }

    /// Waits for the first reason to stop; tells which.
    pub async fn first(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            () = gone(self.supervisor.as_mut()) => "the supervisor is gone",
        }
    }

    /// Waits for a signal; the supervisor's end is no second order to stop.
    async fn again(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn gone(supervisor: Option<&mut UnboundedReceiver<()>>) {
    match supervisor {
        Some(end) => drop(end.recv().await),
        None => std::future::pending().await,
    }
}

/// Takes the process from the first stop to its end: unready and accepting for `request_accept_grace_ms`, then closing for at
/// most `grace_ms`, then cut. `finished`: the last connection is gone.
pub async fn conduct(
    drain: &DrainState,
    timeouts: &Timeouts,
    stops: &mut Stops,
    finished: impl Future<Output = ()>,
) -> End {
    drain.advance(Phase::Unready);
    let end = tokio::select! {
        end = steps(drain, timeouts, finished) => end,
        () = stops.again() => End::Again,
    };
    drain.advance(Phase::Cut);
    end
}

async fn steps(drain: &DrainState, timeouts: &Timeouts, finished: impl Future<Output = ()>) -> End {
    sleep(Duration::from_millis(timeouts.request_accept_grace_ms)).await;
    drain.advance(Phase::Closing);
    logs::debug(format_args!("Nothing is accepted any more"));
    tokio::select! {
        () = finished => End::Clean,
        () = sleep(Duration::from_millis(timeouts.grace_ms)) => End::Late,
    }
}
