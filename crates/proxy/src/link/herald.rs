//! Tells the controller, unasked, which servers are down.

use super::say;
use crate::context::Shared;
use crate::health::ailing;
use pointsman_plan::{ServerHealth, Upward};
use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whoever speaks on the link holds it, so that messages stay whole.
#[derive(Clone, Default)]
pub(super) struct Voice(Arc<Mutex<Spoken>>);

#[derive(Default)]
struct Spoken {
    /// The link, once it was greeted.
    link: Option<UnixStream>,
    /// What the controller knows of health.
    ailing: Vec<ServerHealth>,
}

impl Voice {
    /// Says hello on a new link, and who is down.
    pub(super) fn greet(&self, link: &mut UnixStream, hello: &Upward, shared: &Shared) -> io::Result<()> {
        let mut spoken = self.hold();
        say(link, hello)?;
        *spoken = Spoken { link: Some(link.try_clone()?), ailing: Vec::new() };
        spoken.tell(ailing(shared))
    }

    /// Says something on the link that was greeted last.
    pub(super) fn say(&self, link: &mut UnixStream, message: &Upward) -> io::Result<()> {
        let _held = self.hold();
        say(link, message)
    }

    /// Nobody listens any more.
    pub(super) fn hush(&self) {
        self.hold().link = None;
    }

    /// Starts the thread that waits for changes and tells them.
    pub(super) fn start(&self, shared: Arc<Shared>) -> io::Result<()> {
        let voice = self.clone();
        std::thread::Builder::new().name("herald".to_owned()).spawn(move || {
            let mut seen = 0;
            loop {
                seen = shared.health.wait(seen);
                let mut spoken = voice.hold();
                if spoken.tell(ailing(&shared)).is_err()
                    && let Some(link) = spoken.link.take()
                {
                    // A message may be half said. Whoever serves the link sees its end.
                    let _ = link.shutdown(Shutdown::Both);
                }
            }
        })?;
        Ok(())
    }

    fn hold(&self) -> MutexGuard<'_, Spoken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spoken {
    fn tell(&mut self, ailing: Vec<ServerHealth>) -> io::Result<()> {
        let Some(link) = &mut self.link else { return Ok(()) };
        if ailing != self.ailing {
            say(link, &Upward::Health { servers: ailing.clone() })?;
            self.ailing = ailing;
        }
        Ok(())
    }
}
