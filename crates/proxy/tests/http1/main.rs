//! HTTP/1 through a running proxy: real sockets, upstreams that do what a test says.
#![allow(clippy::unwrap_used)]

mod answers_of_chains;
mod auth;
mod bodies;
mod buffering;
mod compression;
mod desync;
mod error_pages;
mod faults;
mod forward_auth;
mod heads;
mod health;
mod introductions;
mod limits;
mod metrics;
mod persistence;
mod refusals;
mod retries;
mod sticky;
mod support;
mod upgrades;
