//! Redirections by the vectors of Traefik 1.7, and hostile ones.
#![allow(clippy::unwrap_used)]

use pointsman_middleware::{Building, Facts, Middleware, Redirected};
use pointsman_plan as plan;
use pointsman_router::Regexes;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Instant;

fn build(config: &plan::Middleware) -> Result<Middleware, pointsman_middleware::BuildError> {
    let entry_points: [Arc<str>; 2] = ["http".into(), "https".into()];
    let (passwords, nonces) = (Arc::default(), Arc::new(pointsman_middleware::Nonces::new(Instant::now())));
    let mut regexes = Regexes::default();
    let mut building = Building {
        strict: false,
        regexes: &mut regexes,
        entry_points: &entry_points,
        passwords: &passwords,
        nonces: &nonces,
    };
    Middleware::build(config, &mut building)
}

fn entry_point(scheme: &str, port: u16, permanent: bool) -> plan::Middleware {
    let (entry_point, scheme) = ("https".to_owned(), scheme.to_owned());
    plan::Middleware::RedirectEntryPoint { entry_point, scheme, port, permanent }
}

fn regex(regex: &str, replacement: &str) -> plan::Middleware {
    let (regex, replacement) = (regex.to_owned(), replacement.to_owned());
    plan::Middleware::RedirectRegex { regex, replacement, permanent: false }
}

/// A request: method, host, path and query.
fn ask(config: &plan::Middleware, method: &str, host: &str, target: &str) -> Redirected {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query.as_bytes())));
    let none = |name: &str| (name == "X-Foo").then_some(&b"foo"[..]);
    let path = path.as_bytes();
    let facts = Facts {
        method: method.as_bytes(),
        host: host.as_bytes(),
        path,
        original_path: path,
        query,
        tls: false,
        headers: &none,
    };
    let Middleware::Redirect(redirect) = build(config).unwrap() else { unreachable!() };
    redirect.call(&facts, 0)
}

fn to(status: u16, location: &str) -> Redirected {
    Redirected::To(status, location.as_bytes().to_vec())
}

#[test]
fn to_an_entry_point() {
    for (port, scheme, permanent, method, host, expected) in [
        (443, "https", false, "GET", "foo:80", to(302, "https://foo:443/")),
        (443, "https", true, "GET", "foo", to(301, "https://foo:443/")),
        (443, "https", true, "POST", "foo", to(308, "https://foo:443/")),
        (88, "http", false, "POST", "foo:80", to(307, "http://foo:88/")),
        (443, "https", false, "HEAD", "foo", to(307, "https://foo:443/")),
        (443, "https", false, "GET", "[::1]:80", to(302, "https://[::1]:443/")),
        (443, "https", false, "GET", "", Redirected::Broken),
        (443, "https", false, "GET", "[::1", Redirected::Broken),
    ] {
        let config = entry_point(scheme, port, permanent);
        assert_eq!(ask(&config, method, host, "/"), expected, "{method} {host}");
    }
    let location = "https://foo:443//evil.example/%2F?q=//x";
    assert_eq!(ask(&entry_point("https", 443, false), "GET", "foo", "//evil.example/%2F?q=//x"), to(302, location));
}

#[test]
fn by_an_expression() {
    let config = regex(r"^(?:http?:\/\/)(foo)(\.com)(:\d+)(.*)$", "https://${1}bar$2:443$4");
    assert_eq!(ask(&config, "GET", "foo.com:80", "/"), to(302, "https://foobar.com:443/"));
    assert_eq!(ask(&config, "GET", "bar.com:80", "/"), Redirected::Pass);
    assert_eq!(ask(&regex("http://foo/", "http://foo/"), "GET", "foo", "/"), Redirected::Pass);
    assert_eq!(ask(&regex("^.*$", "http://x y/"), "GET", "foo", "/"), Redirected::Broken);
    assert_eq!(ask(&regex("foo", "b:c:d"), "GET", "foo", "/"), Redirected::Broken);
    assert_eq!(ask(&regex("^.*$", "/login?to=$0"), "GET", "foo", "/x"), to(302, "/login?to=http://foo/x"));
}

#[test]
fn with_values_of_the_request() {
    let config = regex("^http://(.*)$", "https://{{ .Request.Header.Get \"X-Foo\" }}.$1");
    assert_eq!(ask(&config, "GET", "h", "/p?{{ .Request.Host }}"), to(302, "https://foo.h/p?{{ .Request.Host }}"));
    let config = regex("^.*$", "https://{{.Request.Host}}/{{ .Request.Method }}{{ .Request.URL.Path }}");
    assert_eq!(ask(&config, "PUT", "h", "/a%20b"), to(307, "https://h/PUT/a%20b"));
    for replacement in ["{{ env \"HOME\" }}", "{{", "{{ .Request.Header }}"] {
        assert_eq!(build(&regex("x", replacement)).unwrap_err().key, "redirect_regex", "{replacement}");
    }
    assert!(build(&regex("(", "x")).is_err());
}

#[test]
fn the_clients_path_comes_back() {
    let none = |_: &str| None;
    let facts = Facts {
        method: b"GET",
        host: b"example.com",
        path: b"//",
        original_path: b"/api//",
        query: None,
        tls: false,
        headers: &none,
    };
    let Middleware::Redirect(redirect) = build(&entry_point("https", 8443, false)).unwrap() else { unreachable!() };
    assert_eq!(redirect.call(&facts, 0), to(302, "https://example.com:8443/api//"));
    assert_eq!(redirect.call(&facts, 1), Redirected::Pass, "it is there already");
}

#[test]
fn a_proxy_before_us_may_have_had_tls() {
    let https = |name: &str| (name == "X-Forwarded-Proto").then_some(&b"https"[..]);
    let facts =
        Facts { method: b"GET", host: b"h", path: b"/", original_path: b"/", query: None, tls: false, headers: &https };
    let Middleware::Redirect(redirect) = build(&regex("^https:", "http:")).unwrap() else { unreachable!() };
    assert_eq!(redirect.call(&facts, 0), to(302, "http://h/"));
}

proptest! {
    #[test]
    fn a_location_never_ends_its_line(host in "[ -~]{0,12}", path in "[ -~]{0,20}") {
        for config in [entry_point("https", 443, false), regex("^http://([^/]*)(.*)$", "https://$1.x$2?{{.Request.URL.Path}}")] {
            let escaped = path.replace(' ', "%0d%0a");
            if let Redirected::To(_, location) = ask(&config, "GET", &host, &format!("/{escaped}")) {
                prop_assert!(!location.iter().any(u8::is_ascii_control), "{:?}", location);
            }
        }
    }
}
