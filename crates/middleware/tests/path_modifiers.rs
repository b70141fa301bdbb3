//! Paths as they leave: the vectors of Traefik 1.7 and the corners between them.
#![allow(clippy::unwrap_used)]

use pointsman_middleware::{PathModifiers, Rewrite};
use pointsman_plan::Modifier;
use pointsman_router::{Regexes, decode_path};
use proptest::prelude::*;
use proptest::sample::select;

fn strip(prefixes: &[&str]) -> Modifier {
    Modifier::StripPrefix { prefixes: prefixes.iter().map(|&prefix| prefix.to_owned()).collect() }
}

fn strip_regex(regexes: &[&str]) -> Modifier {
    Modifier::StripPrefixRegex { regexes: regexes.iter().map(|&regex| regex.to_owned()).collect() }
}

fn add(prefix: &str) -> Modifier {
    Modifier::AddPrefix { prefix: prefix.to_owned() }
}

fn replace(path: &str) -> Modifier {
    Modifier::ReplacePath { path: path.to_owned() }
}

fn replace_regex(regex: &str, replacement: &str) -> Modifier {
    Modifier::ReplacePathRegex { regex: regex.to_owned(), replacement: replacement.to_owned() }
}

/// The new path (as it came, if unchanged), and the headers added.
fn run(modifiers: &[Modifier], path: &str) -> (Rewrite, String, Vec<String>) {
    let mut warnings = Vec::new();
    let built = PathModifiers::build(modifiers, &mut Regexes::default(), &mut warnings).unwrap();
    let (mut out, mut headers) = (b"before".to_vec(), Vec::new());
    let rewrite = built.apply(path.as_bytes(), &mut out, &mut |name, value| {
        headers.push(format!("{name}: {}", String::from_utf8_lossy(value)));
    });
    let new = String::from_utf8(out.split_off(6)).unwrap();
    (rewrite, if rewrite == Rewrite::Unchanged { path.to_owned() } else { new }, headers)
}

fn check(modifiers: &[Modifier], path: &str, expected: &str, headers: &[&str]) {
    let (rewrite, new, added) = run(modifiers, path);
    assert_eq!((new.as_str(), added), (expected, headers.iter().map(|&h| h.to_owned()).collect()), "{path}");
    assert_ne!(rewrite, Rewrite::NotFound);
}

#[test]
fn literal_strips() {
    for (prefixes, path, expected, prefix) in [
        (&["/stat"][..], "/stat", "/", "/stat"),
        (&["/stat"], "/stat/", "/", "/stat"),
        (&["/stat"], "/status", "/us", "/stat"),
        (&["/stat/"], "/stat/us", "/us", "/stat/"),
        (&["/"], "/", "/", "/"),
        (&["/"], "/x/y", "/x/y", "/"),
        (&["/stat"], "/stat/a%2Fb", "/a%2Fb", "/stat"),
        (&["/stat/us", "/stat"], "/stat/us", "/", "/stat/us"),
        (&["/foo"], "/foobar", "/bar", "/foo"),
        (&["/foo"], "/foo//bar", "//bar", "/foo"),
        (&["/a b"], "/a%20b/c%2Fd", "/c%2Fd", "/a b"),
        (&["/a"], "/%61%2Fb", "/b", "/a"),
        (&["/é"], "/%C3%A9/x%2F", "/x%2F", "/é"),
        (&["/a"], "/a%zz", "/%zz", "/a"),
    ] {
        check(&[strip(prefixes)], path, expected, &[&format!("X-Forwarded-Prefix: {prefix}")]);
    }
}

#[test]
fn a_strip_that_cannot_cut_is_a_404() {
    assert_eq!(run(&[strip(&["/{x}"])], "/abc").0, Rewrite::NotFound);
    assert_eq!(run(&[strip(&[])], "/abc").0, Rewrite::NotFound);
    assert_eq!(run(&[strip_regex(&["^/b"])], "/abc").0, Rewrite::NotFound);
}

#[test]
fn regex_strips() {
    for (regex, path, expected, prefix) in [
        ("^/b/(?:[^/]+)/", "/b/api2/test2", "/test2", "/b/api2/"),
        ("^/c/api/(?:[0-9]+)/", "/c/api/123/test3", "/test3", "/c/api/123/"),
        ("^/a/(?:[^/]+)", "/a/%20x/r%2Fs", "/r%2Fs", "/a/ x"),
        ("^/a", "/a", "/", "/a"),
    ] {
        check(&[strip_regex(&[regex])], path, expected, &[&format!("X-Forwarded-Prefix: {prefix}")]);
    }
    let both = [strip_regex(&["^/one/(?:[^/]+)/(?:[0-9]+)"]), add("/zero")];
    check(&both, "/one/some/12345/four", "/zero/four", &["X-Forwarded-Prefix: /one/some/12345"]);
    // The remainder has lost its slash before the prefix is added.
    check(&[strip_regex(&["^/a/"]), add("/pre")], "/a/x", "/prex", &["X-Forwarded-Prefix: /a/"]);
}

#[test]
fn additions_and_replacements() {
    check(&[add("/blah")], "/baz", "/blah/baz", &[]);
    check(&[add("/a b")], "/c%2Fd", "/a%20b/c%2Fd", &[]);
    check(&[add("/blah"), replace("/baz")], "/hello", "/baz", &["X-Replaced-Path: /blah/hello"]);
    check(
        &[strip(&["/management"]), replace("/health")],
        "/management",
        "/health",
        &["X-Forwarded-Prefix: /management", "X-Replaced-Path: /"],
    );
    let old = &["X-Replaced-Path: /whoami/and/whoami"];
    check(&[replace_regex("^/whoami/(.*)", "/who-am-i/$1")], "/whoami/and/whoami", "/who-am-i/and/whoami", old);
    check(&[replace_regex("/whoami", "/who-am-i")], "/whoami/and/whoami", "/who-am-i/and/who-am-i", old);
    check(&[replace_regex("^/nothing", "/x")], "/whoami", "/whoami", &[]);
    check(&[replace_regex("^/who", "")], "/whoami", "/whoami", &[]);
    check(&[replace_regex("^/(.*)", "/v2/$1")], "/a%2Fb%3F", "/v2/a/b%3F", &["X-Replaced-Path: /a/b?"]);
    check(&[replace("/p?q")], "/a", "/p%3Fq", &["X-Replaced-Path: /a"]);
}

#[test]
fn a_path_without_its_slash_is_lost() {
    let (rewrite, path, headers) = run(&[replace_regex("^/api(.*)", "$1")], "/apifoo");
    assert_eq!((rewrite, path.as_str(), headers.len()), (Rewrite::Lost, "/", 1));
    assert_eq!(run(&[replace_regex("^/api(.*)", "$1")], "/api/foo").1, "/foo");
    assert_eq!(run(&[replace_regex("^/api(.*)", "$1")], "/api").0, Rewrite::Changed);
}

#[test]
fn an_expression_that_does_not_compile_replaces_nothing() {
    let (mut regexes, mut warnings) = (Regexes::default(), Vec::new());
    let built = PathModifiers::build(&[replace_regex("(", "/x")], &mut regexes, &mut warnings).unwrap();
    assert!(built.is_empty());
    assert_eq!((warnings.len(), warnings[0].key, warnings[0].value.as_str()), (1, "replace_path_regex", "("));
    let error = PathModifiers::build(&[strip_regex(&["^/(?=x)"])], &mut regexes, &mut warnings).unwrap_err();
    assert_eq!(error.key, "strip_prefix_regex");
}

#[test]
fn no_line_of_a_head_can_be_forged() {
    check(&[replace("/x")], "/a%0D%0AEvil:%201", "/x", &["X-Replaced-Path: /a%0D%0AEvil:%201"]);
    check(&[strip_regex(&["^/[^/]*"])], "/a%0Ab/c", "/c", &["X-Forwarded-Prefix: /a%0Ab"]);
}

fn any_modifier() -> impl Strategy<Value = Modifier> {
    let prefix = select(vec!["/", "/a", "/a/", "/%", "/%2", "%2F", "", "é", "/é", "/a b"]);
    prop_oneof![
        prefix.clone().prop_map(|prefix| strip(&[prefix, "/"])),
        select(vec!["^/[^/]*", "^/a?", "^", "^/.", "^.*b"]).prop_map(|regex| strip_regex(&[regex, "^"])),
        prefix.clone().prop_map(add),
        prefix.prop_map(replace),
        (select(vec!["^/(.*)", "a", "", "[^/]", "(%|é)"]), select(vec!["/$1", "$1$1", "x y", "\n"]))
            .prop_map(|(regex, replacement)| replace_regex(regex, replacement)),
    ]
}

/// Pieces of raw paths, sound and broken escapes among them.
fn any_path() -> impl Strategy<Value = String> {
    let pieces = vec!["/", "/", "a", "b", "%2F", "%2f", "%61", "%C3%A9", "%C3", "%", "%2", "%zz", "%%41", "%0A", "."];
    prop::collection::vec(select(pieces), 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_chain_on_any_path_yields_a_path(
        modifiers in prop::collection::vec(any_modifier(), 1..5),
        path in any_path(),
    ) {
        let (rewrite, new, headers) = run(&modifiers, &path);
        prop_assert!(rewrite == Rewrite::NotFound || new.starts_with('/'));
        prop_assert!(new.bytes().all(|byte| byte.is_ascii_graphic()), "{new:?}");
        prop_assert!(!headers.iter().any(|header| header.contains(['\n', '\r'])), "{headers:?}");
        // What is cut from the raw path is what is cut from the decoded one.
        if let [Modifier::StripPrefix { prefixes }] = &modifiers[..] {
            let (before, after) = (decode_path(path.as_bytes()), decode_path(new.as_bytes()));
            let cut = prefixes.iter().find_map(|prefix| before.strip_prefix(prefix.as_bytes()));
            let cut = cut.map(|rest| [b"/", rest.strip_prefix(b"/").unwrap_or(rest)].concat());
            prop_assert_eq!(cut.as_deref(), (rewrite != Rewrite::NotFound).then_some(&*after));
        }
    }
}
