//! Threads that hash passwords, so that no request thread does. Few, with a queue of their own: under a flood of wrong
//! passwords the proxy answers everybody else.

use pointsman_middleware::PasswordJob;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::oneshot;

/// Passwords that may wait.
const QUEUE: usize = 128;
/// Threads at most.
const MOST: usize = 4;

/// A password, and who waits for it.
type Task = (PasswordJob, oneshot::Sender<bool>);

/// The threads; started when the first password comes.
#[derive(Debug, Default)]
pub(crate) struct Hashing {
    queue: OnceLock<SyncSender<Task>>,
}

impl Hashing {
    /// Has a password hashed; whether it is right. `None`: too many wait, or hashing failed.
    pub async fn run(&self, job: PasswordJob) -> Option<bool> {
        let (told, outcome) = oneshot::channel();
        self.queue.get_or_init(start).try_send((job, told)).ok()?;
        outcome.await.ok()
    }
}

fn start() -> SyncSender<Task> {
    let (queue, tasks) = sync_channel(QUEUE);
    let tasks = Arc::new(Mutex::new(tasks));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for index in 0..cores.div_ceil(2).min(MOST) {
        let tasks = Arc::clone(&tasks);
        // Without a thread the queue fills up, and requests are told so.
        let _ = std::thread::Builder::new().name(format!("hash-{index}")).spawn(move || work(&tasks));
    }
    queue
}

fn work(tasks: &Mutex<Receiver<Task>>) {
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((job, told)) = task else { return };
        // Who has left meanwhile need not know.
        if !told.is_closed()
            && let Ok(right) = catch_unwind(AssertUnwindSafe(|| job.run()))
        {
            let _ = told.send(right);
        }
    }
}
