//! Names and passwords (RFC 7617).

use crate::BuildError;
use crate::authorization::{Basic, only};
use crate::hashes::Hash;
use crate::identity::Identity;
use crate::password_cache::{Key, Mark, PasswordCache};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// Longer passwords are wrong: hashing takes time in proportion.
const LONGEST: usize = 1_024;

/// Lets those in who know the password of a user.
#[derive(Debug)]
pub struct BasicAuth {
    users: HashMap<Box<[u8]>, Arc<Secret>>,
    /// The costliest of the hashes: who is no user is compared with it.
    decoy: Arc<Secret>,
    /// In its place in the cache.
    nobody: Mark,
    /// What is done to the request of a user.
    pub identity: Identity,
    cache: Arc<PasswordCache>,
}

/// A user's hash.
struct Secret {
    mark: Mark,
    hash: Hash,
}

/// What a request's Authorization is worth.
#[derive(Debug)]
pub enum BasicCheck {
    /// 401.
    Denied,
    /// The name of a user.
    Granted(Vec<u8>),
    /// Nobody knows before this is done, somewhere else than on a request thread.
    Ask(Vec<u8>, PasswordJob),
}

/// A password to be hashed and compared.
#[derive(Clone)]
pub struct PasswordJob {
    secret: Arc<Secret>,
    known: bool,
    password: Box<[u8]>,
    key: Key,
    cache: Arc<PasswordCache>,
}

impl BasicAuth {
    /// The value of WWW-Authenticate.
    pub const CHALLENGE: &str = "Basic realm=\"traefik\"";

    /// Builds from lines `name:hash`; the last line of a name counts. Without a line nobody passes.
    ///
    /// # Errors
    /// A line without exactly one colon.
    pub fn build(users: &[String], identity: Identity, cache: Arc<PasswordCache>) -> Result<Self, BuildError> {
        let mut known = HashMap::with_capacity(users.len());
        for (index, line) in users.iter().enumerate() {
            let mut pieces = line.split(':');
            let (Some(name), Some(hash), None) = (pieces.next(), pieces.next(), pieces.next()) else {
                return Err(fault(index, "is not of the form name:hash"));
            };
            if name.bytes().any(|byte| byte.is_ascii_control()) {
                return Err(fault(index, "has control characters in its name"));
            }
            let secret = Secret { mark: cache.mark(hash), hash: Hash::parse(hash) };
            known.insert(name.as_bytes().into(), Arc::new(secret));
        }
        let costliest = known.values().max_by_key(|secret| secret.hash.cost()).cloned();
        let decoy = costliest.unwrap_or_else(|| Arc::new(Secret { mark: Mark::default(), hash: Hash::Never }));
        let nobody = cache.mark("");
        Ok(Self { users: known, decoy, nobody, identity, cache })
    }

    /// Looks at the request's Authorization fields, of which there must be exactly one. Who is unknown costs what a known
    /// one costs.
    pub fn check<'v>(&self, authorizations: impl Iterator<Item = &'v [u8]>, now: Instant) -> BasicCheck {
        let Some(basic) = only(authorizations).and_then(Basic::parse) else { return BasicCheck::Denied };
        let (user, password) = (basic.user(), basic.password());
        if password.len() > LONGEST {
            return BasicCheck::Denied;
        }
        let found = self.users.get(user);
        let (secret, known) = (found.unwrap_or(&self.decoy), found.is_some());
        if secret.hash.is_quick() {
            let right = secret.hash.is_of(password) && known;
            return if right { BasicCheck::Granted(user.to_vec()) } else { BasicCheck::Denied };
        }
        let key = PasswordCache::key(if known { &secret.mark } else { &self.nobody }, user, password);
        match self.cache.get(&key, now) {
            Some(true) => BasicCheck::Granted(user.to_vec()),
            Some(false) => BasicCheck::Denied,
            None => {
                let (secret, cache) = (Arc::clone(secret), Arc::clone(&self.cache));
                BasicCheck::Ask(user.to_vec(), PasswordJob { secret, known, password: password.into(), key, cache })
            }
        }
    }
}

impl PasswordJob {
    /// Takes its time; whether the password is right, which is remembered.
    #[must_use]
    pub fn run(&self) -> bool {
        // The same may have been asked, and answered, while this waited.
        if let Some(right) = self.cache.get(&self.key, Instant::now()) {
            return right;
        }
        let right = self.secret.hash.is_of(&self.password) && self.known;
        self.cache.put(self.key, right, Instant::now());
        right
    }
}

impl std::fmt::Debug for PasswordJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordJob")
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

fn fault(index: usize, message: &str) -> BuildError {
    // Whatever is in the line may be a secret.
    BuildError { key: "basic_auth", value: format!("user {}", index + 1), message: message.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    const APR1: &str = "test:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/";

    fn auth(users: &[&str]) -> BasicAuth {
        let users: Vec<_> = users.iter().map(|&user| user.to_owned()).collect();
        BasicAuth::build(&users, Identity::default(), Arc::default()).unwrap()
    }

    fn check(auth: &BasicAuth, credentials: &[&str]) -> BasicCheck {
        let values: Vec<_> = credentials.iter().map(|text| format!("Basic {}", STANDARD.encode(text))).collect();
        auth.check(values.iter().map(String::as_bytes), Instant::now())
    }

    #[test]
    fn a_slow_hash_is_asked_for_once() {
        let auth = auth(&[APR1]);
        for (credentials, right) in [("test:test", true), ("test:wrong", false), ("nobody:test", false)] {
            let BasicCheck::Ask(user, job) = check(&auth, &[credentials]) else { panic!("{credentials}") };
            assert_eq!(user, credentials.split(':').next().unwrap().as_bytes());
            assert_eq!(job.run(), right, "{credentials}");
            assert_eq!(matches!(check(&auth, &[credentials]), BasicCheck::Granted(_)), right);
            assert_eq!(matches!(check(&auth, &[credentials]), BasicCheck::Denied), !right);
        }
    }

    #[test]
    fn quick_hashes_are_answered_at_once_and_clear_text_never_matches() {
        let auth = auth(&["sha:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=", "clear:test", "sha2:x", "sha2:{SHA}AA=="]);
        assert!(matches!(check(&auth, &["sha:test"]), BasicCheck::Granted(user) if user == b"sha"));
        for credentials in ["sha:x", "clear:test", "clear:", "nobody:test", "sha2:x", "SHA:test", ":", "sha"] {
            assert!(matches!(check(&auth, &[credentials]), BasicCheck::Denied), "{credentials}");
        }
    }

    #[test]
    fn only_one_field_that_is_not_endless_counts() {
        let auth = auth(&["sha:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=", APR1]);
        assert!(matches!(check(&self::auth(&[]), &["sha:test"]), BasicCheck::Denied));
        for credentials in [&[][..], &["sha:test", "sha:test"], &["sha:x", "sha:test"]] {
            assert!(matches!(check(&auth, credentials), BasicCheck::Denied), "{credentials:?}");
        }
        let endless = format!("test:{}", "x".repeat(LONGEST + 1));
        assert!(matches!(check(&auth, &[&endless]), BasicCheck::Denied));
    }

    #[test]
    fn a_fault_names_the_line_and_not_what_is_in_it() {
        for users in [&["a:b:c"][..], &["secret"], &["a\n:b"]] {
            let users: Vec<_> = users.iter().map(|&user| user.to_owned()).collect();
            let error = BasicAuth::build(&users, Identity::default(), Arc::default()).unwrap_err();
            assert_eq!((error.key, error.value.as_str()), ("basic_auth", "user 1"));
        }
        assert!(!format!("{:?}", auth(&[APR1])).contains("apr1"));
    }
}
