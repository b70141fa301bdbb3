//! The first bytes of a connection: a verdict does not depend on how they are split, and comes in time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pointsman_proxy_protocol::{ENOUGH, Start, read};

fuzz_target!(|bytes: &[u8]| {
    let whole = read(bytes);
    let first = (0..=bytes.len()).map(|end| read(&bytes[..end])).find(|verdict| *verdict != Ok(Start::Partial));
    assert_eq!(first.unwrap_or(Ok(Start::Partial)), whole);
    assert!(bytes.len() < ENOUGH || whole != Ok(Start::Partial));
    if let Ok(Start::Header(header)) = whole {
        assert!((15..=16 + 65_535).contains(&header.length));
    }
});
