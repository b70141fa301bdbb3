//! Owns what a route does to a request between its match and its upstream. One file per middleware, of one shape:
//! config → build → call. Pure: no I/O, no clock. Knows nothing of connections.

mod expansion;
mod headers;
mod ip_allow_list;
mod path_modifiers;

pub use headers::{Edits, Headers};
pub use ip_allow_list::IpAllowList;
pub use path_modifiers::{PathModifiers, Rewrite};
pub use pointsman_router::BuildError;

use pointsman_plan as plan;

/// A step between a route's path modifiers and its upstream; run in the route's order.
#[derive(Debug)]
pub enum Middleware {
    /// 403 unless the client's address is allowed.
    IpAllowList(IpAllowList),
    /// Edits request and response headers.
    Headers(Headers),
}

impl Middleware {
    /// Builds from the plan; `strict` is `Settings.strict`.
    ///
    /// # Errors
    /// Names the option and value at fault.
    pub fn build(config: &plan::Middleware, strict: bool) -> Result<Self, BuildError> {
        Ok(match config {
            plan::Middleware::IpAllowList { source_range, use_x_forwarded_for } => {
                Self::IpAllowList(IpAllowList::build(source_range, *use_x_forwarded_for, strict)?)
            }
            plan::Middleware::Headers { request, response } => Self::Headers(Headers::build(request, response)?),
            other => return Err(unknown(other)),
        })
    }
}

fn unknown(config: &plan::Middleware) -> BuildError {
    let text = format!("{config:?}");
    let name = text.split([' ', '(']).next().unwrap_or_default().to_owned();
    BuildError { key: "middlewares", value: name, message: "is not known to this proxy".to_owned() }
}
