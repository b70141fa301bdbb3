//! Deadlines for thousands of connections at the price of a store: a thread's clock ticks every 100 ms, compares them all
//! and wakes the tasks whose time is up. Nothing ticks while nobody waits.

use crate::context::Shared;
use crate::drain::Phase;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior};

/// Resolution of every deadline.
const TICK: Duration = Duration::from_millis(100);
/// The clock never jumps further, so a process that was stopped for a minute doesn't find everybody expired.
const LONGEST_STEP_MS: u64 = 1_000;
/// No deadline.
const NEVER: u64 = u64::MAX;

/// A thread's deadlines and coarse clock.
#[derive(Debug)]
pub struct Timers {
    now_ms: Cell<u64>,
    /// Everybody's, those that are free included.
    entries: RefCell<Vec<Rc<Entry>>>,
    /// Without an owner: places in `entries`.
    free: RefCell<Vec<usize>>,
    started: Notify,
}

#[derive(Debug)]
struct Entry {
    deadline: Cell<u64>,
    waker: RefCell<Waker>,
}

/// One task's deadline; at most one is set at a time.
#[derive(Debug)]
pub struct Timer {
    timers: Rc<Timers>,
    entry: Rc<Entry>,
    place: usize,
}

impl Timers {
    /// Starts the clock as a local task.
    pub fn start(shared: Arc<Shared>) -> Rc<Self> {
        let timers = Rc::new(Self {
            now_ms: Cell::new(1),
            entries: RefCell::default(),
            free: RefCell::default(),
            started: Notify::new(),
        });
        tokio::task::spawn_local(Rc::clone(&timers).run(shared));
        timers
    }

    /// Milliseconds since some instant, as of the last tick.
    pub fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    /// Moves the clock on if nobody's deadline made it tick: idle upstream connections grow old all the same.
    pub fn pass_while_idle(&self, time: Duration) {
        if self.is_empty() {
            let step = u64::try_from(time.as_millis()).unwrap_or(LONGEST_STEP_MS);
            self.now_ms.set(self.now_ms.get() + step);
        }
    }

    /// A timer for the current task.
    pub fn timer(self: &Rc<Self>) -> Timer {
        let freed = self.free.borrow_mut().pop();
        let mut entries = self.entries.borrow_mut();
        let place = freed.unwrap_or_else(|| {
            entries.push(Rc::new(Entry { deadline: Cell::new(NEVER), waker: RefCell::new(Waker::noop().clone()) }));
            entries.len() - 1
        });
        let entry = Rc::clone(&entries[place]);
        self.started.notify_one();
        Timer { timers: Rc::clone(self), entry, place }
    }

    async fn run(self: Rc<Self>, shared: Arc<Shared>) {
        let mut seen = Phase::Serving;
        loop {
            if self.is_empty() {
                self.started.notified().await;
            }
            let mut ticks = tokio::time::interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut last = Instant::now();
            while !self.is_empty() {
                ticks.tick().await;
                let now = Instant::now();
                let step = u64::try_from((now - last).as_millis()).unwrap_or(LONGEST_STEP_MS).min(LONGEST_STEP_MS);
                last = now;
                self.now_ms.set(self.now_ms.get() + step);
                let everyone = drain_went_on(&shared, &mut seen);
                self.wake(everyone);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.entries.borrow().len() == self.free.borrow().len()
    }

    fn wake(&self, everyone: bool) {
        let now = self.now_ms.get();
        for entry in self.entries.borrow().iter() {
            if everyone || entry.deadline.get() <= now {
                entry.waker.borrow().wake_by_ref();
            }
        }
    }
}

fn drain_went_on(shared: &Shared, seen: &mut Phase) -> bool {
    let mut changed = false;
    for phase in [Phase::Closing, Phase::Cut] {
        if *seen < phase && shared.drain.reached(phase) {
            *seen = phase;
            changed = true;
        }
    }
    changed
}

impl Timer {
    /// As of the last tick.
    pub fn now_ms(&self) -> u64 {
        self.timers.now_ms()
    }

    /// Sets the deadline `after_ms` from now; 0 = none. Never early, at most a tick late.
    pub fn set(&self, after_ms: u64) {
        let at = if after_ms == 0 { NEVER } else { self.now_ms().saturating_add(after_ms) };
        self.entry.deadline.set(at);
    }

    /// Sets the deadline to an instant of `now_ms`; `None` = none.
    pub fn set_at(&self, at_ms: Option<u64>) {
        self.entry.deadline.set(at_ms.unwrap_or(NEVER));
    }

    /// Whether the deadline has passed; if not, the task is woken when it does (and when the process starts to drain).
    pub fn poll_expired(&self, cx: &Context<'_>) -> bool {
        if self.entry.deadline.get() <= self.now_ms() {
            return true;
        }
        let mut waker = self.entry.waker.borrow_mut();
        if !waker.will_wake(cx.waker()) {
            waker.clone_from(cx.waker());
        }
        false
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.entry.deadline.set(NEVER);
        self.entry.waker.replace(Waker::noop().clone());
        self.timers.free.borrow_mut().push(self.place);
    }
}
