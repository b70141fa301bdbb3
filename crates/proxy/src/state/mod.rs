//! The last good plan on disk, so that a proxy serves before the controller speaks.
//!
//! `plan.json` is a plan as `pointsman-proxy check` reads it; `plan.journal` holds the deltas since, framed as on the link.
//! Nothing here may keep a request, or an update, waiting.

mod fold;
mod journal;
mod keeper;

pub use journal::{Loaded, load};
pub use keeper::Keeper;

#[cfg(test)]
mod tests;
