"""Value syntaxes of annotations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.providers.kubernetes.values import (
    Fields,
    canonical_header,
    parse_list,
    parse_map,
    toml_body,
    unescape,
)
from pointsman.providers.yaml_source import YamlError


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("plain", "plain"),
        (r"a\\.b", r"a\.b"),
        (r"\t\n\"\\", '\t\n"\\'),
        (r"\u00e9\U0001F600", "é😀"),
        ("tab\there", "tab\there"),
        ("", ""),
    ],
)
def test_what_toml_accepts_is_unescaped(text: str, meaning: str) -> None:
    assert toml_body(text) == meaning
    assert unescape(text) == meaning


@pytest.mark.parametrize(
    "text", [r"\d", 'a"b', "a\nb", "a\rb", "a\0b", "\\", r"\u12", r"\ud800", r"\U00110000", r"\x41"]
)
def test_what_toml_refuses_is_taken_as_it_is(text: str) -> None:
    assert toml_body(text) is None
    assert unescape(text) == text


@given(st.text())
def test_any_text_has_a_meaning_that_can_be_encoded(text: str) -> None:
    unescape(text).encode()


@pytest.mark.parametrize(
    ("text", "items"),
    [("a, b ,c", ("a", "b", "c")), (" , ,", ()), ("", ()), ("one", ("one",)), ("a\n,b", ("a", "b"))],
)
def test_lists(text: str, items: tuple[str, ...]) -> None:
    assert parse_list(text) == items


def test_maps() -> None:
    parsed = parse_map("content-type: a:b || X-GONE: ||\n no colon ||:x")
    assert parsed.entries == {"Content-Type": "a:b", "X-Gone": "", "": "x"}
    assert parsed.refused == ("no colon",)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [("content-type", "Content-Type"), ("X-ABC", "X-Abc"), ("a b", "a b"), ("é", "é"), ("a--b", "A--B"), ("", "")],
)
def test_header_names(name: str, canonical: str) -> None:
    assert canonical_header(name) == canonical


def test_fields() -> None:
    fields = Fields.parse("period: 3s\nbare: 6\nn: -4\non: yes\nlist: [1, two]\nnested: {a: b}\nnothing: ~\nodd: x")
    assert (fields.duration("period"), fields.duration("bare")) == (3_000_000_000, 6_000_000_000)
    assert (fields.integer("n"), fields.flag("on"), fields.texts("list")) == (-4, True, ("1", "two"))
    assert fields.fields("nested").text("a") == "b"
    assert (fields.text("nothing"), fields.text("missing"), fields.integer("missing")) == ("", "", 0)
    assert fields.unread() == ("odd",)


@pytest.mark.parametrize("text", ["n: x", "n: [1]", "n: 99999999999999999999", "[]", "n: {a: 1}"])
def test_fields_of_another_type(text: str) -> None:
    with pytest.raises(YamlError):
        Fields.parse(text).integer("n")


def test_fields_name_the_place() -> None:
    with pytest.raises(YamlError, match=r"rateset\.a"):
        Fields.parse("rateset: {a: 1}").fields("rateset").each()
