//! What of a request the router looks at.

/// The fields of a request head, looked up by name.
pub trait Headers {
    /// Calls `f` with each value of the field `lower_name` (lower case), in order, until it returns true; whether it did.
    fn any(&self, lower_name: &str, f: &mut dyn FnMut(&[u8]) -> bool) -> bool;
}

/// A request as the router sees it: borrowed, raw, nothing decoded yet.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a, H: ?Sized> {
    /// The Host field, or the authority of an absolute-form target; with port, in any letter case; empty if there is none.
    pub host: &'a [u8],
    /// Case-sensitive.
    pub method: &'a [u8],
    /// Percent-encoded, without query; starts with `/` (or is `*`).
    pub path: &'a [u8],
    /// Without `?`; empty if there is none.
    pub query: &'a [u8],
    /// The other fields.
    pub headers: &'a H,
}
