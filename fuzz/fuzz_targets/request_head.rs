//! A request head is understood the same however it is split, and what is understood is safe to write anew.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pointsman_http1::{Head, Limits, Request};

const LIMITS: Limits = Limits { line: 1_024, head: 4_096, fields: 32 };

/// Feeds the head in pieces that end at each of `ends`; its length when it is complete, `None` when it is refused or cut.
fn read(head: &mut Head, bytes: &[u8], ends: impl Iterator<Item = usize>) -> Option<usize> {
    for end in ends {
        if head.advance(&bytes[..end], &LIMITS).ok()? {
            return Some(head.len());
        }
    }
    None
}

fuzz_target!(|bytes: &[u8]| {
    let (mut whole, mut split) = (Head::default(), Head::default());
    let at_once = read(&mut whole, bytes, std::iter::once(bytes.len()));
    let bytewise = read(&mut split, bytes, 1..=bytes.len());
    // Refusals may come earlier bytewise; what is complete must be the same.
    if let (Some(one), Some(other)) = (at_once, bytewise) {
        assert_eq!(one, other);
    }
    let Some(length) = at_once else { return };
    assert_eq!(bytewise, Some(length));
    assert!(length <= bytes.len() && bytes[..length].ends_with(b"\r\n\r\n"));
    let (request, again) = (Request::parse(&whole, bytes), Request::parse(&split, bytes));
    assert_eq!(request.is_ok(), again.is_ok());
    let Ok(request) = request else { return };
    for span in [request.method_text, request.path, request.path_and_query, request.host] {
        assert!(span.of(bytes).iter().all(|byte| byte.is_ascii_graphic() || *byte >= 0x80), "it would split a line");
    }
    for field in &whole.fields {
        assert!(!field.name.is_empty());
        assert!(!field.value.of(bytes).iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
    }
});
