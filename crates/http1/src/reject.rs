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
    /// What the client is told beside the status; mostly nothing. compat(1.7): Go names some mistakes.
    pub told: &'static str,
}

impl Reject {
    /// The message is malformed or ambiguous.
    #[must_use]
    pub const fn bad(reason: &'static str) -> Self {
        Self { status: 400, reason, told: "" }
    }

    /// Another status.
    #[must_use]
    pub const fn with(status: u16, reason: &'static str) -> Self {
        Self { status, reason, told: "" }
    }

    /// Tells the client more than the status.
    #[must_use]
    pub const fn telling(self, told: &'static str) -> Self {
        Self { told, ..self }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}
