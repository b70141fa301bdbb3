//! The tasks that serve a thread's connections. One that is through with a connection takes the next: making a task costs
//! more than all else that a connection needs.

use super::open::Counted;
use crate::conn;
use crate::context::ThreadContext;
use crate::listeners::Place;
use std::cell::RefCell;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio::net::TcpStream;

/// Workers that wait, at most; they take 4 KiB each.
const KEPT: usize = 128;

/// A thread's.
pub(super) struct Workers {
    idle: RefCell<Vec<Rc<Desk>>>,
    context: Rc<ThreadContext>,
}

/// An accepted connection.
pub(super) struct Arrival {
    pub stream: TcpStream,
    pub peer: SocketAddr,
    /// Index in sorted name order.
    pub entry_point: usize,
    /// Freed when it ends, also by a panic.
    pub held: (Place, Counted),
}

/// Where one worker finds its next connection.
struct Desk {
    next: RefCell<Option<Arrival>>,
    worker: RefCell<Waker>,
}

impl Workers {
    pub(super) fn new(context: Rc<ThreadContext>) -> Rc<Self> {
        Rc::new(Self { idle: RefCell::default(), context })
    }

    /// Has a connection served. Must be called inside the thread's `LocalSet`.
    pub(super) fn serve(self: &Rc<Self>, arrival: Arrival) {
        if let Some(desk) = self.idle.borrow_mut().pop() {
            desk.next.replace(Some(arrival));
            desk.worker.borrow().wake_by_ref();
        } else {
            let desk = Desk { next: RefCell::new(Some(arrival)), worker: RefCell::new(Waker::noop().clone()) };
            tokio::task::spawn_local(Rc::clone(self).work(Rc::new(desk)));
        }
    }

    /// A panic ends the worker and its connection, nothing else.
    async fn work(self: Rc<Self>, desk: Rc<Desk>) {
        loop {
            let Arrival { stream, peer, entry_point, held } = poll_fn(|cx| desk.poll_next(cx)).await;
            conn::welcome(stream, peer, entry_point, Rc::clone(&self.context)).await;
            drop(held);
            let mut idle = self.idle.borrow_mut();
            if idle.len() == KEPT {
                return;
            }
            idle.push(Rc::clone(&desk));
        }
    }
}

impl Desk {
    fn poll_next(&self, cx: &Context<'_>) -> Poll<Arrival> {
        if let Some(arrival) = self.next.take() {
            return Poll::Ready(arrival);
        }
        self.worker.borrow_mut().clone_from(cx.waker());
        Poll::Pending
    }
}
