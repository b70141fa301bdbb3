//! HTTP/1 through a running proxy: real sockets, upstreams that do what a test says.
#![allow(clippy::unwrap_used)]

mod bodies;
mod desync;
mod faults;
mod heads;
mod introductions;
mod persistence;
mod refusals;
mod retries;
mod support;
mod upgrades;
