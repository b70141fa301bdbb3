//! What the process tests share: a proxy started as its supervisor starts it, the controller's end of its link, upstreams
//! and clients. Everything is bounded by time.
#![allow(dead_code, unused_imports, clippy::unwrap_used)] // each test binary uses a part

mod client;
mod plans;
mod proxy;
mod upstream;

pub use client::{Answer, Client};
pub use plans::{plan, pool, route};
pub use proxy::{Link, Options, Proxy};
pub use upstream::Upstream;

use std::time::{Duration, Instant};

/// Longer than anything takes that works.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Asks again and again, until it is so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < LIMIT, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
