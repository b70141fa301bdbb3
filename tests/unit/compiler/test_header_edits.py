"""Custom headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.compiler.header_edits import header_edits
from pointsman.compiler.report import Report
from pointsman.model.plan import HeaderEdit


def edits(headers: dict[str, str]) -> tuple[tuple[HeaderEdit, ...], list[str]]:
    report = Report("frontend f", "file")
    return header_edits("k", headers, report), [problem.message for problem in report.problems()]


def test_names_are_canonical_and_the_last_of_equal_ones_counts() -> None:
    found, told = edits({"x-a": "1", "X-A": "0", "etag": ""})
    assert found == (HeaderEdit(name="X-A", value="1"), HeaderEdit(name="Etag"))
    assert not told


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "connection", "te", "upgrade"])
def test_the_connection_s_own_headers_cannot_be_set(name: str) -> None:
    found, told = edits({name: "x", "X-A": "1"})
    assert found == (HeaderEdit(name="X-A", value="1"),)
    assert "no effect" in told[0]


@pytest.mark.parametrize(("name", "value"), [("", "x"), ("a b", "x"), ("a:", "x"), ("é", "x"), ("X", "a\r\nEvil: 1")])
def test_what_no_message_can_carry_is_left_out(name: str, value: str) -> None:
    found, told = edits({name: value, "X-A": "1"})
    assert found == (HeaderEdit(name="X-A", value="1"),)
    assert "left out" in told[0]


@given(st.dictionaries(st.text(), st.text()))
def test_no_header_breaks_a_message(headers: dict[str, str]) -> None:
    for edit in edits(headers)[0]:
        assert edit.name.isascii()
        assert not set(edit.name + edit.value) & set("\r\n\0")
        edit.value.encode()
