//! Owns what is done to a request between its match and its upstream. One file per middleware, of one shape:
//! config → build → call. Pure: no I/O; time is an argument. Knows nothing of connections.

mod authorization;
mod basic_auth;
mod digest_auth;
mod error_pages;
mod expansion;
mod facts;
mod forward_auth;
mod hashes;
mod headers;
mod identity;
mod ip_allow_list;
mod location;
mod nonces;
mod password_cache;
mod path_modifiers;
mod redirect;
mod security_headers;
mod template;

pub use authorization::{Basic, Digest};
pub use basic_auth::{BasicAuth, BasicCheck, PasswordJob};
pub use digest_auth::{DigestAuth, DigestCheck};
pub use error_pages::{ErrorPage, ErrorPages};
pub use facts::Facts;
pub use forward_auth::ForwardAuth;
pub use headers::{Edits, Headers};
pub use identity::Identity;
pub use ip_allow_list::IpAllowList;
pub use location::Url;
pub use nonces::Nonces;
pub use password_cache::PasswordCache;
pub use path_modifiers::{PathModifiers, Rewrite};
pub use pointsman_router::BuildError;
pub use redirect::{Redirect, Redirected};
pub use security_headers::{SecurityCheck, SecurityHeaders};

use pointsman_plan as plan;
use pointsman_router::Regexes;
use std::sync::Arc;

/// A step of a chain; run in the chain's order.
#[derive(Debug)]
pub enum Middleware {
    /// 403 unless the client's address is allowed.
    IpAllowList(IpAllowList),
    /// Edits request and response headers.
    Headers(Headers),
    /// Replaces answers with certain codes.
    ErrorPages(ErrorPages),
    /// Sends clients elsewhere.
    Redirect(Redirect),
    /// Hosts, TLS, headers for browsers.
    SecurityHeaders(Box<SecurityHeaders>),
    /// 401 without the password of a user.
    BasicAuth(BasicAuth),
    /// The same without telling it.
    DigestAuth(DigestAuth),
    /// Another server decides.
    ForwardAuth(ForwardAuth),
}

/// What middlewares are built with.
#[derive(Debug)]
pub struct Building<'b> {
    /// `Settings.strict`.
    pub strict: bool,
    /// Expressions in use.
    pub regexes: &'b mut Regexes,
    /// Names of the entry points, sorted: indexes mean this order.
    pub entry_points: &'b [Arc<str>],
    /// Of all basic authentication.
    pub passwords: &'b Arc<PasswordCache>,
    /// Of all digest authentication.
    pub nonces: &'b Arc<Nonces>,
}

impl Middleware {
    /// Builds from the plan.
    ///
    /// # Errors
    /// Names the option and value at fault, and never a secret.
    pub fn build(config: &plan::Middleware, building: &mut Building<'_>) -> Result<Self, BuildError> {
        Ok(match config {
            plan::Middleware::IpAllowList { source_range, use_x_forwarded_for } => {
                Self::IpAllowList(IpAllowList::build(source_range, *use_x_forwarded_for, building.strict)?)
            }
            plan::Middleware::Headers { request, response } => Self::Headers(Headers::build(request, response)?),
            plan::Middleware::ErrorPages { pages } => Self::ErrorPages(ErrorPages::build(pages)),
            plan::Middleware::RedirectEntryPoint { entry_point, scheme, port, permanent } => {
                Self::Redirect(Redirect::to_entry_point((entry_point, scheme, *port), *permanent, building)?)
            }
            plan::Middleware::RedirectRegex { regex, replacement, permanent } => {
                Self::Redirect(Redirect::by_regex(regex, replacement, *permanent, building)?)
            }
            plan::Middleware::SecurityHeaders(config) => {
                Self::SecurityHeaders(Box::new(SecurityHeaders::build(config)?))
            }
            plan::Middleware::BasicAuth { users, header_field, remove_header } => {
                let identity = Identity::build(header_field, *remove_header)?;
                Self::BasicAuth(BasicAuth::build(users, identity, Arc::clone(building.passwords))?)
            }
            plan::Middleware::DigestAuth { users, header_field, remove_header } => {
                let identity = Identity::build(header_field, *remove_header)?;
                Self::DigestAuth(DigestAuth::build(users, identity, Arc::clone(building.nonces))?)
            }
            plan::Middleware::ForwardAuth(config) => Self::ForwardAuth(ForwardAuth::build(config)?),
        })
    }
}
