//! In the making.

pub mod snapshot;
