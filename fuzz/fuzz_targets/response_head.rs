//! The head of an upstream's answer: the first byte says whether it answers HEAD.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pointsman_http1::{Head, Limits, Response};

const LIMITS: Limits = Limits { line: 1_024, head: 4_096, fields: 32 };

fuzz_target!(|input: &[u8]| {
    let Some((&first, bytes)) = input.split_first() else { return };
    let (mut whole, mut split) = (Head::default(), Head::default());
    let Ok(true) = whole.advance(bytes, &LIMITS) else { return };
    let complete = (1..=bytes.len()).find(|&end| split.advance(&bytes[..end], &LIMITS).expect("it was accepted whole"));
    assert_eq!(complete.map(|_| split.len()), Some(whole.len()));
    let Ok(response) = Response::parse(&whole, bytes, first & 1 == 1) else { return };
    assert!((100..=999).contains(&response.status));
    assert!(!response.reason.of(bytes).iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
});
