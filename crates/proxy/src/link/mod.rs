//! The link to the controller: plans and deltas come down, what became of them goes up.
//!
//! A thread of its own reads, parses, builds and swaps; requests only ever load the result. Whatever is wrong with a
//! message, the table in force stays.

mod apply;
pub mod frames;
mod herald;

pub use apply::Applier;

use crate::control::{Control, Word};
use crate::logs;
use frames::FrameError;
use herald::Voice;
use pointsman_plan::Upward;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A peer that stops within a message, or doesn't take our answers, for this long has hung.
const HUNG: Duration = Duration::from_secs(60);

/// The current link; replaces it when a new one comes.
#[derive(Clone)]
pub struct Links {
    arrivals: Sender<UnixStream>,
    current: Arc<Mutex<Option<UnixStream>>>,
}

impl Links {
    /// Starts the thread that serves one link after the other.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(applier: Applier, control: Option<Control>) -> io::Result<Self> {
        let (arrivals, waiting) = channel();
        let links = Self { arrivals, current: Arc::default() };
        let current = Arc::clone(&links.current);
        let voice = Voice::default();
        voice.start(Arc::clone(applier.shared()))?;
        let mut server = Server { applier, control, current, voice };
        std::thread::Builder::new().name("link".to_owned()).spawn(move || server.run(&waiting))?;
        Ok(links)
    }

    /// Takes a new link; what was half said on the old one is forgotten.
    ///
    /// # Errors
    /// The socket's.
    pub fn replace(&self, link: UnixStream) -> io::Result<()> {
        link.set_read_timeout(Some(HUNG))?;
        link.set_write_timeout(Some(HUNG))?;
        let mut current = lock(&self.current);
        if let Some(old) = current.replace(link.try_clone()?) {
            let _ = old.shutdown(Shutdown::Both);
        }
        // The receiver lives as long as its thread, and that as long as the process.
        let _ = self.arrivals.send(link);
        Ok(())
    }

    /// Tells the controller that this process takes no more changes.
    pub fn draining(&self) {
        if let Some(link) = lock(&self.current).as_mut() {
            // A controller that has stopped reading must not hold up the drain.
            let _ = link.set_nonblocking(true).and_then(|()| say(link, &Upward::Draining {}));
            let _ = link.shutdown(Shutdown::Both);
        }
    }
}

struct Server {
    applier: Applier,
    control: Option<Control>,
    current: Arc<Mutex<Option<UnixStream>>>,
    voice: Voice,
}

impl Server {
    fn run(&mut self, waiting: &Receiver<UnixStream>) {
        while let Ok(first) = waiting.recv() {
            // Of several that came at once, all but the newest are shut down already.
            let mut link = waiting.try_iter().last().unwrap_or(first);
            let served = self.serve(&mut link);
            self.voice.hush();
            match served {
                Err(FrameError::Closed) => logs::debug(format_args!("The link to the controller was closed")),
                Err(error) => {
                    logs::warning(format_args!("The link to the controller broke: {error}. The plan in force stays."));
                    self.lost(&mut link, &error);
                }
                Ok(()) => {}
            }
            let _ = link.shutdown(Shutdown::Both);
        }
    }

    /// Serves until the link ends.
    fn serve(&mut self, link: &mut UnixStream) -> Result<(), FrameError> {
        let hello = Upward::Hello { generation: self.applier.generation(), pid: std::process::id() };
        self.voice.greet(link, &hello, self.applier.shared())?;
        loop {
            let message = frames::read(link)?;
            let answer = self.applier.take(&message);
            self.voice.say(link, &answer)?;
            self.applier.keep(message);
        }
    }

    /// A stream out of step cannot go on; if it was the current one, a fresh one is wanted.
    fn lost(&self, link: &mut UnixStream, error: &FrameError) {
        // May wait for a peer that hangs, so not under the lock: a new link ends the wait.
        let _ = say(link, &Upward::Rejected { generation: self.applier.generation(), message: error.to_string() });
        let mut current = lock(&self.current);
        if current.as_ref().is_some_and(|held| same_socket(held, link)) {
            *current = None;
            if let Some(control) = &self.control {
                control.send(Word::LinkLost);
            }
        }
    }
}

fn same_socket(one: &UnixStream, other: &UnixStream) -> bool {
    let inode = |stream: &UnixStream| rustix::fs::fstat(stream).map(|s| s.st_ino).ok();
    inode(one).is_some() && inode(one) == inode(other)
}

fn say(link: &mut UnixStream, message: &Upward) -> io::Result<()> {
    frames::write(link, &serde_json::to_vec(message)?)
}

fn lock(current: &Mutex<Option<UnixStream>>) -> MutexGuard<'_, Option<UnixStream>> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}
