//! The routes of one entry point.

use crate::{BuildError, Headers, Request};
use pointsman_plan as plan;
use std::sync::Arc;

/// One compiled route with what the caller wants back when it wins.
#[derive(Debug)]
pub struct Entry<T> {
    payload: T,
}

impl<T> Entry<T> {
    /// Compiles a route's matchers.
    ///
    /// # Errors
    /// Names the matcher and value that cannot be compiled.
    pub fn build(_route: &plan::Route, payload: T) -> Result<Self, BuildError> {
        Ok(Self { payload })
    }

    /// What was given to `build`.
    pub fn payload(&self) -> &T {
        &self.payload
    }
}

/// The answer for a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'t, T> {
    /// This route answers.
    Route(&'t T),
    /// Only a trailing slash is missing or too much: answer 301 with this path (raw, percent-encoded) and the request's
    /// query. The body is the router's own: none of the route's middlewares run.
    RedirectSlash {
        /// The route whose path differs by the slash.
        route: &'t T,
        /// Path for Location.
        path: Vec<u8>,
    },
    /// No route: 404.
    Nothing,
}

/// The routes of one entry point, immutable; a changed copy shares all that did not change.
#[derive(Debug)]
pub struct Table<T> {
    entries: Arc<[Arc<Entry<T>>]>,
}

impl<T> Table<T> {
    /// A table without routes.
    #[must_use]
    pub fn new() -> Self {
        Self { entries: Arc::new([]) }
    }

    /// The route that answers `request`.
    pub fn find<H: Headers + ?Sized>(&self, _request: &Request<'_, H>) -> Found<'_, T> {
        self.entries.first().map_or(Found::Nothing, |entry| Found::Route(entry.payload()))
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}
