//! Digest authentication with MD5 and qop `auth` (RFC 7616), as Traefik 1.7 speaks it.

use crate::BuildError;
use crate::authorization::{Digest, only};
use crate::identity::Identity;
use crate::nonces::Nonces;
use md5::{Digest as _, Md5};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use subtle::ConstantTimeEq;

const REALM: &str = "traefik";

/// Lets those in who know the password of a user, without being told it.
pub struct DigestAuth {
    /// HA1 in hexadecimal.
    users: HashMap<Box<[u8]>, Box<[u8]>>,
    /// What is done to the request of a user.
    pub identity: Identity,
    nonces: Arc<Nonces>,
}

/// What a request's Authorization is worth.
#[derive(Debug, PartialEq, Eq)]
pub enum DigestCheck {
    /// 401. `stale`: everything is right but the nonce, so the user need not be asked again.
    Denied {
        /// Told in the challenge.
        stale: bool,
    },
    /// The name of a user.
    Granted(Vec<u8>),
}

impl DigestAuth {
    /// Builds from lines `name:realm:HA1`. compat(1.7): those of a realm other than `traefik` match nobody;
    /// without any, nobody passes.
    ///
    /// # Errors
    /// A line without exactly two colons.
    pub fn build(users: &[String], identity: Identity, nonces: Arc<Nonces>) -> Result<Self, BuildError> {
        let mut known = HashMap::with_capacity(users.len());
        for (index, line) in users.iter().enumerate() {
            let mut pieces = line.split(':');
            let (Some(name), Some(realm), Some(ha1), None) =
                (pieces.next(), pieces.next(), pieces.next(), pieces.next())
            else {
                return Err(fault(index, "is not of the form name:realm:hash"));
            };
            if name.bytes().any(|byte| byte.is_ascii_control()) {
                return Err(fault(index, "has control characters in its name"));
            }
            if realm == REALM {
                known.insert(name.as_bytes().into(), ha1.as_bytes().into());
            }
        }
        Ok(Self { users: known, identity, nonces })
    }

    /// Looks at the Authorization fields, of which there must be exactly one, of a request with this method and target
    /// (path, and with its query).
    pub fn check<'v>(
        &self,
        authorizations: impl Iterator<Item = &'v [u8]>,
        method: &[u8],
        (path, target): (&[u8], &[u8]),
        now: Instant,
    ) -> DigestCheck {
        const DENIED: DigestCheck = DigestCheck::Denied { stale: false };
        let Some(digest) = only(authorizations).and_then(Digest::parse) else { return DENIED };
        // compat(1.7): clients that don't name the algorithm mean MD5.
        let algorithm = digest.algorithm.as_deref().unwrap_or(b"MD5");
        // Some leave the query out.
        let fits = *digest.uri == *target || *digest.uri == *path;
        if algorithm != b"MD5" || *digest.qop != *b"auth" || !fits {
            return DENIED;
        }
        let Some(count) = count(&digest.nc) else { return DENIED };
        let known = self.users.get(&*digest.username);
        let ha1 = known.map_or(&b"00000000000000000000000000000000"[..], |ha1| &**ha1);
        let expected = response(ha1, method, &digest);
        if !bool::from(expected.as_bytes().ct_eq(&digest.response)) || known.is_none() {
            return DENIED;
        }
        let ours = *digest.opaque == *self.nonces.opaque().as_bytes();
        if !ours || !self.nonces.accept(&digest.nonce, count, now) {
            return DigestCheck::Denied { stale: true };
        }
        DigestCheck::Granted(digest.username.into_owned())
    }

    /// The value of WWW-Authenticate.
    #[must_use]
    pub fn challenge(&self, stale: bool, now: Instant) -> String {
        let (nonce, opaque) = (self.nonces.make(now), self.nonces.opaque());
        let stale = if stale { ", stale=true" } else { "" };
        format!(
            "Digest realm=\"{REALM}\", nonce=\"{nonce}\", opaque=\"{opaque}\", algorithm=\"MD5\", qop=\"auth\"{stale}"
        )
    }
}

fn response(ha1: &[u8], method: &[u8], digest: &Digest<'_>) -> String {
    let ha2 = hex_md5(&[method, &digest.uri]);
    hex_md5(&[ha1, &digest.nonce, &digest.nc, &digest.cnonce, &digest.qop, ha2.as_bytes()])
}

/// Of the pieces with colons between them.
fn hex_md5(pieces: &[&[u8]]) -> String {
    let mut digest = Md5::new();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            digest.update(b":");
        }
        digest.update(piece);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Eight hexadecimal digits, or fewer.
fn count(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u64::from_str_radix(text, 16).ok()
}

impl std::fmt::Debug for DigestAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestAuth")
    }
}

fn fault(index: usize, message: &str) -> BuildError {
    // Whatever is in the line may be a secret.
    BuildError { key: "digest_auth", value: format!("user {}", index + 1), message: message.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// HA1 of test:traefik:test.
    const TEST: &str = "test:traefik:a2688e031edb4be6a3797f3882655c05";

    fn auth() -> DigestAuth {
        let users = [TEST.to_owned(), "other:realm:x".to_owned()];
        DigestAuth::build(&users, Identity::default(), Arc::new(Nonces::new(Instant::now()))).unwrap()
    }

    /// What a client makes of a challenge.
    fn answer(challenge: &str, user: &str, uri: &str, nc: &str) -> String {
        let value = |name: &str| {
            let rest = challenge.split_once(&format!("{name}=\"")).unwrap().1;
            rest.split('"').next().unwrap().to_owned()
        };
        let (nonce, opaque) = (value("nonce"), value("opaque"));
        let ha1 = TEST.rsplit(':').next().unwrap();
        let ha2 = hex_md5(&[b"GET", uri.as_bytes()]);
        let pieces = [ha1, &nonce, nc, "c", "auth", &ha2].map(str::as_bytes);
        let response = hex_md5(&pieces);
        format!(
            "Digest username=\"{user}\", realm=\"traefik\", nonce=\"{nonce}\", uri=\"{uri}\", qop=auth, nc={nc}, \
             cnonce=\"c\", opaque=\"{opaque}\", response=\"{response}\""
        )
    }

    fn check(auth: &DigestAuth, fields: &[&str]) -> DigestCheck {
        let fields = fields.iter().map(|field| field.as_bytes());
        auth.check(fields, b"GET", (b"/p", b"/p?q"), Instant::now())
    }

    #[test]
    fn a_challenge_is_answered_once() {
        let auth = auth();
        let challenge = auth.challenge(false, Instant::now());
        let first = answer(&challenge, "test", "/p?q", "00000001");
        assert_eq!(check(&auth, &[&first]), DigestCheck::Granted(b"test".to_vec()));
        assert_eq!(check(&auth, &[&first]), DigestCheck::Denied { stale: true });
        let second = answer(&challenge, "test", "/p", "00000002");
        assert_eq!(check(&auth, &[&second]), DigestCheck::Granted(b"test".to_vec()));
        assert!(auth.challenge(true, Instant::now()).ends_with(", qop=\"auth\", stale=true"));
    }

    #[test]
    fn what_does_not_fit_is_denied() {
        let auth = auth();
        let challenge = auth.challenge(false, Instant::now());
        let right = answer(&challenge, "test", "/p?q", "1");
        let denied = DigestCheck::Denied { stale: false };
        for wrong in [
            answer(&challenge, "other", "/p?q", "1"),
            answer(&challenge, "nobody", "/p?q", "1"),
            answer(&challenge, "test", "/", "1"),
            answer(&challenge, "test", "/p?q", "-1"),
            answer(&challenge, "test", "/p?q", ""),
            right.replace("qop=auth", "qop=auth-int"),
            right.replace("qop=auth", "qop=auth, algorithm=MD5-sess"),
            right.replace("cnonce=\"c\"", "cnonce=\"d\""),
        ] {
            assert_eq!(check(&auth, &[&wrong]), denied, "{wrong}");
        }
        assert_eq!(check(&auth, &[&right, &right]), denied);
        assert_eq!(check(&auth, &[]), denied);
        let elsewhere = answer(&super::tests::auth().challenge(false, Instant::now()), "test", "/p", "1");
        assert_eq!(check(&auth, &[&elsewhere]), DigestCheck::Denied { stale: true });
        assert_eq!(check(&auth, &[&right]), DigestCheck::Granted(b"test".to_vec()));
    }

    #[test]
    fn a_fault_names_the_line_and_not_what_is_in_it() {
        for users in [&["a:b"][..], &["a:b:c:d"], &["a\n:b:c"]] {
            let users: Vec<_> = users.iter().map(|&user| user.to_owned()).collect();
            let nonces = Arc::new(Nonces::new(Instant::now()));
            let error = DigestAuth::build(&users, Identity::default(), nonces).unwrap_err();
            assert_eq!((error.key, error.value.as_str()), ("digest_auth", "user 1"));
        }
    }
}
