//! The request threads: each one runtime, its own listeners, its own connections. They share a snapshot and nothing else
//! that is busy.

mod open;
mod workers;

use crate::context::{Shared, ThreadContext};
use crate::drain::Phase;
use crate::health;
use crate::listeners::{self, Gate};
use open::Open;
use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinSet, LocalSet};
use workers::{Arrival, Workers};

/// A thread's listeners, each with the index of its entry point.
pub type Hand = Vec<(usize, TcpListener)>;

/// Starts one thread per hand and returns once all of them accept. They end by themselves, and say so on `ended`: when the
/// drain has come to `Closing` and their last connection is gone, or at `Cut`.
///
/// # Errors
/// The first thread's that could not start.
pub fn start(shared: &Arc<Shared>, gate: &Arc<Gate>, hands: Vec<Hand>, ended: &UnboundedSender<()>) -> io::Result<()> {
    let (started, outcomes) = channel();
    let count = hands.len();
    for (index, hand) in hands.into_iter().enumerate() {
        let (shared, gate) = (Arc::clone(shared), Arc::clone(gate));
        let (started, ending) = (started.clone(), Ending(ended.clone()));
        let thread = std::thread::Builder::new().name(format!("proxy-{index}"));
        thread.spawn(move || {
            let _said_at_the_end = ending;
            work(&shared, &gate, (index, hand), &started);
        })?;
    }
    drop(started);
    for _ in 0..count {
        outcomes.recv().map_err(|_| io::Error::other("a thread died while it started"))??;
    }
    Ok(())
}

/// Says that a thread ended, also when it panicked.
struct Ending(UnboundedSender<()>);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

fn work(shared: &Arc<Shared>, gate: &Arc<Gate>, hand: (usize, Hand), started: &Sender<io::Result<()>>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(started.send(Err(error))),
    };
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, serve(shared, gate, hand, started));
}

async fn serve(shared: &Arc<Shared>, gate: &Arc<Gate>, (index, hand): (usize, Hand), started: &Sender<io::Result<()>>) {
    let context = ThreadContext::new(Arc::clone(shared));
    let open = Rc::new(Open::default());
    let workers = Workers::new(Rc::clone(&context));
    let mut accepting = JoinSet::new();
    for (entry_point, listener) in hand {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => return drop(started.send(Err(error))),
        };
        let (workers, open) = (Rc::clone(&workers), Rc::clone(&open));
        accepting.spawn_local(listeners::accept(listener, Arc::clone(gate), move |stream, peer, place| {
            let held = (place, Open::enter(&open));
            workers.serve(Arrival { stream, peer, entry_point, held });
        }));
    }
    if index == 0 {
        tokio::task::spawn_local(health::follow(Arc::clone(shared)));
    }
    let _ = started.send(Ok(()));
    shared.drain.wait(Phase::Closing).await;
    accepting.shutdown().await;
    tokio::select! {
        () = open.none() => {}
        () = shared.drain.wait(Phase::Cut) => {}
    }
}
