//! Why a message is refused.

use std::fmt;

/// A refused message: the status a client gets for a request, and the reason for the log. A refused response is the
/// upstream's fault: 502.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject {
    /// 400, 413, 414, 417, 431, 501 or 505.
    pub status: u16,
    /// What is wrong, in words for a log.
    pub reason: &'static str,
}

impl Reject {
    /// The message is malformed or ambiguous.
    #[must_use]
    pub const fn bad(reason: &'static str) -> Self {
        Self { status: 400, reason }
    }

    /// Another status.
    #[must_use]
    pub const fn with(status: u16, reason: &'static str) -> Self {
        Self { status, reason }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}
