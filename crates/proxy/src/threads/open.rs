//! A thread's open connections, counted so that the last one ends it.

use std::cell::Cell;
use std::rc::Rc;
use tokio::sync::Notify;

/// The count.
#[derive(Debug, Default)]
pub(super) struct Open {
    count: Cell<usize>,
    last_left: Notify,
}

/// One of them; dropping it (also by a panic) uncounts it.
#[derive(Debug)]
pub(super) struct Counted(Rc<Open>);

impl Open {
    pub(super) fn enter(open: &Rc<Self>) -> Counted {
        open.count.set(open.count.get() + 1);
        Counted(Rc::clone(open))
    }

    /// Waits until there is none. Nothing may enter any more.
    pub(super) async fn none(&self) {
        while self.count.get() > 0 {
            self.last_left.notified().await;
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.count.set(self.0.count.get() - 1);
        if self.0.count.get() == 0 {
            self.0.last_left.notify_one();
        }
    }
}
