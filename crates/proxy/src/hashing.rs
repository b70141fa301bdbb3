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

#[cfg(test)]
mod tests {
    use super::*;
    use pointsman_middleware::{BasicAuth, BasicCheck, Identity};
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::Poll;
    use std::time::Instant;

    /// A password for `test`, whose is `test`.
    fn job(credentials: &str) -> PasswordJob {
        let users = ["test:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/".to_owned()];
        let auth = BasicAuth::build(&users, Identity::default(), Arc::default()).expect("builds");
        match auth.check([credentials.as_bytes()].into_iter(), Instant::now()) {
            BasicCheck::Ask(_, job) => job,
            known => panic!("{known:?}"),
        }
    }

    #[tokio::test]
    async fn passwords_are_hashed_elsewhere() {
        let hashing = Hashing::default();
        assert_eq!(hashing.run(job("Basic dGVzdDp0ZXN0")).await, Some(true));
        assert_eq!(hashing.run(job("Basic dGVzdDp4")).await, Some(false));
    }

    #[tokio::test]
    async fn who_finds_no_room_is_told_so() {
        let (queue, tasks) = sync_channel(1);
        let hashing = Hashing { queue: OnceLock::from(queue) };
        let mut first = pin!(hashing.run(job("Basic dGVzdDp0ZXN0")));
        assert!(poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_pending())).await);
        assert_eq!(hashing.run(job("Basic dGVzdDp0ZXN0")).await, None);
        // Nobody works any more: who waits is told, too.
        drop(tasks);
        assert_eq!(first.await, None);
    }
}
