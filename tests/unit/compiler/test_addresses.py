"""Addresses and ranges of white lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.compiler.addresses import parse_ranges


def test_ranges_become_canonical_and_single() -> None:
    texts = ["10.0.0.1", "1.2.3.4/24", "1.2.3.0/24", "2001:DB8:0::/32", "::1"]
    assert parse_ranges(texts) == ("10.0.0.1", "1.2.3.0/24", "2001:db8::/32", "::1")


@pytest.mark.parametrize(
    "text",
    ["", "x", "1.2.3", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/", "::/129", "1.2.3.4/255.0.0.0", " 1.2.3.4", "fe80::1%1"],
)
def test_hd_13_what_is_no_range_is_named(text: str) -> None:
    assert parse_ranges(["10.0.0.0/8", text]) == text


@given(st.lists(st.text()))
def test_no_text_makes_the_parser_fail(texts: list[str]) -> None:
    parse_ranges(texts)
