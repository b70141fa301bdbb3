//! The field names that a proxy must know.

macro_rules! names {
    ($($variant:ident = $text:literal,)*) => {
        /// A field name we treat in some way of its own; `Other` passes as it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Name { Other, $($variant),* }

        const KNOWN: &[(&str, Name)] = &[$(($text, Name::$variant)),*];
    };
}

names! {
    Te = "Te",
    Via = "Via",
    Date = "Date",
    Host = "Host",
    Cookie = "Cookie",
    Expect = "Expect",
    Server = "Server",
    Trailer = "Trailer",
    Upgrade = "Upgrade",
    Location = "Location",
    Connection = "Connection",
    KeepAlive = "Keep-Alive",
    SetCookie = "Set-Cookie",
    XRealIp = "X-Real-Ip",
    ContentType = "Content-Type",
    Authorization = "Authorization",
    ContentLength = "Content-Length",
    Http2Settings = "HTTP2-Settings",
    XForwardedFor = "X-Forwarded-For",
    XForwardedUri = "X-Forwarded-Uri",
    XReplacedPath = "X-Replaced-Path",
    XForwardedHost = "X-Forwarded-Host",
    XForwardedPort = "X-Forwarded-Port",
    ProxyConnection = "Proxy-Connection",
    XForwardedProto = "X-Forwarded-Proto",
    TransferEncoding = "Transfer-Encoding",
    XForwardedMethod = "X-Forwarded-Method",
    XForwardedPrefix = "X-Forwarded-Prefix",
    XForwardedServer = "X-Forwarded-Server",
    ProxyAuthenticate = "Proxy-Authenticate",
    ProxyAuthorization = "Proxy-Authorization",
}

/// Places in `TABLE`; a power of two.
const PLACES: usize = 256;

/// Where a name is looked for: by its length, first and last letter. Names that share a place follow one another.
const fn place(length: usize, first: u8, last: u8) -> usize {
    (length * 11 + (first | 0x20) as usize * 5 + (last | 0x20) as usize * 23) & (PLACES - 1)
}

/// For each place 1 + the index in `KNOWN` of the name there, or 0.
static TABLE: [u8; PLACES] = table();

const fn table() -> [u8; PLACES] {
    let mut table = [0; PLACES];
    let mut index = 0;
    while index < KNOWN.len() {
        let text = KNOWN[index].0.as_bytes();
        let mut at = place(text.len(), text[0], text[text.len() - 1]);
        while table[at] != 0 {
            at = (at + 1) & (PLACES - 1);
        }
        index += 1;
        table[at] = index as u8;
    }
    table
}

impl Name {
    /// Which name this is, in any letter case.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        let [first, .., last] = name else { return Self::Other };
        let mut at = place(name.len(), *first, *last);
        while TABLE[at] != 0 {
            let (text, id) = KNOWN[usize::from(TABLE[at]) - 1];
            // Most senders spell names as we do: that comparison is cheaper.
            if text.len() == name.len() && (text.as_bytes() == name || text.as_bytes().eq_ignore_ascii_case(name)) {
                return id;
            }
            at = (at + 1) & (PLACES - 1);
        }
        Self::Other
    }

    /// As `of`, but `_` counts as `-`: what a CGI-like upstream would take it for.
    #[must_use]
    pub fn of_underscored(name: &[u8]) -> Self {
        let mut folded = [0; 32];
        let Some(folded) = folded.get_mut(..name.len()) else { return Self::Other };
        for (to, from) in folded.iter_mut().zip(name) {
            *to = if *from == b'_' { b'-' } else { *from };
        }
        Self::of(folded)
    }

    /// Belongs to one connection and is never forwarded as it is (RFC 9110 section 7.6.1).
    #[must_use]
    pub fn is_hop_by_hop(self) -> bool {
        matches!(
            self,
            Self::Connection
                | Self::KeepAlive
                | Self::ProxyConnection
                | Self::ProxyAuthenticate
                | Self::ProxyAuthorization
                | Self::Te
                | Self::Trailer
                | Self::TransferEncoding
                | Self::Upgrade
                | Self::Http2Settings
        )
    }

    /// Written by us from what we know of the client.
    #[must_use]
    pub fn is_forwarded(self) -> bool {
        matches!(
            self,
            Self::XForwardedFor
                | Self::XForwardedProto
                | Self::XForwardedHost
                | Self::XForwardedPort
                | Self::XForwardedServer
                | Self::XForwardedUri
                | Self::XForwardedMethod
                | Self::XRealIp
        )
    }

    /// Never removed because a Connection field names it.
    #[must_use]
    pub fn is_end_to_end(self) -> bool {
        self.is_forwarded()
            || matches!(
                self,
                Self::Host
                    | Self::ContentLength
                    | Self::Authorization
                    | Self::Cookie
                    | Self::XForwardedPrefix
                    | Self::XReplacedPath
            )
    }

    /// May come before a body only, never in a trailer (RFC 9110 section 6.5.1).
    #[must_use]
    pub fn is_forbidden_in_trailers(self) -> bool {
        self.is_hop_by_hop()
            || self.is_end_to_end()
            || matches!(self, Self::Expect | Self::SetCookie | Self::ContentType | Self::Location | Self::Date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case() {
        for (text, id) in KNOWN {
            assert_eq!(Name::of(text.as_bytes()), *id);
            assert_eq!(Name::of(text.to_ascii_uppercase().as_bytes()), *id);
            assert_eq!(Name::of(text.to_ascii_lowercase().as_bytes()), *id);
            assert_eq!(Name::of_underscored(text.replace('-', "_").as_bytes()), *id);
            assert_eq!(Name::of(format!("{text}x").as_bytes()), Name::Other);
        }
        assert_eq!(Name::of(b"x"), Name::Other);
        assert_eq!(Name::of(&[b'a'; 300]), Name::Other);
    }
}
