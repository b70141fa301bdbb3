"""Rules of a frontend to matchers and modifiers: 1.7's documented vectors, and what each part means."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.dynamic import RouteRule
from pointsman.model.plan import (
    AddPrefix,
    Header,
    HeaderPair,
    Host,
    Matcher,
    Method,
    Modifier,
    Path,
    PathExact,
    PathPrefix,
    PathSegments,
    Pattern,
    Query,
    QueryPair,
    ReplacePath,
    ReplacePathRegex,
    StripPrefix,
    StripPrefixRegex,
)
from pointsman.rules import CompiledRules, RuleFault, canonical_header, compile_rules, priority
from pointsman.rules.names import LITERAL_NAMES, NAMES


def compiled(*rules: str, literal: bool = False, redirect_slash: bool = True) -> CompiledRules:
    routes = {f"r{index}": RouteRule(rule=rule, literal=literal) for index, rule in enumerate(rules)}
    result = compile_rules(routes, redirect_slash=redirect_slash)
    assert not isinstance(result, RuleFault), result
    return result


def fault(*rules: str) -> RuleFault:
    result = compile_rules({f"r{index}": RouteRule(rule=rule) for index, rule in enumerate(rules)})
    assert isinstance(result, RuleFault), result
    return result


@given(st.dictionaries(st.text(), st.builds(RouteRule, rule=st.text(), literal=st.booleans())))
def test_no_rules_make_the_compiler_fail(routes: dict[str, RouteRule]) -> None:
    compile_rules(routes)
    assert priority(routes) >= 0


@given(st.sampled_from(NAMES), st.text("abc/{}:[]()^$*+\\=, "))
def test_no_argument_makes_a_part_fail(name: str, argument: str) -> None:
    result = compile_rules({"r": RouteRule(rule=f"{name}:{argument}")})
    if isinstance(result, CompiledRules):
        assert result.matchers or result.modifiers or result.warnings


@pytest.mark.parametrize(
    ("rule", "modifiers"),
    [
        ("PathPrefixStrip:/stat", [StripPrefix(prefixes=("/stat",))]),
        ("PathPrefixStrip:/stat,/stat/us", [StripPrefix(prefixes=("/stat/us", "/stat"))]),
        ("PathPrefixStrip:/a/{x}", [StripPrefix(prefixes=("/a/{x}",))]),
        ("PathPrefixStrip:/a;PathStrip:/b", [StripPrefix(prefixes=("/b",))]),
        ("PathPrefixStripRegex:/b/{x}/", [StripPrefixRegex(regexes=("^/b/(?:[^/]+)/",))]),
        ("PathStripRegex:/c/{id:[0-9]+}", [StripPrefixRegex(regexes=("^/c/(?:[0-9]+)",))]),
        (
            "PathPrefixStripRegex:/one/{two}/{three:[0-9]+};AddPrefix:/zero",
            [StripPrefixRegex(regexes=("^/one/(?:[^/]+)/(?:[0-9]+)",)), AddPrefix(prefix="/zero")],
        ),
        ("Host:foo.bar;AddPrefix:/blah", [AddPrefix(prefix="/blah")]),
        ("AddPrefix:/a,/b;AddPrefix:/c,/d", [AddPrefix(prefix="/d")]),
        ("ReplacePath:/baz;AddPrefix:/blah", [AddPrefix(prefix="/blah"), ReplacePath(path="/baz")]),
        (
            "PathPrefixStrip:/management;ReplacePath:/health",
            [StripPrefix(prefixes=("/management",)), ReplacePath(path="/health")],
        ),
        (
            "ReplacePathRegex: ^/whoami/(.*) /who-am-i/$1",
            [ReplacePathRegex(regex="^/whoami/(.*)", replacement="/who-am-i/$1")],
        ),
        ("ReplacePathRegex: /whoami /who-am-i", [ReplacePathRegex(regex="/whoami", replacement="/who-am-i")]),
        (
            "ReplacePath:/r;ReplacePathRegex:a b;AddPrefix:/p;PathPrefixStrip:/s;PathPrefixStripRegex:/t",
            [
                StripPrefixRegex(regexes=("^/t",)),
                StripPrefix(prefixes=("/s",)),
                AddPrefix(prefix="/p"),
                ReplacePathRegex(regex="a", replacement="b"),
                ReplacePath(path="/r"),
            ],
        ),
    ],
)
def test_modifiers_come_in_order_of_execution(rule: str, modifiers: list[Modifier]) -> None:
    assert list(compiled(rule).modifiers) == modifiers


@pytest.mark.parametrize("rule", ["ReplacePathRegex:/a", "ReplacePathRegex:a  b", "ReplacePathRegex:a b c"])
def test_a_replacement_of_other_than_two_words_is_left_out_with_a_warning(rule: str) -> None:
    result = compiled(f"Host:a;{rule}")
    assert result.modifiers == ()
    assert result.warnings[0].position == 7


@pytest.mark.parametrize(
    ("rule", "matchers"),
    [
        ("Host: Foo.Bar , b", [Host(hosts=("foo.bar", "b"))]),
        ("Host:a;Host:b", [Host(hosts=("a",)), Host(hosts=("b",))]),
        ("Host:a, ", [Host(hosts=("a",))]),
        ("Method:get,POST", [Method(methods=("GET", "POST"))]),
        ("Path:/FOObar", [Path(patterns=(Pattern(source="/FOObar", literal="/FOObar"),), redirect_slash=True)]),
        ("Path:/p/", [Path(patterns=(Pattern(source="/p/", literal="/p/", slash=True),), redirect_slash=True)]),
        ("PathPrefix:/bar/", [PathPrefix(patterns=(Pattern(source="/bar/", literal="/bar/"),))]),
        ("PathPrefix:bar", [PathPrefix(patterns=(Pattern(source="bar", literal="bar"),))]),
        ("PathPrefix:/a}", [PathPrefix(patterns=(Pattern(source="/a}", literal="/a}"),))]),
        (
            "PathPrefix:/b/{x}/,/c",
            [
                PathPrefix(
                    patterns=(
                        Pattern(source="/b/{x}/", regex="^/b/(?:[^/]+)/", prefix="/b/"),
                        Pattern(source="/c", literal="/c"),
                    )
                )
            ],
        ),
        ("Query:a=b,c=", [Query(pairs=(QueryPair(key="a", regex="^b$"), QueryPair(key="c")))]),
        ("Query:foo,bar", [Query(pairs=(QueryPair(key="foo", regex="^bar$"),))]),
        (
            "Query:a={n},b={m:[0-9]+}x",
            [Query(pairs=(QueryPair(key="a", regex="^(?:.*)$"), QueryPair(key="b", regex="^(?:[0-9]+)x$")))],
        ),
        ("Headers:x-a,1,X-B,2", [Header(pairs=(HeaderPair(name="X-A", value="1"), HeaderPair(name="X-B", value="2")))]),
        ("Headers:x-a, ", [Header(pairs=(HeaderPair(name="X-A", regex=""),))]),
        ("HeadersRegexp:x-a,^a.*", [Header(pairs=(HeaderPair(name="X-A", regex="^a.*"),))]),
        ("AddPrefix:/x", []),
    ],
)
def test_what_each_matcher_means(rule: str, matchers: list[Matcher]) -> None:
    assert list(compiled(rule).matchers) == matchers


@pytest.mark.parametrize(
    ("rule", "message", "position"),
    [
        ("Path: /path1;Query:param_one=true, /path2", "odd number", 13),
        ("Query:a=b=c", "odd number", 0),
        ("Headers:a", "odd number", 0),
        ("HeadersRegexp:a,b,c", "odd number", 0),
        ("Host:a;Path:b", "does not start with `/`", 7),
        ("PathPrefix:{a}", "does not start with `/`", 0),
        ("PathPrefixStripRegex:a", "does not start with `/`", 0),
        ("Path:/{a", "braces", 0),
        ("Path:/a}", "braces", 0),
        ("HostRegexp:{}.a", "no name", 0),
        ("Query:a={n};Path:/{n}", "already used by a `Query`", 12),
        ("Query:a={n};PathPrefix:/{n}", "already used by a `Query`", 12),
        ("Query:a={n},b={n}", "already used by a `Query`", 0),
    ],
)
def test_faults(rule: str, message: str, position: int) -> None:
    found = fault("Host:ok", rule)
    assert message in found.message
    assert found.position == position
    assert found.rule == rule


def test_a_name_may_be_used_by_a_path_before_the_query() -> None:
    assert len(compiled("Path:/{n};Query:a={n}").matchers) == 2


@pytest.mark.parametrize(
    ("rule", "path", "redirect_slash", "matches"),
    [
        ("Path:/p/{x}", "/p/a", True, True),
        ("Path:/p/{x}", "/p/a/", True, True),
        ("Path:/p/{x}/", "/p/a", True, True),
        ("Path:/p/{x}/", "/p/a/", False, True),
        ("Path:/p/{x}/", "/p/a", False, False),
        ("Path:/p/{x}", "/p/a/", False, False),
        ("Path:/p/{x}", "/p/a/b", True, False),
        ("Path:/p/{x:[0-9]{3}}", "/p/123", True, True),
        ("Path:/p/{x:[0-9]{3}}", "/p/1234", True, False),
        ("PathPrefix:/c/api/{id:[0-9]+}/", "/c/api/123/test3", True, True),
        ("PathPrefix:/c/api/{id:[0-9]+}/", "/c/api/abc/test4", True, False),
    ],
)
def test_path_regexes_accept_what_the_router_expects(rule: str, path: str, redirect_slash: bool, matches: bool) -> None:
    (matcher,) = compiled(rule, redirect_slash=redirect_slash).matchers
    assert isinstance(matcher, Path | PathPrefix)
    regex = matcher.patterns[0].regex
    assert regex
    assert bool(re.search(regex, path)) is matches


def test_routes_are_joined_in_the_order_of_their_names() -> None:
    routes = {"b": RouteRule(rule="Host:b;AddPrefix:/b"), "a": RouteRule(rule="Host:a;AddPrefix:/a")}
    result = compile_rules(routes)
    assert isinstance(result, CompiledRules)
    assert result.matchers == (Host(hosts=("a",)), Host(hosts=("b",)))
    assert result.modifiers == (AddPrefix(prefix="/b"),)


def test_priority_counts_bytes_of_all_rules() -> None:
    assert priority({}) == 0
    assert priority({"a": RouteRule(rule="Host: é"), "b": RouteRule(rule="Path:/a")}) == 8 + 7


@pytest.mark.parametrize(
    ("rule", "matchers", "modifiers"),
    [
        ("Host:A;b", [Host(hosts=("a;b",))], []),
        (
            "Path:/{a}/",
            [Path(patterns=(Pattern(source="/{a}/", literal="/{a}/", slash=True),), redirect_slash=True)],
            [],
        ),
        ("PathPrefix:/{a", [PathPrefix(patterns=(Pattern(source="/{a", literal="/{a"),))], []),
        (
            "PathPrefixStrip:/a,b",
            [PathPrefix(patterns=(Pattern(source="/a,b", literal="/a,b"),))],
            [StripPrefix(prefixes=("/a,b",))],
        ),
        ("PathExact:/x", [PathExact(path="/x")], []),
        ("PathExactStrip:/x", [PathExact(path="/x")], [StripPrefix(prefixes=("/x",))]),
        ("PathSegments:/x/", [PathSegments(path="/x/")], []),
        ("PathSegmentsStrip:/x/", [PathSegments(path="/x/")], [StripPrefix(prefixes=("/x/", "/x"))]),
        ("PathSegmentsStrip:/", [PathSegments(path="/")], [StripPrefix(prefixes=("/",))]),
        ("ReplacePathRegex: ^/a{1,3} /b", [], [ReplacePathRegex(regex="^/a{1,3}", replacement="/b")]),
    ],
)
def test_literal_rules(rule: str, matchers: list[Matcher], modifiers: list[Modifier]) -> None:
    result = compiled(rule, literal=True)
    assert list(result.matchers) == matchers
    assert list(result.modifiers) == modifiers


@pytest.mark.parametrize("name", LITERAL_NAMES)
def test_every_literal_name_compiles(name: str) -> None:
    assert compiled(f"{name}:/a b", literal=True)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [("x-my-HEADER", "X-My-Header"), ("etag", "Etag"), ("a b", "a b"), ("", ""), ("x--a", "X--A"), ("é", "é")],
)
def test_canonical_header_names(name: str, canonical: str) -> None:
    assert canonical_header(name) == canonical
