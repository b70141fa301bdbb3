//! Owns the way to an upstream and back: whom to ask, connections, the heads in both directions, bodies. Knows requests as
//! `Incoming`, so whatever protocol a client speaks uses it; knows nothing of client connections.

mod auth_head;
mod chain;
mod compression;
mod decide;
mod destination;
mod dial;
pub(crate) mod guess;
mod gzip;
mod incoming;
mod names;
mod pool;
mod pump;
mod relayed;
mod request_head;
mod response_head;
mod side_call;
mod spool;
mod trust;
mod upstream;

pub use names::Names;
pub use pool::Pools;
pub use trust::Trust;

pub(crate) use chain::{Ask, Told};
pub(crate) use compression::{Coding, LEAST, is_short, is_stream, may_pack};
pub(crate) use decide::{Decision, decide, resume};
pub(crate) use destination::{Destination, Noted, Pages, Route};
pub(crate) use dial::{DialError, dial, dial_admin};
pub(crate) use gzip::{Gzip, Packers};
pub(crate) use incoming::{Incoming, Peer};
pub(crate) use pool::is_of_connections;
pub(crate) use pump::{Decode, Encode, Pump, PumpError};
pub(crate) use relayed::relayed;
pub(crate) use request_head::{Identity, write_page_head, write_request_head};
pub(crate) use response_head::{Relay, ResponseForm, VARY, write_interim_head, write_response_head, write_switch_head};
#[allow(unused_imports, reason = "as above")]
pub(crate) use side_call::{Reply, SideCall, SideCallError, lone_call, side_call};
pub(crate) use spool::Spool;
pub(crate) use upstream::UpstreamStream;
