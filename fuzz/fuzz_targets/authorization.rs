//! What an Authorization field says: reading it holds, nobody passes by nonsense, and a right password is recognised whatever
//! comes with it. The input is a field value; up to the first NUL, if there is one, a user's name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pointsman_middleware::{Basic, BasicAuth, BasicCheck, Digest, DigestAuth, DigestCheck, Identity, Nonces};
use std::sync::Arc;
use std::time::Instant;

/// Of `test`.
const HASH: &str = "{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=";

fuzz_target!(|input: &[u8]| {
    let (name, value) = match input.iter().position(|&byte| byte == 0) {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (&b"user"[..], input),
    };
    let name = String::from_utf8_lossy(name).into_owned();
    let read = Basic::parse(value);
    if let Some(digest) = Digest::parse(value) {
        assert!(read.is_none() && digest.nonce.len() <= value.len());
    }
    let now = Instant::now();
    if let Ok(auth) = BasicAuth::build(&[format!("{name}:{HASH}")], Identity::default(), Arc::default()) {
        let right = read.is_some_and(|basic| basic.user() == name.as_bytes() && basic.password() == b"test");
        let granted = |fields: &[&[u8]]| matches!(auth.check(fields.iter().copied(), now), BasicCheck::Granted(_));
        assert_eq!(granted(&[value]), right);
        assert!(!granted(&[value, value]));
    }
    let users = [format!("{name}:traefik:a2688e031edb4be6a3797f3882655c05")];
    if let Ok(auth) = DigestAuth::build(&users, Identity::default(), Arc::new(Nonces::new(now))) {
        let check = auth.check([value].into_iter(), b"GET", (b"/", b"/"), now);
        assert!(!matches!(check, DigestCheck::Granted(_)), "the nonce is not ours");
    }
});
