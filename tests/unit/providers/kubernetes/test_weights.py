"""Percentages and shares, to the unit of 0.001 %."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.providers.kubernetes.objects import IngressBackend, IngressPath
from pointsman.providers.kubernetes.weights import (
    WHOLE,
    Share,
    WeightError,
    allocate,
    parse_percentage,
    parse_weights,
)

INSTANCES = {"svc1": 2, "svc2": 1, "svc3": 4, "svc4": 1, "none": 0}


def instances(service: str) -> int:
    if service not in INSTANCES:
        raise WeightError(f"Service {service} does not exist")
    return INSTANCES[service]


def paths(*places: tuple[str, str]) -> tuple[IngressPath, ...]:
    return tuple(IngressPath(path=path, backend=IngressBackend(service=service)) for path, service in places)


def shares(text: str, *places: tuple[str, str]) -> list[int]:
    """Weights in the order of the places."""
    made = allocate(paths(*places), parse_weights(text), instances)
    return [made[Share(path, "", service)] for path, service in places]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1%", 1000),
        ("0.5", 500),
        ("0.5%", 500),
        ("83.85%", 83850),
        ("2.3%", 2300),
        ("5.1%", 5100),
        ("12.5%", 12500),
        ("75", 75000),
        ("0.1", 100),
        ("10%", 10000),
        ("33.33333%", 33333),
        ("-5%", -5000),
        ("-99.99999%", -99999),
        ("1000%", 1000000),
        ("1e1", 10000),
        ("0", 0),
    ],
)
def test_percentages(text: str, units: int) -> None:
    assert parse_percentage(text) == units


@pytest.mark.parametrize(
    "text", ["%", "foo", "", "10 %", " 10", "10%%", "nan", "inf", "1e400", "1e30", "1_0", "9" * 5000]
)
def test_texts_that_are_no_percentage(text: str) -> None:
    with pytest.raises(WeightError):
        parse_percentage(text)


def test_a_map() -> None:
    assert parse_weights("service1: 10%\nservice3: '20'\n") == {"service1": 10000, "service3": 20000}
    assert parse_weights("service1: 70%\nservice2: 1000%") == {"service1": 70000, "service2": 1000000}
    assert parse_weights("") == {}


@pytest.mark.parametrize("text", ["service4:", "name- 90%", "- a", "a: [1]", "a: {b: c}", "a: &x [*x]", "a: ["])
def test_texts_that_are_no_map(text: str) -> None:
    with pytest.raises(WeightError):
        parse_weights(text)


def test_one_service_given_the_other_left_out() -> None:
    assert shares("svc1: 10%", ("/", "svc1"), ("/", "svc2")) == [5000, 90000]


def test_two_paths_with_one_left_out_each() -> None:
    found = shares("svc1: 60%", ("/foo", "svc1"), ("/foo", "svc2"), ("/bar", "svc1"), ("/bar", "svc3"))
    assert found == [30000, 40000, 30000, 10000]


def test_the_same_service_left_out_on_two_paths() -> None:
    found = shares("svc1: 20%\nsvc3: 20%", ("/foo", "svc1"), ("/foo", "svc2"), ("/bar", "svc3"), ("/bar", "svc2"))
    assert found == [10000, 80000, 5000, 80000]


def test_nothing_is_left_for_the_one_left_out() -> None:
    found = shares("svc1: 20%\nsvc2: 40%\nsvc3: 40%", *(("/", service) for service in ("svc1", "svc2", "svc3", "svc4")))
    assert found == [10000, 40000, 10000, 0]


def test_several_left_out_share_by_their_servers() -> None:
    assert shares("svc2: 40%", ("/", "svc1"), ("/", "svc2"), ("/", "svc3")) == [10000, 40000, 10000]


def test_an_empty_map_gives_each_path_to_its_service() -> None:
    assert shares("", ("/foo", "svc1"), ("/bar", "svc2")) == [50000, 100000]


def test_a_service_without_servers_weighs_nothing() -> None:
    assert shares("none: 50%", ("/", "none"), ("/", "svc2")) == [0, 50000]
    assert shares("", ("/", "none")) == [0]


def test_a_negative_weight_is_passed_on() -> None:
    assert shares("svc1: -5%", ("/", "svc1"), ("/", "svc2")) == [-2500, 105000]


def test_names_that_no_path_uses_are_ignored() -> None:
    assert shares("other: 99%\nsvc1: 100%", ("/", "svc1")) == [50000]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("svc1: 70%\nsvc2: 80%", [("/", "svc1"), ("/", "svc2")]),
        ("svc1: 70%\nsvc2: 20%", [("/", "svc1"), ("/", "svc2")]),
        ("svc1: 60%", [("/", "svc1"), ("/", "svc1")]),
        ("svc1: 50%", [("/", "svc1"), ("/", "unknown")]),
        ("unknown: 50%", [("/", "svc1"), ("/", "unknown")]),
    ],
)
def test_sums_and_services_that_cannot_be(text: str, places: list[tuple[str, str]]) -> None:
    with pytest.raises(WeightError):
        shares(text, *places)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 7)), min_size=1, max_size=6))
def test_no_more_than_the_whole_is_given_and_little_is_lost(given_units: list[tuple[int, int]]) -> None:
    counts = {f"s{number}": count for number, (_, count) in enumerate(given_units)} | {"rest": 3}
    weights = {f"s{number}": units * 1000 for number, (units, _) in enumerate(given_units)}
    made = allocate(paths(*(("/", name) for name in counts)), weights, counts.__getitem__)
    total = sum(made[Share("/", "", name)] * count for name, count in counts.items())
    assert WHOLE - sum(counts.values()) < total <= WHOLE
