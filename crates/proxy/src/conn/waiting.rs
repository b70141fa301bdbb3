//! Waiting for something other than the client or its upstream, as long as the client stays.

use super::respond::caught;
use super::{Connection, Transport};
use crate::forward::{Ask, Decision, SideCall, Told, resume, side_call};
use pointsman_http1::Request;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// compat(1.7): how long an authentication server has.
const AUTH: Duration = Duration::from_secs(30);
/// Longest body of its answer that is passed on.
const AUTH_BODY: usize = 1 << 20;

impl<S: Transport> Connection<S> {
    /// What becomes of a request that must wait for something first. `Wait`: the client left while it waited.
    pub(super) async fn wait(&mut self, request: &Request, mut decision: Decision) -> Decision {
        while let Decision::Wait(suspended) = decision {
            let Some(told) = self.learn(&suspended.ask).await else { return Decision::Wait(suspended) };
            let mut noted = self.noted();
            let resumed = || resume(&self.context, self.incoming(request), *suspended, (told, &mut noted));
            decision = caught(resumed);
            self.note(noted);
        }
        decision
    }

    async fn learn(&mut self, ask: &Ask) -> Option<Told> {
        let context = self.context.clone();
        match ask {
            Ask::Password(_, job) => {
                self.unless_gone(context.shared.hashing.run(job.clone())).await.map(Told::Password)
            }
            Ask::Server(server, head) => {
                let call = SideCall { head, most: AUTH_BODY, limit: AUTH };
                self.unless_gone(side_call(&context, server, call)).await.map(Told::Server)
            }
        }
    }

    /// Waits for `future`; `None`: the client left first.
    pub(super) async fn unless_gone<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        self.timer.set_at(None);
        poll_fn(|cx| {
            if let Poll::Ready(outcome) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(outcome));
            }
            // Registers with the clock, which wakes everybody when the process is cut.
            let _ = self.timer.poll_expired(cx);
            if self.poll_gone(cx) || self.is_cut() { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }
}
