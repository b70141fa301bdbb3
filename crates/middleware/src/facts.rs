//! A request as middlewares see it.

/// What there is to know of a request, as the path modifiers and the middlewares before left it.
#[derive(Clone, Copy)]
pub struct Facts<'r> {
    /// As received.
    pub method: &'r [u8],
    /// As received, with its port.
    pub host: &'r [u8],
    /// Raw.
    pub path: &'r [u8],
    /// Raw, as the client sent it.
    pub original_path: &'r [u8],
    /// Raw, without its `?`.
    pub query: Option<&'r [u8]>,
    /// The connection is encrypted.
    pub tls: bool,
    /// Looks up the first value of a header, in any letter case.
    pub headers: &'r dyn Fn(&str) -> Option<&'r [u8]>,
}

impl<'r> Facts<'r> {
    /// The first value of a header, in any letter case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'r [u8]> {
        (self.headers)(name)
    }

    /// Whether it came by TLS, to us or (compat(1.7)) by its own account to a proxy before us.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.tls || self.header("X-Forwarded-Proto") == Some(b"https")
    }

    /// Whether modifiers have changed the path.
    #[must_use]
    pub fn is_modified(&self) -> bool {
        !std::ptr::eq(self.path, self.original_path)
    }

    /// Appends path and query.
    pub fn write_target(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.path);
        if let Some(query) = self.query {
            out.push(b'?');
            out.extend_from_slice(query);
        }
    }
}

impl std::fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Facts").field("host", &self.host).field("path", &self.path).finish_non_exhaustive()
    }
}
