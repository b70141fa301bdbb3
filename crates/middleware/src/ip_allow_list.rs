//! Who may come in.

use crate::BuildError;
use std::net::IpAddr;

/// The ranges of addresses a client may come from (Traefik `whiteList`).
#[derive(Debug)]
pub struct IpAllowList {}

impl IpAllowList {
    /// Builds from addresses and CIDR ranges.
    ///
    /// # Errors
    /// Names the range that is none.
    pub fn build(_ranges: &[String], _use_x_forwarded_for: bool, _strict: bool) -> Result<Self, BuildError> {
        Ok(Self {})
    }

    /// Whether the X-Forwarded-For fields as they came from the client are looked at.
    #[must_use]
    pub fn reads_forwarded_for(&self) -> bool {
        false
    }

    /// Whether a client is let in: `peer` is the connection's address, `forwarded_for` the values of its X-Forwarded-For
    /// fields, `trusted` whether the entry point believes this peer's X-Forwarded-*. False: answer 403.
    pub fn allows<'a>(&self, _peer: IpAddr, _forwarded_for: impl Iterator<Item = &'a [u8]>, _trusted: bool) -> bool {
        true
    }
}
