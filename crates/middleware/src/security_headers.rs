//! Which hosts are answered, TLS for those that should use it, and what answers tell browsers.

use crate::headers::{Edits, check_name};
use crate::{BuildError, Facts};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use pointsman_plan as plan;
use std::borrow::Cow;

/// The security part of Traefik's `headers`.
#[derive(Debug)]
pub struct SecurityHeaders {
    allowed_hosts: Box<[Box<[u8]>]>,
    hosts_proxy_headers: Box<[Box<str>]>,
    ssl_proxy_headers: Box<[Told]>,
    ssl_redirect: bool,
    ssl_host: Box<str>,
    ssl_force_host: bool,
    /// Of its redirections. compat(1.7): the temporary one is 307.
    status: u16,
    plain: Edits,
    secure: Edits,
    nonce: bool,
}

/// A header and the value by which it tells of TLS.
type Told = (Box<str>, Box<[u8]>);

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum SecurityCheck {
    /// It goes on.
    Pass {
        /// It came by TLS, or a header says that it did.
        secure: bool,
    },
    /// 500 `Bad Host`.
    BadHost,
    /// It is answered with this status and Location.
    Redirect(u16, Vec<u8>),
}

impl SecurityHeaders {
    /// Builds from the plan.
    ///
    /// # Errors
    /// A header name that is none, a value with control characters.
    pub fn build(config: &plan::SecurityHeaders) -> Result<Self, BuildError> {
        let named = |name: &str| check_name("security_headers", name).map(|()| Box::<str>::from(name));
        let hosts_proxy_headers: Result<_, _> = config.hosts_proxy_headers.iter().map(|name| named(name)).collect();
        let tells = |edit: &plan::HeaderEdit| Ok((named(&edit.name)?, edit.value.as_bytes().into()));
        let ssl_proxy_headers: Result<_, BuildError> = config.ssl_proxy_headers.iter().map(tells).collect();
        if config.ssl_host.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            let message = "is no host".to_owned();
            return Err(BuildError { key: "security_headers", value: config.ssl_host.clone(), message });
        }
        let edits = |sts: bool, key: bool| {
            let edit = |name: &str, value: &str| plan::HeaderEdit { name: name.to_owned(), value: value.to_owned() };
            let mut edits = config.response.clone();
            if sts && !config.sts.is_empty() {
                edits.push(edit("Strict-Transport-Security", &config.sts));
            }
            if key && !config.public_key.is_empty() {
                edits.push(edit("Public-Key-Pins", &config.public_key));
            }
            Edits::build(&edits)
        };
        Ok(Self {
            allowed_hosts: config.allowed_hosts.iter().map(|host| host.as_bytes().into()).collect(),
            hosts_proxy_headers: hosts_proxy_headers?,
            ssl_proxy_headers: ssl_proxy_headers?,
            ssl_redirect: config.ssl_redirect,
            ssl_host: config.ssl_host.as_str().into(),
            ssl_force_host: config.ssl_force_host,
            status: if config.ssl_temporary_redirect { 307 } else { 301 },
            plain: edits(config.force_sts, false)?,
            secure: edits(true, true)?,
            nonce: config.response.iter().any(|edit| edit.value.contains("$NONCE")),
        })
    }

    /// What becomes of a request.
    #[must_use]
    pub fn call(&self, facts: &Facts<'_>) -> SecurityCheck {
        let named = self.hosts_proxy_headers.iter().find_map(|name| facts.header(name).filter(|host| !host.is_empty()));
        let host = named.unwrap_or(facts.host);
        let allowed = self.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host));
        if !allowed && !self.allowed_hosts.is_empty() {
            return SecurityCheck::BadHost;
        }
        let told = |(name, value): &Told| facts.header(name) == Some(value);
        let secure = facts.tls || self.ssl_proxy_headers.iter().any(told);
        let wanted = if self.ssl_host.is_empty() { host } else { self.ssl_host.as_bytes() };
        if (self.ssl_redirect && !secure) || (self.ssl_force_host && wanted != host) {
            return SecurityCheck::Redirect(self.status, location(wanted, facts));
        }
        SecurityCheck::Pass { secure }
    }

    /// Edits of an upstream's answer.
    #[must_use]
    pub fn response(&self, secure: bool) -> &Edits {
        if secure { &self.secure } else { &self.plain }
    }

    /// What stands for `$NONCE` in an answer's edits, another for each; `None`: it does not occur.
    #[must_use]
    pub fn make_nonce(&self) -> Option<Box<[u8]>> {
        self.nonce.then(|| {
            let mut random = [0; 16];
            getrandom::fill(&mut random).expect("the system has random numbers");
            format!("'nonce-{}'", STANDARD_NO_PAD.encode(random)).into_bytes().into()
        })
    }

    /// A header value with `nonce` wherever `$NONCE` stands.
    #[must_use]
    pub fn with_nonce<'v>(value: &'v [u8], nonce: Option<&[u8]>) -> Cow<'v, [u8]> {
        const MARK: &[u8] = b"$NONCE";
        let Some(nonce) = nonce else { return Cow::Borrowed(value) };
        let (mut out, mut rest) = (Vec::with_capacity(value.len() + nonce.len()), value);
        while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(nonce);
            rest = &rest[at + MARK.len()..];
        }
        out.extend_from_slice(rest);
        Cow::Owned(out)
    }

    /// Whether an upstream's Location that begins with `http` should begin with `https`.
    #[must_use]
    pub fn secures(&self, location: &[u8], secure: bool) -> bool {
        let rest = location.strip_prefix(b"http://").and_then(|rest| rest.strip_prefix(self.ssl_host.as_bytes()));
        secure && !self.ssl_host.is_empty() && rest.is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
    }
}

/// compat(1.7): the path is what modifiers made of it; bytes above ASCII are escaped.
fn location(host: &[u8], facts: &Facts<'_>) -> Vec<u8> {
    let mut url = b"https://".to_vec();
    url.extend_from_slice(host);
    facts.write_target(&mut url);
    let mut location = Vec::with_capacity(url.len());
    for byte in url {
        match byte {
            0x80.. => location.extend_from_slice(format!("%{byte:02x}").as_bytes()),
            _ => location.push(byte),
        }
    }
    location
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn edit(name: &str, value: &str) -> plan::HeaderEdit {
        plan::HeaderEdit { name: name.to_owned(), value: value.to_owned() }
    }

    fn called(config: &plan::SecurityHeaders, host: &str, headers: &[(&str, &str)]) -> SecurityCheck {
        let fields: Vec<_> = headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes())).collect();
        let find = |name: &str| fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| *v);
        let facts = Facts {
            method: b"GET",
            host: host.as_bytes(),
            path: b"/p",
            original_path: b"/x/p",
            query: Some(b"q"),
            tls: false,
            headers: &find,
        };
        SecurityHeaders::build(config).unwrap().call(&facts)
    }

    #[test]
    fn hosts_are_compared_in_any_case_with_their_port() {
        let mut config = plan::SecurityHeaders {
            allowed_hosts: vec!["Foo.com".to_owned(), "b:80".to_owned()],
            ..Default::default()
        };
        assert_eq!(called(&config, "foo.COM", &[]), SecurityCheck::Pass { secure: false });
        assert_eq!(called(&config, "b:80", &[]), SecurityCheck::Pass { secure: false });
        for host in ["foo.com:80", "b", "", "c"] {
            assert_eq!(called(&config, host, &[]), SecurityCheck::BadHost, "{host}");
        }
        config.hosts_proxy_headers = vec!["X-A".to_owned(), "X-Forwarded-Host".to_owned()];
        let forwarded = [("X-A", ""), ("x-forwarded-host", "b:80")];
        assert_eq!(called(&config, "c", &forwarded), SecurityCheck::Pass { secure: false });
        assert_eq!(called(&config, "b:80", &[("X-A", "c")]), SecurityCheck::BadHost);
    }

    #[test]
    fn tls_is_asked_for() {
        let mut config = plan::SecurityHeaders { ssl_redirect: true, ..Default::default() };
        let to = |status, location: &str| SecurityCheck::Redirect(status, location.as_bytes().to_vec());
        assert_eq!(called(&config, "h:1", &[]), to(301, "https://h:1/p?q"));
        config.ssl_temporary_redirect = true;
        config.ssl_host = "s".to_owned();
        assert_eq!(called(&config, "h", &[]), to(307, "https://s/p?q"));
        config.ssl_proxy_headers = vec![edit("X-Forwarded-Proto", "https")];
        let secure = [("X-Forwarded-Proto", "https")];
        assert_eq!(called(&config, "h", &secure), SecurityCheck::Pass { secure: true });
        assert_eq!(called(&config, "h", &[("X-Forwarded-Proto", "HTTPS")]), to(307, "https://s/p?q"));
        config.ssl_force_host = true;
        assert_eq!(called(&config, "h", &secure), to(307, "https://s/p?q"));
        assert_eq!(called(&config, "s", &secure), SecurityCheck::Pass { secure: true });
    }

    #[test]
    fn a_nonce_is_used_once() {
        let response = vec![edit("Content-Security-Policy", "script-src $NONCE; style-src $NONCE")];
        let config = plan::SecurityHeaders { response, ..Default::default() };
        let built = SecurityHeaders::build(&config).unwrap();
        let (first, second) = (built.make_nonce().unwrap(), built.make_nonce().unwrap());
        assert!(first != second && first.len() == "'nonce-'".len() + 22);
        let value = SecurityHeaders::with_nonce(b"a $NONCE; b $NONCE", Some(b"'nonce-x'"));
        assert_eq!(&*value, b"a 'nonce-x'; b 'nonce-x'");
        assert_eq!(&*SecurityHeaders::with_nonce(b"a $NONCE", None), b"a $NONCE");
        assert_eq!(SecurityHeaders::build(&Default::default()).unwrap().make_nonce(), None);
    }

    #[test]
    fn answers_differ_by_tls() {
        let config = plan::SecurityHeaders {
            sts: "max-age=1".to_owned(),
            public_key: "pin".to_owned(),
            ssl_host: "s".to_owned(),
            response: vec![edit("X-Frame-Options", "DENY")],
            ..Default::default()
        };
        let built = SecurityHeaders::build(&config).unwrap();
        let names = |secure| built.response(secure).additions().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(false), ["X-Frame-Options"]);
        assert_eq!(names(true), ["X-Frame-Options", "Strict-Transport-Security", "Public-Key-Pins"]);
        let forced = SecurityHeaders::build(&plan::SecurityHeaders { force_sts: true, ..config }).unwrap();
        assert!(forced.response(false).drops(b"strict-transport-security"));
        assert!(built.secures(b"http://s", true) && built.secures(b"http://s/x", true));
        assert!(!built.secures(b"http://s/x", false) && !built.secures(b"http://sx/", true));
        assert!(!built.secures(b"https://s/", true));
    }
}
