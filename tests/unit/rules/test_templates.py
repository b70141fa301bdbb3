"""`{name:regexp}` templates to RE2 text, compared by what Python's engine makes of the same text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.rules import RuleFault
from pointsman.rules.templates import (
    HOST_VARIABLE,
    PATH_VARIABLE,
    groups_balanced,
    host_pattern,
    is_literal,
    literal_prefix,
    names_of,
    parse_template,
    quote,
    regex_of,
)


@given(st.text())
def test_no_text_makes_the_parser_fail(text: str) -> None:
    parse_template(text)
    groups_balanced(text)


@given(st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"])))
def test_text_without_braces_matches_only_itself(text: str) -> None:
    template = parse_template(text)
    assert not isinstance(template, RuleFault)
    assert is_literal(template)
    assert literal_prefix(template) == text
    assert re.fullmatch(regex_of(template, PATH_VARIABLE), text)
    assert not re.fullmatch(regex_of(template, PATH_VARIABLE), text + "x")


@pytest.mark.parametrize(
    ("text", "regex", "prefix", "names"),
    [
        ("/b/{x}/", "/b/(?:[^/]+)/", "/b/", {"x"}),
        ("/c/{id:[0-9]+}", "/c/(?:[0-9]+)", "/c/", {"id"}),
        ("/c/{id:[0-9]{3}}/d", "/c/(?:[0-9]{3})/d", "/c/", {"id"}),
        ("{a}{b:x|y}", "(?:[^/]+)(?:x|y)", "", {"a", "b"}),
        ("/v1.0/{a}", "/v1\\.0/(?:[^/]+)", "/v1.0/", {"a"}),
        ("{x:(foo\\.)?bar\\.com}", "(?:(foo\\.)?bar\\.com)", "", {"x"}),
    ],
)
def test_variables_become_groups_and_the_rest_is_quoted(text: str, regex: str, prefix: str, names: set[str]) -> None:
    template = parse_template(text)
    assert not isinstance(template, RuleFault)
    assert regex_of(template, PATH_VARIABLE) == regex
    assert literal_prefix(template) == prefix
    assert names_of(template) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "braces"),
        ("}", "braces"),
        ("{a}}", "braces"),
        ("a}{b", "braces"),
        ("{{a}", "braces"),
        ("{}", "no name"),
        ("{:a}", "no name"),
        ("{a:}", "no regexp"),
        ("{a:b)|(c}", "parentheses"),
        ("{a:(b}", "parentheses"),
        ("{a:[)}", "parentheses"),
        ("{a:b\\}", "parentheses"),
    ],
)
def test_faults_in_templates(text: str, message: str) -> None:
    fault = parse_template(text, 7)
    assert isinstance(fault, RuleFault)
    assert message in fault.message
    assert fault.position == 7


@pytest.mark.parametrize("regexp", ["", "a", "(a)", "(a(b)c)", "\\(", "[(]", "[^)]", "[])]", "[\\])]", "[^]))]"])
def test_balanced_groups(regexp: str) -> None:
    assert groups_balanced(regexp)


@pytest.mark.parametrize(
    ("text", "host", "matches"),
    [
        ("{sub:(foo\\.)?bar\\.com}", "foo.bar.com", True),
        ("{sub:(foo\\.)?bar\\.com}", "bar.com", True),
        ("{sub:(foo\\.)?bar\\.com}", "fooubar.com", False),
        ("{sub:(foo\\.)?bar\\.com}", "barcom", False),
        ("foo.bar.com", "FOO.bar.com", True),
        ("foo.bar.com", "fooxbar.com", False),
        ("{x}.bar.com", "a.bar.com", True),
        ("{x}.bar.com", "a.b.bar.com", False),
        ("{x}.bar.com", "a.bar.com.evil", False),
    ],
)
def test_hosts_match_whole_and_in_any_case(text: str, host: str, matches: bool) -> None:
    pattern = host_pattern(text, 0)
    assert not isinstance(pattern, RuleFault)
    assert pattern.regex
    assert bool(re.search(pattern.regex, host)) is matches


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("{subdomain:[A-Za-z0-9-_]+}.Foo.com", ".foo.com"),
        ("{subdomain:[A-Za-z0-9-_]+}foo.com", None),
        ("{subdomain:[a-z]+}.foo.com", None),
        ("{subdomain}.foo.com", None),
        ("a{subdomain:[A-Za-z0-9-_]+}.foo.com", None),
        ("{subdomain:[A-Za-z0-9-_]+}.foo.{x}", None),
    ],
)
def test_a_wildcard_host_is_recognised(text: str, suffix: str | None) -> None:
    pattern = host_pattern(text, 0)
    assert not isinstance(pattern, RuleFault)
    assert pattern.wildcard == suffix


def test_quoting_covers_every_special_character() -> None:
    special = "\\.+*?()|[]{}^$"
    assert re.fullmatch(quote(special), special)
    assert quote("a-b/c") == "a-b/c"
    assert HOST_VARIABLE == "[^.]+"
