//! Routes as requests see them.

use super::PoolId;
use pointsman_middleware::{Middleware, PathModifiers};

/// What is done with a request that a route matched.
#[derive(Debug)]
pub struct CompiledRoute {
    /// Frontend name.
    pub name: Box<str>,
    /// Provider that declared it.
    pub provider: Box<str>,
    /// Where the user wrote it; may be empty.
    pub origin: Box<str>,
    /// Run first.
    pub modifiers: PathModifiers,
    /// Run after the modifiers, in order.
    pub middlewares: Box<[Middleware]>,
    /// Done last.
    pub action: CompiledAction,
}

/// A route's end.
#[derive(Debug)]
pub enum CompiledAction {
    /// Send the request to a server of a pool.
    Forward {
        /// Look it up in the snapshot the route came from: `Snapshot::pool`.
        pool: PoolId,
        /// Keep the client's Host; else `Upstream.server.host`.
        pass_host: bool,
    },
    /// Answer ourselves; 404 has the router's own body.
    Refuse {
        /// Response status.
        status: u16,
        /// For logs and explanations, not for the client.
        reason: Box<str>,
    },
}
