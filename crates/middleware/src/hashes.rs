//! Password hashes of `htpasswd` files: MD5-crypt, SHA-1 and bcrypt.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// Rounds of MD5-crypt.
const ROUNDS: u32 = 1_000;
/// What a round costs, as a power of two of some unit, beside bcrypt's own cost.
const MD5_COST: u32 = 4;

/// How a password is compared with what is known of it.
#[derive(PartialEq, Eq)]
pub(crate) enum Hash {
    /// `$apr1$SALT$…` or `$1$SALT$…`.
    Md5Crypt { magic: &'static [u8], salt: Box<[u8]>, digest: Box<[u8]> },
    /// `{SHA}` and Base64.
    Sha(Box<[u8]>),
    /// `$2a$`, `$2b$`, `$2x$`, `$2y$`.
    Bcrypt { cost: u32, text: Box<str> },
    /// Anything else. compat(1.7): a password in clear never matches.
    Never,
}

impl Hash {
    pub(crate) fn parse(text: &str) -> Self {
        if let Some(encoded) = text.strip_prefix("{SHA}") {
            return STANDARD.decode(encoded).map_or(Self::Never, |digest| Self::Sha(digest.into()));
        }
        for magic in ["$apr1$", "$1$"] {
            if let Some((salt, digest)) = text.strip_prefix(magic).and_then(|rest| rest.split_once('$')) {
                let (salt, digest) = (salt.as_bytes().into(), digest.as_bytes().into());
                return Self::Md5Crypt { magic: magic.as_bytes(), salt, digest };
            }
        }
        let bcrypt = ["$2a$", "$2b$", "$2x$", "$2y$"].iter().find_map(|version| text.strip_prefix(version));
        match bcrypt.and_then(|rest| rest.get(..2)).and_then(|cost| cost.parse().ok()) {
            Some(cost) => Self::Bcrypt { cost, text: text.into() },
            None => Self::Never,
        }
    }

    /// Whether it is the password's. Takes milliseconds, or as long as bcrypt's cost says; SHA-1 takes no time.
    pub(crate) fn is_of(&self, password: &[u8]) -> bool {
        match self {
            Self::Md5Crypt { magic, salt, digest } => md5_crypt(password, magic, salt).ct_eq(digest).into(),
            Self::Sha(digest) => Sha1::digest(password).as_slice().ct_eq(digest).into(),
            Self::Bcrypt { text, .. } => bcrypt::verify(password, text).unwrap_or(false),
            Self::Never => false,
        }
    }

    /// Whether a request thread may compute it.
    pub(crate) fn is_quick(&self) -> bool {
        matches!(self, Self::Sha(_) | Self::Never)
    }

    /// Rises with the time it takes.
    pub(crate) fn cost(&self) -> u32 {
        match self {
            Self::Never => 0,
            Self::Sha(_) => 1,
            Self::Md5Crypt { .. } => MD5_COST,
            Self::Bcrypt { cost, .. } => MD5_COST + cost,
        }
    }
}

/// Poul-Henning Kamp's algorithm of FreeBSD, as Apache and `crypt(3)` use it.
fn md5_crypt(password: &[u8], magic: &[u8], salt: &[u8]) -> Vec<u8> {
    let alternate = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut first = Md5::new().chain_update(password).chain_update(magic).chain_update(salt);
    for piece in password.chunks(alternate.len()) {
        first.update(&alternate[..piece.len()]);
    }
    let mut bits = password.len();
    while bits > 0 {
        first.update(if bits & 1 == 1 { &[0] } else { &password[..1] });
        bits >>= 1;
    }
    let mut digest = first.finalize();
    for round in 0..ROUNDS {
        let mut next = Md5::new();
        next.update(if round % 2 == 1 { password } else { &digest });
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        next.update(if round % 2 == 1 { &digest } else { password });
        digest = next.finalize();
    }
    encode(digest.as_slice())
}

/// Its own Base64: groups of three bytes, low bits first.
fn encode(digest: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = Vec::with_capacity(22);
    let mut write = |mut bits: u32, letters: usize| {
        for _ in 0..letters {
            text.push(LETTERS[(bits & 63) as usize]);
            bits >>= 6;
        }
    };
    for [high, middle, low] in [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]] {
        let byte = |at: usize| u32::from(digest[at]);
        write(byte(high) << 16 | byte(middle) << 8 | byte(low), 4);
    }
    write(u32::from(digest[11]), 2);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_htpasswd_and_openssl() {
        for (text, password) in [
            ("$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/", "test"),
            ("$apr1$d9hr9HBB$4HxwgUir3HP4EsggP/QNo0", "test2"),
            ("$apr1$saltsalt$a8ml/vK5HEjiZ5oypDWA7/", ""),
            ("$1$saltsalt$46ekHGjZuSi2b7SR0SN0m/", "a password longer than sixteen bytes"),
            ("{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=", "test"),
            ("$2y$05$abcdefghijklmnopqrstuuWG29KuyeAicPCJODk1zjyGvyQUU2awu", "password"),
            ("$2a$04$abcdefghijklmnopqrstuuYNnDvIn0tNu0.lIhge/HmFQUEt9sjYK", "pw2"),
            ("$2b$04$abcdefghijklmnopqrstuuYNnDvIn0tNu0.lIhge/HmFQUEt9sjYK", "pw2"),
        ] {
            let hash = Hash::parse(text);
            assert!(hash.is_of(password.as_bytes()), "{text}");
            assert!(!hash.is_of(b"wrong") && !hash.is_of(format!("{password}x").as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_is_no_hash_matches_nothing() {
        for text in ["", "test", "{SHA}???", "{SHA}", "$apr1$", "$2y$", "$2y$xx$", "$5$salt$x", "$2y$05$short"] {
            let hash = Hash::parse(text);
            assert!(!hash.is_of(text.as_bytes()) && !hash.is_of(b"test") && !hash.is_of(b""), "{text}");
        }
    }
}
