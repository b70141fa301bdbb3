//! What a server is asked to see whether it is well.

use pointsman_plan::{HeaderEdit, HealthCheck, Scheme, Server};

/// A GET to one server.
#[derive(Debug)]
pub(super) struct Question<'q> {
    address: String,
    /// `host[:port]` of the URL that is asked for.
    authority: String,
    /// Host field.
    host: &'q str,
    headers: &'q [HeaderEdit],
    path: String,
}

impl<'q> Question<'q> {
    /// `None`: the server, or the check, speaks TLS or HTTP/2 in clear.
    pub(super) fn new(check: &'q HealthCheck, server: &'q Server) -> Option<Self> {
        let plain = match &*check.scheme {
            "" => server.scheme == Scheme::Http,
            scheme => scheme == "http",
        };
        if !plain {
            return None;
        }
        let (name, shown) = (without_port(&server.address), without_port(&server.host));
        let (address, authority) = match check.port {
            // Another scheme has another default port.
            0 if server.scheme != Scheme::Http && shown == server.host => (format!("{name}:80"), server.host.clone()),
            0 => (server.address.clone(), server.host.clone()),
            port => (format!("{name}:{port}"), format!("{shown}:{port}")),
        };
        let (host, headers) = (check.hostname.as_str(), check.headers.as_slice());
        Some(Self { address, authority, host, headers, path: check.path.clone() })
    }

    /// Where to connect to.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// For messages.
    pub(super) fn url(&self) -> String {
        format!("GET http://{}{}", self.authority, self.path)
    }

    /// The same of another path.
    pub(super) fn ask_for(&mut self, path: String) {
        self.path = path;
    }

    /// The request's head.
    pub(super) fn head(&self) -> Vec<u8> {
        let host = if self.host.is_empty() { &self.authority } else { self.host };
        let mut head = format!("GET {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n", self.path);
        let named = |name: &str| self.headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
        if !named("User-Agent") {
            head.push_str("User-Agent: pointsman-health-check\r\n");
        }
        for HeaderEdit { name, value } in self.headers {
            let ours = ["Host", "Connection", "Content-Length", "Transfer-Encoding"];
            if !ours.iter().any(|our| our.eq_ignore_ascii_case(name)) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// The path that a Location leads to, if it is the same server's.
pub(super) fn same_server(question: &Question<'_>, location: &str) -> Option<String> {
    let location = location.split('#').next().unwrap_or_default();
    if !location.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    if let Some(rest) = location.strip_prefix("http://").or_else(|| location.strip_prefix("//")) {
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let same = [&*question.authority, question.host].iter().any(|own| own.eq_ignore_ascii_case(authority));
        return same.then(|| if path.starts_with('/') { path.to_owned() } else { format!("/{path}") });
    }
    let scheme = location.split(['/', '?']).next().is_some_and(|first| first.contains(':'));
    let path = question.path.split('?').next().unwrap_or_default();
    match location.as_bytes().first() {
        None => None,
        _ if scheme => None,
        Some(b'/') => Some(location.to_owned()),
        Some(b'?') => Some(format!("{path}{location}")),
        Some(_) => Some(format!("{}{location}", &path[..=path.rfind('/').unwrap_or_default()])),
    }
}

/// A host, IPv6 in brackets, without its port.
fn without_port(authority: &str) -> &str {
    let end = authority.rfind(']').unwrap_or_default();
    authority[end..].find(':').map_or(authority, |colon| &authority[..end + colon])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(json: &str) -> HealthCheck {
        serde_json::from_str(json).unwrap()
    }

    fn server(scheme: &str, host: &str, address: &str) -> Server {
        let text =
            format!(r#"{{"name": "s", "url": "", "scheme": "{scheme}", "host": "{host}", "address": "{address}"}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_servers_url_with_the_checks_own_parts() {
        let asked = |json: &str, server: &Server| {
            let check = check(json);
            let question = Question::new(&check, server)?;
            Some((question.address().to_owned(), String::from_utf8(question.head()).unwrap()))
        };
        let plain = server("http", "h", "h:80");
        let (address, head) = asked(r#"{"path": "/health?a=b"}"#, &plain).unwrap();
        let expected =
            "GET /health?a=b HTTP/1.1\r\nHost: h\r\nConnection: close\r\nUser-Agent: pointsman-health-check\r\n\r\n";
        assert_eq!((&*address, &*head), ("h:80", expected));
        let all = r#"{"path": "/", "port": 81, "hostname": "w", "headers": [{"name": "user-agent", "value": "me"},
            {"name": "X", "value": "1"}, {"name": "host", "value": "no"}]}"#;
        let (address, head) = asked(all, &server("http", "[::1]:5", "[::1]:5")).unwrap();
        let expected = "GET / HTTP/1.1\r\nHost: w\r\nConnection: close\r\nuser-agent: me\r\nX: 1\r\n\r\n";
        assert_eq!((&*address, &*head), ("[::1]:81", expected));
        assert!(asked(r#"{"path": "/", "port": 81}"#, &plain).unwrap().1.contains("Host: h:81\r\n"));
        let secret = server("https", "h", "h:443");
        assert!(
            asked(r#"{"path": "/"}"#, &secret).is_none()
                && asked(r#"{"path": "/", "scheme": "https"}"#, &plain).is_none()
        );
        assert_eq!(asked(r#"{"path": "/", "scheme": "http"}"#, &secret).unwrap().0, "h:80");
        assert_eq!(asked(r#"{"path": "/", "scheme": "http"}"#, &server("https", "h:8", "h:8")).unwrap().0, "h:8");
    }

    #[test]
    fn redirections_stay_with_the_server() {
        let (check, server) = (check(r#"{"path": "/a/b?c", "hostname": "w"}"#), server("http", "h:1", "h:1"));
        let question = Question::new(&check, &server).unwrap();
        for (location, path) in [
            ("/x?y#z", Some("/x?y")),
            ("x", Some("/a/x")),
            ("?y", Some("/a/b?y")),
            ("http://h:1/x", Some("/x")),
            ("http://H:1", Some("/")),
            ("//w?q", Some("/?q")),
            ("http://h:2/x", None),
            ("http://h/x", None),
            ("https://h:1/x", None),
            ("//evil/x", None),
            ("mailto:x", None),
            ("/x y", None),
            ("", None),
        ] {
            assert_eq!(same_server(&question, location).as_deref(), path, "{location}");
        }
    }
}
