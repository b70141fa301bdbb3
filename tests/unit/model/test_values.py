"""Text to values, as Go reads them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.model import values

MS, S = 1_000_000, 1_000_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("+0", 0),
        ("10s", 10 * S),
        ("1m30s", 90 * S),
        ("1.5h", 5400 * S),
        (".5s", 500 * MS),
        ("5.s", 5 * S),
        ("-2ms", -2 * MS),
        ("+3us", 3_000),
        ("3µs", 3_000),
        ("3μs", 3_000),
        ("1h1m1s1ms1us1ns", 3661 * S + 1_001_001),
        ("0.000000001s", 1),
        ("1s1s", 2 * S),
    ],
)
def test_durations_as_go(text: str, expected: int) -> None:
    assert values.parse_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "s",
        "-",
        ".s",
        "1 s",
        "1S",
        "1d",
        " 1s",
        "1s ",
        "--1s",
        "1s-2s",
        "9" * 40 + "s",
        "2600000h1m",
        "1e3s",
        "١s",
    ],
)
def test_what_go_refuses_as_a_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        values.parse_duration(text)


@pytest.mark.parametrize(("text", "expected"), [("10", 10 * S), ("-1", -S), ("10s", 10 * S), ("0", 0)])
def test_a_bare_number_is_seconds(text: str, expected: int) -> None:
    assert values.parse_duration_or_seconds(text) == expected


@given(st.integers(0, values.INT64_MAX))
def test_a_shown_duration_reads_back(nanoseconds: int) -> None:
    assert values.parse_duration(values.show_duration(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    ("nanoseconds", "expected"),
    [(0, "0s"), (90 * S, "1m30s"), (3600 * S, "1h"), (1_500 * MS, "1.5s"), (5 * MS, "5ms"), (-S, "-1s")],
)
def test_durations_are_shown_short(nanoseconds: int, expected: str) -> None:
    assert values.show_duration(nanoseconds) == expected


def test_booleans_as_go() -> None:
    assert all(values.parse_bool(text) for text in ("1", "t", "T", "true", "TRUE", "True"))
    assert not any(values.parse_bool(text) for text in ("0", "f", "F", "false", "FALSE", "False"))


@pytest.mark.parametrize("text", ["", "yes", "on", "tRUE", " true", "2"])
def test_other_booleans_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        values.parse_bool(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0), ("-5", -5), ("+5", 5), ("007", 7), (str(2**63 - 1), 2**63 - 1)]
)
def test_integers(text: str, expected: int) -> None:
    assert values.parse_int(text) == expected


@pytest.mark.parametrize("text", ["", "1.0", "1_000", "0x10", " 1", "٣", str(2**63), "9" * 5000])
def test_what_is_no_integer_of_64_bits(text: str) -> None:
    with pytest.raises(ValueError):
        values.parse_int(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("65536", 65_536),
        ("64KiB", 65_536),
        ("64ki", 65_536),
        ("1M", 10**6),
        ("2 GiB", 2**31),
        ("7b", 7),
        ("1kb", 1000),
    ],
)
def test_sizes(text: str, expected: int) -> None:
    assert values.parse_size(text) == expected


@pytest.mark.parametrize("text", ["", "-1", "1.5M", "KiB", "1TiB", "9" * 31, str(2**62) + "G"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError):
        values.parse_size(text)


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e999", "1,5", "0x1p3"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError):
        values.parse_float(text)


def test_numbers() -> None:
    assert values.parse_float("0.3") == 0.3
    assert values.parse_float("5") == 5.0
    assert values.parse_float("-1e-3") == -0.001


def test_lists_split_at_commas_and_semicolons() -> None:
    assert values.split_list("a, b;c,,") == ("a", "b", "c")
    assert values.split_list("") == ()


@given(st.text())
def test_no_text_makes_a_reader_fail_otherwise(text: str) -> None:
    readers = (values.parse_duration, values.parse_duration_or_seconds, values.parse_bool, values.parse_int)
    for read in (*readers, values.parse_float, values.parse_size):
        with contextlib.suppress(ValueError):
            read(text)
