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
    Te = "te",
    Via = "via",
    Date = "date",
    Host = "host",
    Cookie = "cookie",
    Expect = "expect",
    Server = "server",
    Trailer = "trailer",
    Upgrade = "upgrade",
    Location = "location",
    Connection = "connection",
    KeepAlive = "keep-alive",
    SetCookie = "set-cookie",
    XRealIp = "x-real-ip",
    ContentType = "content-type",
    Authorization = "authorization",
    ContentLength = "content-length",
    Http2Settings = "http2-settings",
    XForwardedFor = "x-forwarded-for",
    XForwardedUri = "x-forwarded-uri",
    XReplacedPath = "x-replaced-path",
    XForwardedHost = "x-forwarded-host",
    XForwardedPort = "x-forwarded-port",
    ProxyConnection = "proxy-connection",
    XForwardedProto = "x-forwarded-proto",
    TransferEncoding = "transfer-encoding",
    XForwardedMethod = "x-forwarded-method",
    XForwardedPrefix = "x-forwarded-prefix",
    XForwardedServer = "x-forwarded-server",
    ProxyAuthenticate = "proxy-authenticate",
    ProxyAuthorization = "proxy-authorization",
}

/// One bit per length that some known name has.
const LENGTHS: u32 = lengths();

const fn lengths() -> u32 {
    let mut bits = 0;
    let mut index = 0;
    while index < KNOWN.len() {
        bits |= 1 << KNOWN[index].0.len();
        index += 1;
    }
    bits
}

/// First entry of `KNOWN` (sorted by length) for each length.
const FIRST: [u8; 32] = first();

const fn first() -> [u8; 32] {
    let mut table = [0; 32];
    let mut length = 0;
    while length < 32 {
        let mut index = 0;
        while index < KNOWN.len() && KNOWN[index].0.len() < length {
            index += 1;
        }
        table[length] = index as u8;
        length += 1;
    }
    table
}

impl Name {
    /// Which name this is, in any letter case.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        let length = name.len();
        if length >= 32 || LENGTHS & (1 << length) == 0 {
            return Self::Other;
        }
        let (first, last) = (name[0] | 0x20, name[length - 1] | 0x20);
        for (text, id) in &KNOWN[FIRST[length] as usize..] {
            let text = text.as_bytes();
            if text.len() != length {
                break;
            }
            if text[0] == first && text[length - 1] == last && text.eq_ignore_ascii_case(name) {
                return *id;
            }
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
        assert!(KNOWN.is_sorted_by_key(|(text, _)| text.len()));
        for (text, id) in KNOWN {
            assert_eq!(Name::of(text.as_bytes()), *id);
            assert_eq!(Name::of(text.to_ascii_uppercase().as_bytes()), *id);
            assert_eq!(Name::of_underscored(text.replace('-', "_").as_bytes()), *id);
            assert_eq!(Name::of(format!("{text}x").as_bytes()), Name::Other);
        }
        assert_eq!(Name::of(b"x"), Name::Other);
        assert_eq!(Name::of(&[b'a'; 300]), Name::Other);
    }
}
