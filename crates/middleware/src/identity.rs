//! What the request of somebody who was let in carries on.

use crate::BuildError;
use crate::headers::check_name;

/// The user's name in a header, Authorization left out.
#[derive(Debug, Default)]
pub struct Identity {
    /// Set to the user's name.
    pub header_field: Option<Box<str>>,
    /// Authorization is not passed on.
    pub remove_header: bool,
}

impl Identity {
    /// Builds from a middleware's options; an empty `header_field` is none.
    ///
    /// # Errors
    /// It is no header name, or one that only the proxy writes.
    pub fn build(header_field: &str, remove_header: bool) -> Result<Self, BuildError> {
        if header_field.is_empty() {
            return Ok(Self { header_field: None, remove_header });
        }
        check_name("header_field", header_field)?;
        Ok(Self { header_field: Some(header_field.into()), remove_header })
    }
}
