"""Rule text to parts: 1.7's naive splitting, and faults that say where and what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.rules import RuleFault
from pointsman.rules.grammar import Part, parse, parse_literal
from pointsman.rules.names import NAMES

ARGUMENT = st.text("abcxyz0189/.-_{}[]()^$*+\\= ", min_size=1).map(str.strip).filter(bool)
PARTS = st.lists(st.tuples(st.sampled_from(NAMES), st.lists(ARGUMENT, min_size=1, max_size=4)), min_size=1, max_size=4)


@given(st.text())
def test_no_text_makes_the_parser_fail(rule: str) -> None:
    parsed = parse(rule)
    assert isinstance(parsed, RuleFault) or parsed
    parse_literal(rule)


@given(PARTS, st.sampled_from(["", " "]))
def test_what_is_written_is_what_is_read(parts: list[tuple[str, list[str]]], pad: str) -> None:
    rule = f"{pad};{pad}".join(f"{name}{pad}:{pad}{f'{pad},{pad}'.join(args)}" for name, args in parts)
    parsed = parse(rule)
    assert not isinstance(parsed, RuleFault)
    assert [(part.name, list(part.arguments)) for part in parsed] == parts
    for part in parsed:
        assert rule[part.position :].startswith(part.name)


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        ("Host:a", [("Host", ("a",))]),
        (" Host : a , b ;; Path : /c ", [("Host", ("a", "b")), ("Path", ("/c",))]),
        (";Host:a;", [("Host", ("a",))]),
        ("Host::a", [("Host", ("a",))]),
        (":Host:a:", [("Host", ("a",))]),
        ("HostRegexp:{x::a}", [("HostRegexp", ("{x:a}",))]),
        ("Path:/{x:[0-9]{1,3}}", [("Path", ("/{x:[0-9]{1", "3}}"))]),
        ("Host:a,,b", [("Host", ("a", "b"))]),
        ("Host:a, ", [("Host", ("a", ""))]),
        ("Host:\u00a0a\u2003", [("Host", ("a",))]),
    ],
)
def test_splitting_is_as_naive_as_in_1_7(rule: str, parts: list[tuple[str, tuple[str, ...]]]) -> None:
    parsed = parse(rule)
    assert not isinstance(parsed, RuleFault)
    assert [(part.name, part.arguments) for part in parsed] == parts


@pytest.mark.parametrize(
    ("rule", "position", "message", "remedy"),
    [
        ("", 0, "the rule is empty", "write one such as"),
        (";;", 0, "the rule is empty", ""),
        ("host:a", 0, "`host` is no matcher", "write `Host`: names are case-sensitive"),
        ("Host:a; pathprefix:/b", 8, "`pathprefix` is no matcher", "write `PathPrefix`"),
        ("PathPrefx:/b", 0, "`PathPrefx`", "did you mean `PathPrefix`?"),
        ("Xyzzy:/b", 0, "`Xyzzy`", "use one of Host,"),
        ("Host", 0, "`Host` has no argument", "write `Host:argument`"),
        ("Host:", 0, "`Host` has no argument", ""),
        ("Host: , ", 0, "`Host` has no argument", ""),
        ("::", 0, "a name is missing", ""),
        (" :a", 1, "a name is missing", ""),
        ("Host(`a.example`)", 0, "Traefik 2 or later", "Host:a.example"),
    ],
)
def test_a_fault_says_where_what_and_what_instead(rule: str, position: int, message: str, remedy: str) -> None:
    fault = parse(rule)
    assert isinstance(fault, RuleFault)
    assert message in fault.message
    assert remedy in fault.remedy
    assert fault.position == position


def test_a_literal_argument_is_taken_as_it_is() -> None:
    assert parse_literal("PathSegments:/a;b,{c}:d ") == Part(
        name="PathSegments", arguments=("/a;b,{c}:d ",), literal=True
    )


@pytest.mark.parametrize(
    ("rule", "message"), [("PathSegments:", "no argument"), ("Query:a=b", "no matcher"), ("/x", "no matcher")]
)
def test_a_literal_rule_can_be_wrong(rule: str, message: str) -> None:
    fault = parse_literal(rule)
    assert isinstance(fault, RuleFault)
    assert message in fault.message


def test_a_fault_reads_as_a_sentence() -> None:
    assert str(RuleFault(message="bad", position=4, remedy="good")) == "at character 5: bad; good"
    assert str(RuleFault(message="bad")) == "at character 1: bad"
