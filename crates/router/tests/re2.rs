//! RE2 syntax as Go's `regexp` reads it. Expected answers are those of Go's package.
#![allow(clippy::unwrap_used)]

use pointsman_router::{Regex, Regexes};
use std::sync::Arc;

fn check(regex: &str, cases: &[(&str, bool)]) {
    let compiled = Regex::new(regex).unwrap_or_else(|error| panic!("{regex}: {error}"));
    for (text, expected) in cases {
        assert_eq!(compiled.is_match(text.as_bytes()), *expected, "{regex} on {text:?}");
    }
}

#[test]
fn classes_are_ascii() {
    check(r"^\d$", &[("7", true), ("٣", false), ("x", false)]);
    check(r"^\D$", &[("7", false), ("٣", true)]);
    check(r"^\w$", &[("_", true), ("é", false)]);
    check(r"^\W$", &[("é", true), ("a", false)]);
    check(r"^\s$", &[("\t", true), ("\u{B}", false), ("\u{A0}", false), ("\u{C}", true)]);
    check(r"^\S$", &[("\u{B}", true), ("\u{A0}", true), (" ", false)]);
    check(r"a\b", &[("aé", true), ("ab", false), ("a", true)]);
    check(r"a\Bb", &[("ab", true), ("a b", false)]);
    check(r"^[[:alpha:]]$", &[("a", true), ("é", false)]);
    check(r"^[[:^alpha:]]$", &[("a", false), ("é", true), ("1", true)]);
    check(r"^[[:word:][:space:]]$", &[("_", true), ("\u{B}", true), ("-", false)]);
    check(r"^[\d\-x]$", &[("4", true), ("-", true), ("x", true), ("d", false)]);
    check(r"^[^\D]$", &[("4", true), ("x", false)]);
    check(r"^[\D4]$", &[("4", true), ("x", true), ("5", false)]);
}

#[test]
fn signs_inside_classes_mean_nothing() {
    check(r"^[a&&b]+$", &[("a&b", true), ("ab", true), ("c", false)]);
    check(r"^[+--b]+$", &[("+,-b", true), (".", false)]);
    check(r"^[a~~b]+$", &[("a~b", true)]);
    check(r"^[[a]+$", &[("[a", true), ("b", false)]);
    check(r"^[[a]b]$", &[("[b]", true), ("ab]", true), ("a", false)]);
    check(r"^[]a]+$", &[("]a", true)]);
    check(r"^[^]a]+$", &[("b", true), ("]", false)]);
    check(r"^[A-Za-z0-9-_]+$", &[("a-Z_9", true), ("a.b", false)]);
    check(r"^[a-]+$", &[("a-", true)]);
    check(r"^[-a]+$", &[("a-", true)]);
    check(r"^[a#\]\\^-]+$", &[(r"#]\^-", true), ("b", false)]);
    check(r"^[.$*+?(){}|]+$", &[(".$*+?(){}|", true), ("a", false)]);
}

#[test]
fn escapes_and_quotes() {
    check(r"^\Qa.b*\E+$", &[("a.b**", true), ("aab", false)]);
    check(r"^\Q[", &[("[", true)]);
    check(r"^\x41\x{42}\103\t$", &[("ABC\t", true)]);
    check(r"^\.\/\-\_\!\<$", &[("./-_!<", true)]);
    check(r"\Aab\z", &[("ab", true), ("ab\n", false)]);
    check(r"^\pL\p{Greek}\P{L}\p{^L}$", &[("éα12", true), ("éa12", false)]);
    check(r"^[\p{Greek}\d]$", &[("α", true), ("3", true), ("a", false)]);
}

#[test]
fn braces_that_repeat_nothing_are_text() {
    check(r"^a{2}$", &[("aa", true), ("a{2}", false)]);
    check(r"^a{,2}$", &[("a{,2}", true), ("aa", false)]);
    check(r"^a{x}$", &[("a{x}", true)]);
    check(r"^a{$", &[("a{", true)]);
    check(r"^{a}$", &[("{a}", true)]);
    check(r"^a{01}$", &[("a{01}", true), ("a", false)]);
    check(r"^a{1,}?b$", &[("aab", true)]);
    check(r"^}]$", &[("}]", true)]);
}

#[test]
fn flags_and_anchors() {
    check(r"(?i)^FOO$", &[("foo", true), ("foo\n", false)]);
    check(r"^(?i:F)oo$", &[("foo", true), ("fOO", false)]);
    check(r"^a(?i)b|C$", &[("aB", true), ("c", true), ("A", false)]);
    check(r"(?s)^.$", &[("\n", true)]);
    check(r"^.$", &[("\n", false), ("é", true)]);
    check(r"(?m)^b$", &[("a\nb", true)]);
    check(r"^[^a]$", &[("\n", true)]);
    check(r"(?i-s:x)(?-i)y", &[("Xy", true), ("XY", false)]);
    check(r"(?U)^a+b$", &[("aab", true)]);
    check(r"(?)a(?i)", &[("a", true)]);
    check(r"(?i)k", &[("\u{212A}", true)]);
    check("", &[("", true), ("x", true)]);
    check("a||b", &[("", true)]);
    check("^*a", &[("a", true)]);
}

#[test]
fn what_go_refuses_is_refused() {
    for bad in [
        "(",
        ")",
        "(a",
        "[a",
        "[",
        "[]",
        "[^]",
        "a**",
        "a+*",
        "a{2}{3}",
        "a??*",
        "*",
        "+a",
        "|*",
        "(*)",
        r"\8",
        r"\1",
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<n>a)",
        "(?P=n)",
        "(?P<n>a)(?P<n>b)",
        "(?P<>a)",
        "(?P<n",
        "(?x)a",
        "(?u)a",
        "(?R)",
        "(?i-)",
        "(?-:",
        "(?>a)",
        "(?#c)",
        r"\C",
        r"\Z",
        r"\G",
        r"\h",
        r"\K",
        r"\E",
        r"\y",
        r"\é",
        "[b-a]",
        "[a--b]",
        r"[a-\d]",
        "[[:foo:]]",
        "a{1001}",
        "a{2,1}",
        "a{1001,}",
        "((a{100}){100}){100}",
        "(a{32}){32}",
        r"\p{Nonsense}",
        r"\p",
        r"\p{",
        r"\x",
        r"\x{",
        r"\x{110000}",
        r"\xZZ",
        r"\",
        "a{1}{2}",
        r"[\",
        r"[a\",
        r"\pé",
        r"\x{+41}",
        r"[\Qa\E]",
    ] {
        assert!(Regex::new(bad).is_err(), "{bad} should be refused");
    }
}

#[test]
fn bombs_are_refused_or_harmless() {
    for bomb in [
        "(x{1000}){2}",
        "(?:a{1,30}){30}!",
        "(?:.*a.{500}!|.*b.{300}x)",
        "((((x{5}){5}){5}){5}){5}",
        &"(".repeat(5_000),
        &"a{1000}".repeat(500),
    ] {
        assert!(Regex::new(bomb).is_err(), "{}", &bomb[..20.min(bomb.len())]);
    }
    for harmless in
        [r"^/(?:[a-z0-9-]{1,63}\.){1,4}$", "^/.{1,255}$", &format!("^/(?:{})$", ["word-of-a-list"; 150].join("|"))]
    {
        assert!(Regex::new(harmless).is_ok(), "{}", &harmless[..20]);
    }
    let nested = Regex::new("(a+)+$").unwrap();
    assert!(!nested.is_match(&[&[b'a'; 8_192][..], b"!"].concat()));
}

#[test]
fn text_that_is_not_utf8_is_read_as_go_does() {
    for (regex, text, expected) in [
        (r"^.$", &b"\xff"[..], true),
        (r"^..$", b"\xff\xfe", true),
        (r"^.$", b"\xff\xfe", false),
        (r"^[^/]+$", b"a\xc3b\xff", true),
        (r"^.{2}$", "é".as_bytes(), false),
        (r"^.{3}$", b"\xc3a\xa9", true),
        (r"^\x{FFFD}$", b"\x80", true),
        (r"^é.$", b"\xc3\xa9\xa9", true),
        (r"^/a", b"/a\xff", true),
    ] {
        assert_eq!(Regex::new(regex).unwrap().is_match(text), expected, "{regex} on {text:?}");
    }
    assert_eq!(Regex::new("b+").unwrap().find(b"\xff\xc3bb\xfe"), Some(2..4));
}

#[test]
fn matches_come_with_their_groups() {
    let regex = Regex::new(r"(?P<word>[a-z]+)(?:-)(\d)?(?P<rest>x)?").unwrap();
    assert_eq!((regex.group("word"), regex.group("rest"), regex.group("none")), (Some(1), Some(3), None));
    let mut seen = Vec::new();
    regex.each_match(b"ab-1 c-x", |groups| {
        seen.push(groups.to_vec());
        true
    });
    assert_eq!(seen, [vec![Some(0..4), Some(0..2), Some(3..4), None], vec![Some(5..8), Some(5..6), None, Some(7..8)],]);
    let mut first = 0;
    regex.each_match(b"ab-1 c-x", |_| {
        first += 1;
        false
    });
    assert_eq!(first, 1);
}

#[test]
fn equal_expressions_are_compiled_once() {
    let mut regexes = Regexes::default();
    let (a, b) = (regexes.get("^a+$").unwrap(), regexes.get("^a+$").unwrap());
    assert!(Arc::ptr_eq(&a, &b) && a.source() == "^a+$");
    assert!(regexes.get("(").is_err());
    for index in 0..1_000 {
        let dropped = regexes.get(&format!("^{index}$")).unwrap();
        assert!(dropped.is_match(index.to_string().as_bytes()));
    }
    assert!(Arc::ptr_eq(&a, &regexes.get("^a+$").unwrap()));
}
