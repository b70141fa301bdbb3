//! The way out: what asks the process to stop, and the steps from serving to gone.

mod state;
mod stop;

pub use state::{DrainState, Phase};
pub use stop::{End, Stops, conduct};
