//! Another server decides who comes in: whom it is and what of its answer goes on with the request. Asking is the caller's.

use crate::BuildError;
use crate::headers::check_name;
use pointsman_plan as plan;

/// Where to ask, and how.
#[derive(Debug)]
pub struct ForwardAuth {
    /// `host:port` to dial.
    pub address: Box<str>,
    /// Value of Host.
    pub host: Box<str>,
    /// Path and query.
    pub target: Box<str>,
    /// The whole address; a relative Location is meant in relation to it.
    pub url: Box<str>,
    /// The client's X-Forwarded-* are passed on to it.
    pub trust_forward_header: bool,
    /// Copied from its answer to the request.
    pub response_headers: Box<[Box<str>]>,
}

impl ForwardAuth {
    /// Builds from the plan.
    ///
    /// # Errors
    /// An address that is none or that needs TLS, a header name that is none or that only the proxy writes.
    pub fn build(config: &plan::ForwardAuth) -> Result<Self, BuildError> {
        let fault = |message: &str| fault(&config.address, message);
        if config.address.starts_with("https://") {
            return Err(fault("TLS is not supported yet"));
        }
        let rest = config.address.strip_prefix("http://").ok_or_else(|| fault("does not begin with http://"))?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (host, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte);
        if host.is_empty() || host.starts_with(':') || !host.bytes().all(is_host) {
            return Err(fault("names no host"));
        }
        if target.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(fault("has characters that must be escaped"));
        }
        for name in &config.auth_response_headers {
            check_name("forward_auth", name)?;
        }
        Ok(Self {
            address: with_port(host).ok_or_else(|| fault("has a port that is no number"))?.into(),
            host: host.into(),
            target: if target.starts_with('/') { target.into() } else { format!("/{target}").into() },
            url: format!("http://{rest}").into(),
            trust_forward_header: config.trust_forward_header,
            response_headers: config.auth_response_headers.iter().map(|name| name.as_str().into()).collect(),
        })
    }
}

fn with_port(host: &str) -> Option<String> {
    let behind = host.rfind(']').map_or(0, |end| end + 1);
    match host[behind..].rsplit_once(':') {
        Some((_, "")) => Some(format!("{host}80")),
        Some((_, port)) => port.parse::<u16>().ok().map(|_| host.to_owned()),
        None => Some(format!("{host}:80")),
    }
}

fn fault(value: &str, message: &str) -> BuildError {
    // The query may hold a key.
    let value = value.split('?').next().unwrap_or_default().to_owned();
    BuildError { key: "forward_auth", value, message: message.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn build(address: &str, headers: &[&str]) -> Result<ForwardAuth, BuildError> {
        ForwardAuth::build(&plan::ForwardAuth {
            address: address.to_owned(),
            trust_forward_header: false,
            auth_response_headers: headers.iter().map(|&name| name.to_owned()).collect(),
            header_field: String::new(),
            tls: None,
        })
    }

    #[test]
    fn addresses_are_taken_apart() {
        for (address, dialled, host, target) in [
            ("http://auth", "auth:80", "auth", "/"),
            ("http://auth:9000/check?x=1#f", "auth:9000", "auth:9000", "/check?x=1"),
            ("http://auth?x", "auth:80", "auth", "/?x"),
            ("http://[::1]:1/", "[::1]:1", "[::1]:1", "/"),
            ("http://[::1]", "[::1]:80", "[::1]", "/"),
            ("http://auth:", "auth:80", "auth:", "/"),
        ] {
            let built = build(address, &[]).unwrap();
            assert_eq!((&*built.address, &*built.host, &*built.target), (dialled, host, target), "{address}");
        }
        for address in ["", "auth", "ftp://auth", "http://", "http://:80", "http://a b/", "http://a/b c", "http://a:x"]
        {
            assert_eq!(build(address, &[]).unwrap_err().key, "forward_auth", "{address}");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        let error = build("https://auth/?key=secret", &[]).unwrap_err();
        assert_eq!((error.value.as_str(), error.message.as_str()), ("https://auth/", "TLS is not supported yet"));
        assert!(build("http://auth", &["X-User"]).is_ok());
        for name in ["X User", "", "Content-Length", "connection", "Host", "X:"] {
            assert!(build("http://auth", &[name]).is_err(), "{name}");
        }
    }
}
