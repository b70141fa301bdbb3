//! The Connection field: its options, and the fields it nominates for removal.

use crate::names::Name;
use crate::{Head, chars};

/// What the Connection fields of a head say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nominated {
    /// `close`.
    pub close: bool,
    /// `keep-alive`.
    pub keep_alive: bool,
    /// `upgrade`.
    pub upgrade: bool,
    /// Something else is listed: fields to remove, perhaps.
    pub others: bool,
}

impl Nominated {
    /// Reads the value of one Connection field.
    pub(crate) fn read(&mut self, value: &[u8]) {
        for option in value.split(|&byte| byte == b',') {
            match chars::trim(option) {
                option if option.eq_ignore_ascii_case(b"keep-alive") => self.keep_alive = true,
                option if option.eq_ignore_ascii_case(b"close") => self.close = true,
                option if option.eq_ignore_ascii_case(b"upgrade") => self.upgrade = true,
                b"" => {}
                _ => self.others = true,
            }
        }
    }

    /// Whether a field is to be removed because Connection lists it. Fields that carry meaning from end to end, or that
    /// we write ourselves, never are.
    #[must_use]
    pub fn removes(self, head: &Head, buffer: &[u8], name: &[u8], id: Name) -> bool {
        self.others
            && !id.is_end_to_end()
            && head
                .values(buffer, Name::Connection)
                .flat_map(|value| value.split(|&byte| byte == b','))
                .any(|option| chars::trim(option).eq_ignore_ascii_case(name))
    }
}
