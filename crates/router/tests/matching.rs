//! One named test per rule of matching and precedence; the plan's JSON in, the winner's name out.
#![allow(clippy::unwrap_used)]

use pointsman_plan::{Action, Matcher, Route};
use pointsman_router::{Entry, Found, Headers, Regexes, Request, Table};
use std::sync::Arc;

struct Fields(Vec<(&'static str, &'static str)>);

impl Headers for Fields {
    fn any(&self, lower_name: &str, f: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.0.iter().any(|(name, value)| name.eq_ignore_ascii_case(lower_name) && f(value.as_bytes()))
    }
}

fn route(name: &str, priority: i64, matchers: &[&str]) -> Route {
    let matchers: Vec<Matcher> = matchers.iter().map(|json| serde_json::from_str(json).unwrap()).collect();
    Route {
        provider: "file".to_owned(),
        name: name.to_owned(),
        origin: String::new(),
        labels: Default::default(),
        entry_points: vec!["http".to_owned()],
        priority,
        tie: 0,
        matchers,
        modifiers: Vec::new(),
        middlewares: Vec::new(),
        rate_limit: None,
        action: Action::Refuse { status: 404, reason: String::new() },
    }
}

fn table(routes: Vec<Route>) -> Table<String> {
    let mut regexes = Regexes::default();
    let entries: Vec<_> =
        routes.iter().map(|route| Arc::new(Entry::build(route, &mut regexes, route.name.clone()).unwrap())).collect();
    Table::new().update(&[], &entries)
}

fn one(matchers: &[&str]) -> Table<String> {
    table(vec![route("r", 1, matchers)])
}

/// `GET http://HOST PATH[?QUERY]` to the winner's name, `-> PATH` for a redirect, or nothing.
fn get(table: &Table<String>, host: &str, target: &str) -> String {
    ask(table, "GET", host, target, &[])
}

fn ask(
    table: &Table<String>,
    method: &str,
    host: &str,
    target: &str,
    fields: &[(&'static str, &'static str)],
) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let fields = Fields(fields.to_vec());
    let request = Request {
        host: host.as_bytes(),
        method: method.as_bytes(),
        path: path.as_bytes(),
        query: query.as_bytes(),
        headers: &fields,
    };
    let explained = table.explain(&request);
    match table.find(&request) {
        Found::Route(name) => {
            assert_eq!((explained.matches[0].entry.payload(), explained.matches[0].redirect_slash), (name, false));
            name.clone()
        }
        Found::RedirectSlash { path, route } => {
            assert_eq!((explained.matches[0].entry.payload(), explained.matches[0].redirect_slash), (route, true));
            format!("-> {}", String::from_utf8(path).unwrap())
        }
        Found::Nothing => {
            assert!(explained.matches.is_empty());
            String::new()
        }
    }
}

fn check(table: &Table<String>, cases: &[(&str, &str, bool)]) {
    for (host, target, matches) in cases {
        assert_eq!(get(table, host, target), if *matches { "r" } else { "" }, "{host} {target}");
    }
}

const FOO_BAR: &str = r#"{"type": "host", "hosts": ["foo.bar"]}"#;

fn prefix(path: &str) -> String {
    format!(r#"{{"type": "path_prefix", "patterns": [{{"source": "{path}", "literal": "{path}"}}]}}"#)
}

fn whole(path: &str, redirect: bool) -> String {
    let slash = path.ends_with('/');
    format!(
        r#"{{"type": "path", "redirect_slash": {redirect}, "patterns": [{{"source": "{path}", "literal": "{path}", "slash": {slash}}}]}}"#
    )
}

fn host_regexp(regex: &str) -> String {
    let regex = regex.replace('\\', "\\\\");
    format!(r#"{{"type": "host_regexp", "patterns": [{{"source": "x", "regex": "(?i)^{regex}$"}}]}}"#)
}

#[test]
fn host_in_any_case_path_in_its_own() {
    let table = one(&[FOO_BAR, &whole("/FOObar", false)]);
    check(
        &table,
        &[
            ("foo.bar", "/FOObar", true),
            ("Foo.BAR:80", "/FOObar", true),
            ("foo.bar", "/foobar", false),
            ("foo.bar.", "/FOObar", false),
            ("", "/FOObar", false),
        ],
    );
}

#[test]
fn any_host_of_the_list_and_ipv6_without_brackets() {
    let table = one(&[r#"{"type": "host", "hosts": ["a", "b.c", "[::1]"]}"#]);
    check(
        &table,
        &[("a", "/", true), ("b.c:1", "/", true), ("[::1]:8080", "/", true), ("c", "/", false), ("::2", "/", false)],
    );
}

#[test]
fn an_empty_host_never_matches() {
    check(&one(&[r#"{"type": "host", "hosts": [""]}"#]), &[("", "/", false), (":80", "/", false)]);
}

#[test]
fn prefixes_are_plain_texts() {
    check(
        &one(&[&prefix("/bar")]),
        &[("", "/bar", true), ("", "/bar/", true), ("", "/barx", true), ("", "/ba", false)],
    );
    check(&one(&[&prefix("/bar/")]), &[("", "/bar", false), ("", "/bar/", true), ("", "/bar/x", true)]);
    check(&one(&[&prefix("bar")]), &[("", "/bar", false), ("", "/", false)]);
    check(&one(&[&prefix("/")]), &[("", "/", true), ("", "//x", true), ("", "*", false)]);
}

#[test]
fn paths_are_compared_decoded_and_not_cleaned() {
    let table = one(&[&prefix("/a/b c")]);
    check(
        &table,
        &[("", "/a%2Fb%20c", true), ("", "/a/b%20c/d", true), ("", "/a/b+c", false), ("", "/a/./b%20c", false)],
    );
    check(&one(&[&prefix("/admin")]), &[("", "/x/../admin", false), ("", "//admin", false), ("", "/%61dmin", true)]);
    check(&one(&[&prefix("/%61")]), &[("", "/a", false), ("", "/%2561", true)]);
}

#[test]
fn path_regexes_are_anchored_as_written() {
    let whole = r#"{"type": "path", "patterns": [{"source": "/a/{x}", "regex": "^/a/(?:[^/]+)$", "prefix": "/a/"}]}"#;
    check(&one(&[whole]), &[("", "/a/b", true), ("", "/a/", false), ("", "/a/b/c", false), ("", "/a/b%2Fc", false)]);
    let start = r#"{"type": "path_prefix", "patterns": [{"source": "/c/{id:[0-9]+}/", "regex": "^/c/(?:[0-9]+)/", "prefix": "/c/"}]}"#;
    check(&one(&[start]), &[("", "/c/12/x", true), ("", "/c/x/12/", false), ("", "/c/12", false)]);
}

#[test]
fn host_regexes() {
    let table = one(&[&host_regexp(r"(foo\.)?bar\.com")]);
    check(
        &table,
        &[
            ("foo.bar.com", "/", true),
            ("bar.com", "/", true),
            ("BAR.com:80", "/", true),
            ("fooubar.com", "/", false),
            ("barcom", "/", false),
            ("bar.com.", "/", false),
        ],
    );
    check(&one(&[&host_regexp(r"foo\.bar\.com")]), &[("FOO.bar.com", "/", true)]);
}

#[test]
fn wildcards_stand_for_one_label() {
    let table = one(&[
        r#"{"type": "host_regexp", "patterns": [{"source": "*.foo.com", "regex": "(?i)^(?:[A-Za-z0-9-_]+)\\.foo\\.com$", "wildcard": ".foo.com"}]}"#,
        &prefix("/x"),
    ]);
    check(
        &table,
        &[
            ("a.foo.com", "/x", true),
            ("A_-9.FOO.com:81", "/x", true),
            ("a.b.foo.com", "/x", false),
            ("foo.com", "/x", false),
            (".foo.com", "/x", false),
            ("a.foo.com", "/y", false),
        ],
    );
}

#[test]
fn methods_are_compared_as_they_are() {
    let table = one(&[r#"{"type": "method", "methods": ["GET", "POST"]}"#]);
    for (method, matches) in [("GET", true), ("POST", true), ("PUT", false), ("get", false)] {
        assert_eq!(ask(&table, method, "", "/", &[]), if matches { "r" } else { "" }, "{method}");
    }
}

#[test]
fn kubernetes_exact() {
    let table = one(&[r#"{"type": "path_exact", "path": "/foo"}"#]);
    check(&table, &[("", "/foo", true), ("", "/foo/", false), ("", "/Foo", false), ("", "/foobar", false)]);
    check(&one(&[r#"{"type": "path_exact", "path": "/foo/"}"#]), &[("", "/foo", false), ("", "/foo/", true)]);
}

#[test]
fn kubernetes_prefix_goes_by_elements() {
    for path in ["/foo", "/foo/"] {
        let table = one(&[&format!(r#"{{"type": "path_segments", "path": "{path}"}}"#)]);
        check(
            &table,
            &[
                ("", "/foo", true),
                ("", "/foo/", true),
                ("", "/foo/bar", true),
                ("", "/foobar", false),
                ("", "/fo", false),
                ("", "/FOO", false),
            ],
        );
    }
    check(&one(&[r#"{"type": "path_segments", "path": "/"}"#]), &[("", "/", true), ("", "/any/thing", true)]);
    check(
        &one(&[r#"{"type": "path_segments", "path": "/aaa/bb"}"#]),
        &[("", "/aaa/bbb", false), ("", "/aaa/bb/c", true)],
    );
}

#[test]
fn only_the_first_value_of_a_query_key_counts() {
    let table = one(&[r#"{"type": "query", "pairs": [{"key": "a", "regex": "^(?:[0-9]+)$"}, {"key": "b"}]}"#]);
    check(
        &table,
        &[
            ("", "/?a=1&b", true),
            ("", "/?b=&a=%31", true),
            ("", "/?a=1", false),
            ("", "/?a=x&a=1&b", false),
            ("", "/?a=1;b=2", true),
            ("", "/?a=12x&b", false),
            ("", "/", false),
        ],
    );
}

#[test]
fn any_value_of_a_header_counts() {
    let table = one(&[
        r#"{"type": "header", "pairs": [{"name": "X-Key", "value": "a"}]}"#,
        r#"{"type": "header", "pairs": [{"name": "User-Agent", "regex": "Firefox/[0-9]"}]}"#,
    ]);
    let ask = |fields: &[(&'static str, &'static str)]| ask(&table, "GET", "", "/", fields);
    assert_eq!(ask(&[("x-key", "b"), ("X-KEY", "a"), ("user-agent", "a Firefox/5 b")]), "r");
    assert_eq!(ask(&[("x-key", "A"), ("user-agent", "Firefox/5")]), "");
    assert_eq!(ask(&[("x-key", "a"), ("user-agent", "firefox/5")]), "");
    assert_eq!(ask(&[("user-agent", "Firefox/5")]), "");
    let host = one(&[r#"{"type": "header", "pairs": [{"name": "Host", "value": "a"}]}"#]);
    assert_eq!(self::ask(&host, "GET", "a", "/", &[("host", "a")]), "", "Host is no header of a Traefik request");
    let present = one(&[r#"{"type": "header", "pairs": [{"name": "X-Key", "regex": ""}]}"#]);
    assert_eq!(self::ask(&present, "GET", "", "/", &[("x-key", "")]), "r");
}

#[test]
fn no_matchers_match_everything() {
    check(&one(&[]), &[("", "/", true), ("a", "*", true)]);
}

#[test]
fn all_matchers_of_a_kind_must_match_too() {
    let table = one(&[
        r#"{"type": "host", "hosts": ["a", "b"]}"#,
        r#"{"type": "host", "hosts": ["b", "c"]}"#,
        &prefix("/x"),
        &prefix("/"),
    ]);
    check(&table, &[("b", "/x", true), ("a", "/x", false), ("c", "/x", false), ("b", "/", false)]);
}

#[test]
fn a_slash_more_or_less_is_redirected() {
    let table = one(&[FOO_BAR, &whole("/p", true)]);
    assert_eq!(get(&table, "foo.bar", "/p/?q=1"), "-> /p");
    assert_eq!(get(&table, "foo.bar", "/p"), "r");
    assert_eq!(get(&table, "foo.bar", "/p//"), "");
    assert_eq!(get(&table, "foo.bar", "/P/"), "");
    assert_eq!(get(&table, "foo.bar", "/%70%2f"), "-> /%70");
    let table = one(&[&whole("/p/", true)]);
    assert_eq!((get(&table, "", "/p").as_str(), get(&table, "", "/p/").as_str()), ("-> /p/", "r"));
    let regex = r#"{"type": "path", "redirect_slash": true, "patterns": [{"source": "/{x}/", "regex": "^/(?:[^/]+)/?$", "prefix": "/", "slash": true}]}"#;
    assert_eq!((get(&one(&[regex]), "", "/v").as_str(), get(&one(&[regex]), "", "/v/").as_str()), ("-> /v/", "r"));
    assert_eq!(get(&one(&[&whole("/", true)]), "", "/"), "r");
}

#[test]
fn a_slash_is_not_redirected_when_kept() {
    let table = one(&[&whole("/p", false)]);
    check(&table, &[("", "/p", true), ("", "/p/", false)]);
    check(&one(&[&whole("/p/", false)]), &[("", "/p", false), ("", "/p/", true)]);
}

#[test]
fn an_equal_path_beats_a_redirect_within_a_rule() {
    let both = r#"{"type": "path", "redirect_slash": true, "patterns": [{"source": "/p", "literal": "/p"}, {"source": "/p/", "literal": "/p/", "slash": true}]}"#;
    check(&one(&[both]), &[("", "/p", true), ("", "/p/", true)]);
}

#[test]
fn a_redirect_does_not_leak_to_another_route() {
    let table = table(vec![
        route("first", 2, &[&whole("/p", true), r#"{"type": "method", "methods": ["POST"]}"#]),
        route("second", 1, &[&prefix("/p")]),
    ]);
    assert_eq!(get(&table, "", "/p/"), "second");
    assert_eq!(ask(&table, "POST", "", "/p/", &[]), "-> /p");
}

#[test]
fn a_redirect_competes_by_priority() {
    let routes = |slash, exact| {
        vec![route("slash", slash, &[&whole("/p", true)]), route("exact", exact, &[&whole("/p/", true)])]
    };
    assert_eq!(get(&table(routes(2, 1)), "", "/p/"), "-> /p");
    assert_eq!(get(&table(routes(1, 2)), "", "/p/"), "exact");
}

#[test]
fn a_location_never_names_another_host() {
    let any = r#"{"type": "path", "redirect_slash": true, "patterns": [{"source": "/{x:.*}", "regex": "^/(?:.*)/?$", "prefix": "/"}]}"#;
    assert_eq!(get(&one(&[any]), "", "//evil.example/"), "-> /evil.example");
    assert_eq!(get(&one(&[any]), "", "/\\evil.example/"), "-> /evil.example");
    assert_eq!(get(&one(&[any]), "", "//"), "-> /");
    assert_eq!(get(&one(&[any]), "", "/"), "r", "there is nothing shorter to redirect to");
}

#[test]
fn higher_priority_wins_wherever_it_is_filed() {
    let wildcard = r#"{"type": "host_regexp", "patterns": [{"source": "*", "regex": "^[A-Za-z0-9-_]+\\.bar$", "wildcard": ".bar"}]}"#;
    let kinds =
        [FOO_BAR.to_owned(), wildcard.to_owned(), host_regexp("f.*"), prefix("/x"), prefix("/x/y"), prefix("/")];
    for winner in 0..kinds.len() {
        let priority = |index| if index == winner { 9 } else { 1 };
        let routes =
            kinds.iter().enumerate().map(|(index, matcher)| route(&index.to_string(), priority(index), &[matcher]));
        assert_eq!(get(&table(routes.collect()), "foo.bar", "/x/y"), winner.to_string());
    }
}

#[test]
fn ties_go_by_tie_then_provider_then_name() {
    let routes = |change: &dyn Fn(&mut Route)| {
        let mut routes = vec![route("b", 5, &[FOO_BAR]), route("a", 5, &[&prefix("/")]), route("c", 5, &[])];
        routes.iter_mut().for_each(change);
        table(routes)
    };
    assert_eq!(get(&routes(&|_| {}), "foo.bar", "/"), "a");
    assert_eq!(
        get(&routes(&|r| r.provider = if r.name == "c" { "docker".into() } else { "file".into() }), "foo.bar", "/"),
        "c"
    );
    assert_eq!(get(&routes(&|r| r.tie = i64::from(r.name == "b")), "foo.bar", "/"), "b");
    assert_eq!(get(&routes(&|r| r.priority = if r.name == "c" { -1 } else { -2 }), "foo.bar", "/"), "c");
}

#[test]
fn explanations_name_losers_and_the_matcher_that_failed() {
    let table = table(vec![
        route("wins", 9, &[FOO_BAR]),
        route("loses", 3, &[&prefix("/x")]),
        route("near", 5, &[FOO_BAR, &prefix("/x"), r#"{"type": "method", "methods": ["PUT"]}"#]),
        route("far", 7, &[FOO_BAR, &prefix("/y")]),
        route("elsewhere", 1, &[r#"{"type": "host", "hosts": ["other"]}"#]),
    ]);
    let request = Request { host: b"foo.bar", method: b"GET", path: b"/x", query: b"", headers: &Fields(Vec::new()) };
    let explained = table.explain(&request);
    let matches: Vec<_> = explained.matches.iter().map(|found| &**found.entry.payload()).collect();
    let misses: Vec<_> = explained.misses.iter().map(|m| (&**m.entry.payload(), m.matcher, m.kind)).collect();
    assert_eq!(matches, ["wins", "loses"]);
    assert_eq!(misses, [("near", 2, "method"), ("far", 1, "path_prefix")]);
    assert_eq!(explained.other_hosts, 1);
}

#[test]
fn what_cannot_be_built_is_named() {
    let bad = |matcher: &str| {
        let error = Entry::build(&route("r", 1, &[matcher]), &mut Regexes::default(), ()).unwrap_err();
        (error.key, error.value)
    };
    assert_eq!(bad(&host_regexp("(")), ("host_regexp", "(?i)^($".to_owned()));
    assert_eq!(bad(r#"{"type": "path", "patterns": [{"source": "/{", "regex": "^/["}]}"#), ("path", "^/[".to_owned()));
    assert_eq!(bad(r#"{"type": "path_prefix", "patterns": [{"source": "/x"}]}"#), ("path_prefix", "/x".to_owned()));
    assert_eq!(bad(r#"{"type": "query", "pairs": [{"key": "a", "regex": "a**"}]}"#), ("query", "a**".to_owned()));
    assert_eq!(
        bad(r#"{"type": "header", "pairs": [{"name": "A", "regex": "(?=x)"}]}"#),
        ("header", "(?=x)".to_owned())
    );
}
