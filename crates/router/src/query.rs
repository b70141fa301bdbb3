//! Query strings.

use crate::percent::decode_query;
use std::borrow::Cow;

/// The first value of `key`. compat(1.7): `;` separates as `&` does, and a pair with a broken escape is not there.
pub(crate) fn first<'q>(query: &'q [u8], key: &str) -> Option<Cow<'q, [u8]>> {
    query.split(|&byte| byte == b'&' || byte == b';').filter(|pair| !pair.is_empty()).find_map(|pair| {
        let (name, value) = match memchr::memchr(b'=', pair) {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &pair[pair.len()..]),
        };
        let value = decode_query(value)?;
        (*decode_query(name)? == *key.as_bytes()).then_some(value)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_value_counts() {
        for (query, key, value) in [
            ("a=1&a=2", "a", Some("1")),
            ("b=1;a=%32", "a", Some("2")),
            ("a", "a", Some("")),
            ("a=%zz&a=3", "a", Some("3")),
            ("&&x+y=1+2", "x y", Some("1 2")),
            ("A=1", "a", None),
            ("", "", None),
            ("a=b=c", "a", Some("b=c")),
        ] {
            assert_eq!(first(query.as_bytes(), key).as_deref(), value.map(str::as_bytes), "{query}");
        }
    }
}
