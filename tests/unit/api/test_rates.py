import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.api import rates
from pointsman.api.rates import Reading
from pointsman.model.plan import DURATION_STEPS, RouteStats, Stats


def stats(**more: object) -> Stats:
    numbers: dict[str, object] = {
        "pid": 1,
        "uptime_ms": 1000,
        "open": 1,
        "in_flight": 1,
        "retries": 0,
        "codes": {},
        "micros": 0,
        "bytes": 0,
        "durations": (),
        "routes": {},
        "errors": (),
    }
    return Stats(**(numbers | more))  # type: ignore[arg-type]


def reading(at: float, now: Stats, **routes: RouteStats) -> Reading:
    return Reading(at=at, unix_ms=int(at * 1000), stats=now, routes=routes)


def test_rates_are_what_was_gained_in_the_time_between() -> None:
    before = reading(1.0, stats(codes={200: 10, 404: 1}, bytes=100, durations=(0, 11)))
    now = reading(3.0, stats(codes={200: 30, 404: 2, 502: 1}, bytes=300, durations=(0, 11, 22)))
    shown = rates.sample(before, now)
    assert shown.requests == 11.0
    assert shown.classes == [0, 0, 10.0, 0, 0.5, 0.5]
    assert shown.bytes == 100.0
    assert shown.p50 == pytest.approx(0.0025, abs=0.001)


def test_without_requests_there_is_no_duration() -> None:
    same = reading(1.0, stats(codes={200: 10}, durations=(0, 10)))
    assert rates.sample(same, reading(2.0, same.stats)).p99 is None


@given(st.integers(0, 1 << 35), st.sampled_from([1, DURATION_STEPS]))
def test_every_duration_lies_in_its_bucket(micros: int, steps: int) -> None:
    power = max(micros.bit_length() - 1, 0)
    shift = max(power - steps, 0)
    index = micros if power < steps else (shift << steps) + (micros >> shift)
    low, width = rates.bucket(index, steps)
    assert low <= micros < low + width
    assert width == 1 or width << steps <= low


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99, 1.0])
def test_quantiles_lie_within_an_eighth(share: float) -> None:
    durations = [7 * n for n in range(1, 2001)]
    counts = [0] * 400
    for micros in durations:
        index = next(i for i in range(400) if sum(rates.bucket(i, DURATION_STEPS)) > micros)
        counts[index] += 1
    exact = sorted(durations)[int(share * len(durations)) - 1] / 1000
    assert rates.quantile(counts, share, DURATION_STEPS) == pytest.approx(exact, rel=0.13)


def test_the_busiest_routers_come_first_and_only_those_with_news() -> None:
    def route(count: int) -> RouteStats:
        return RouteStats(classes=(0, 0, count, 0, 0, 1), micros=0, durations=(0, count + 1))

    before = reading(0.0, stats(), **{"p/a": route(1), "p/b": route(5), "p/c": route(9)})
    news = {"p/a": route(4), "p/b": route(6)}
    now = Reading(at=1.0, unix_ms=1000, stats=stats(routes=news), routes={**before.routes, **news})
    shown = rates.busiest(before, now, 10)
    assert [(one.name, one.requests, one.total, one.total_errors) for one in shown] == [
        ("p/a", 3.0, 5, 1),
        ("p/b", 1.0, 7, 1),
    ]
    assert [one.name for one in rates.busiest(before, now, 1)] == ["p/a"]


def test_another_proxy_is_no_continuation() -> None:
    before = reading(0.0, stats(uptime_ms=5000))
    assert rates.continues(before, stats(uptime_ms=6000))
    assert not rates.continues(before, stats(uptime_ms=1))
    assert not rates.continues(before, stats(pid=2, uptime_ms=6000))
