//! The data plane: takes requests, routes them by the snapshot in force, forwards them. `context` is what everything here
//! shares; `conn` speaks to clients, `forward` to upstreams.

pub mod answers;
mod buffers;
pub mod cli;
pub mod conn;
pub mod context;
pub mod control;
pub mod drain;
mod forward;
mod hashing;
pub mod health;
pub mod internal;
pub mod link;
pub mod listeners;
pub mod logs;
pub mod snapshot;
pub mod state;
mod steady;
pub mod threads;
mod timers;
pub mod traffic;

pub use pointsman_telemetry as telemetry;
