//! Path modifiers.

use crate::BuildError;
use pointsman_plan as plan;

/// The path modifiers of one route, in order of execution.
#[derive(Debug, Default)]
pub struct PathModifiers {
    steps: Box<[()]>,
}

/// What became of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// Forward the path as it came; nothing was written.
    Unchanged,
    /// Forward the path that was written.
    Changed,
    /// A prefix to strip was not there: 404 (compat(1.7)).
    NotFound,
}

impl PathModifiers {
    /// Builds from the plan.
    ///
    /// # Errors
    /// Names the modifier and value at fault.
    pub fn build(_config: &[plan::Modifier]) -> Result<Self, BuildError> {
        Ok(Self::default())
    }

    /// Whether the path is always forwarded as it came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Rewrites the raw path (no query) of a request: the new raw path is appended to `out` if it `Changed`. `add_header`
    /// is called with each field to append to the request (beside any the client sent), in order.
    pub fn apply(&self, _path: &[u8], _out: &mut Vec<u8>, _add_header: &mut dyn FnMut(&'static str, &[u8])) -> Rewrite {
        Rewrite::Unchanged
    }
}
