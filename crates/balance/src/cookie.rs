//! The cookie that ties a client to a server.

use pointsman_plan::Sticky;

/// How the cookie is called and set.
#[derive(Debug)]
pub struct StickyCookie {
    name: Box<str>,
    attributes: String,
}

impl StickyCookie {
    /// compat(1.7): for all paths and for the session; attributes as Go orders and writes them.
    #[must_use]
    pub fn new(sticky: &Sticky) -> Self {
        let mut attributes = "; Path=/".to_owned();
        if sticky.http_only {
            attributes.push_str("; HttpOnly");
        }
        if sticky.secure {
            attributes.push_str("; Secure");
        }
        attributes.push_str(match &*sticky.same_site {
            "none" => "; SameSite=None",
            "lax" => "; SameSite=Lax",
            "strict" => "; SameSite=Strict",
            _ => "",
        });
        Self { name: sticky.cookie.as_str().into(), attributes }
    }

    /// The cookie's value in the values of a request's Cookie fields; the first counts.
    pub fn find<'a>(&self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<&'a [u8]> {
        fields.find_map(|field| field.split(|&byte| byte == b';').find_map(|pair| self.value(pair)))
    }

    fn value<'a>(&self, pair: &'a [u8]) -> Option<&'a [u8]> {
        let value = pair.trim_ascii().strip_prefix(self.name.as_bytes())?.strip_prefix(b"=")?;
        let unquoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
        Some(unquoted.unwrap_or(value))
    }

    /// Writes the field that sets it to a server's URL.
    pub fn write(&self, out: &mut Vec<u8>, url: &str) {
        for piece in ["Set-Cookie: ", &self.name, "=", url, &self.attributes, "\r\n"] {
            out.extend_from_slice(piece.as_bytes());
        }
    }
}

/// `scheme://host` of a URL in a cookie, as server URLs in plans are written; `None` if it is no URL. compat(1.7): user,
/// query and fragment count for nothing.
#[must_use]
pub fn origin_of(url: &[u8]) -> Option<String> {
    let (scheme, rest) = std::str::from_utf8(url).ok()?.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(format!("{}://{host}", scheme.to_ascii_lowercase()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sticky(cookie: &str) -> Sticky {
        Sticky { cookie: cookie.to_owned(), secure: false, http_only: false, same_site: String::new() }
    }

    fn set(sticky: &Sticky) -> String {
        let mut out = Vec::new();
        StickyCookie::new(sticky).write(&mut out, "http://10.0.0.2:80");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn set_as_go_sets_it() {
        assert_eq!(set(&sticky("_76eb3")), "Set-Cookie: _76eb3=http://10.0.0.2:80; Path=/\r\n");
        let all = Sticky { secure: true, http_only: true, same_site: "lax".to_owned(), ..sticky("s") };
        assert_eq!(set(&all), "Set-Cookie: s=http://10.0.0.2:80; Path=/; HttpOnly; Secure; SameSite=Lax\r\n");
    }

    #[test]
    fn found_among_others() {
        let cookie = StickyCookie::new(&sticky("s"));
        let find = |fields: &[&'static str]| {
            let value = cookie.find(fields.iter().map(|field| field.as_bytes()));
            value.map(|value| std::str::from_utf8(value).unwrap())
        };
        assert_eq!(find(&["a=b; s=http://x:1; s=y"]), Some("http://x:1"));
        assert_eq!(find(&["a=b;ss=1", " s=\"q\" "]), Some("q"));
        assert_eq!(find(&["s", "as=1", "S=1", ""]), None);
        assert_eq!(find(&["s=a=b"]), Some("a=b"));
    }

    #[test]
    fn origins() {
        let origin = |url: &str| origin_of(url.as_bytes());
        for url in ["http://h:80", "HTTP://h:80/path", "http://u:p@h:80?q", "http://h:80#f"] {
            assert_eq!(origin(url).as_deref(), Some("http://h:80"), "{url}");
        }
        assert_eq!((origin("h:80"), origin_of(b"http://\xff")), (None, None));
    }
}
