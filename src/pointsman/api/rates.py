"""From the proxy's running totals to rates and quantiles: pure functions over two `Stats`."""

from collections.abc import Mapping, Sequence

import msgspec

from pointsman.api import documents as d
from pointsman.model.plan import DURATION_STEPS, DURATION_STEPS_ROUTE, RouteStats, Stats

_NOTHING = RouteStats(classes=(0,) * 6, micros=0, durations=())


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The proxy's numbers at an instant; `routes` holds all of them, also those that did not change."""

    at: float
    """Seconds of a clock that only runs forward."""
    unix_ms: int
    stats: Stats
    routes: Mapping[str, RouteStats]


def sample(before: Reading, now: Reading) -> d.Sample:
    """Traffic between two readings of the same proxy."""
    span = max(now.at - before.at, 1e-3)
    old, new = before.stats, now.stats
    gained = _gained(new.durations, old.durations)
    return d.Sample(
        time=now.unix_ms,
        requests=_rate(sum(new.codes.values()) - sum(old.codes.values()), span),
        classes=[_rate(count, span) for count in _gained(_classes(new.codes), _classes(old.codes))],
        bytes=_rate(new.bytes - old.bytes, span),
        retries=_rate(new.retries - old.retries, span),
        p50=quantile(gained, 0.5, DURATION_STEPS),
        p95=quantile(gained, 0.95, DURATION_STEPS),
        p99=quantile(gained, 0.99, DURATION_STEPS),
        in_flight=new.in_flight,
        open=new.open,
    )


def router(name: str, before: Reading, now: Reading) -> d.RouterTraffic:
    """Traffic of one router between two readings."""
    span = max(now.at - before.at, 1e-3)
    old, new = before.routes.get(name, _NOTHING), now.routes.get(name, _NOTHING)
    if sum(new.classes) < sum(old.classes):
        old = _NOTHING
    gained = _gained(new.durations, old.durations)
    classes = _gained(new.classes, old.classes)
    return d.RouterTraffic(
        name=name,
        requests=_rate(sum(classes), span),
        classes=[_rate(count, span) for count in classes],
        p50=quantile(gained, 0.5, DURATION_STEPS_ROUTE),
        p95=quantile(gained, 0.95, DURATION_STEPS_ROUTE),
        p99=quantile(gained, 0.99, DURATION_STEPS_ROUTE),
        total=sum(new.classes),
        total_errors=new.classes[5],
    )


def busiest(before: Reading, now: Reading, most: int) -> list[d.RouterTraffic]:
    """The routers with the most requests between two readings."""

    def gained(name: str) -> int:
        old = before.routes.get(name, _NOTHING)
        return sum(now.routes[name].classes) - sum(old.classes) if old is not now.routes[name] else 0

    counted = [(count, name) for name in now.stats.routes if (count := gained(name)) > 0]
    counted.sort(key=lambda item: (-item[0], item[1]))
    return [router(name, before, now) for _, name in counted[:most]]


def errors(now: Reading, told: Reading | None, most: int) -> list[d.RecentError]:
    """The last errors, newest first, without those that were told already."""
    known = frozenset(told.stats.errors) if told is not None else frozenset()
    return [
        d.RecentError(
            time=one.unix_us // 1000,
            status=one.status,
            method=one.method,
            host=one.host,
            path=one.path,
            router=one.route,
            server=one.server,
            reason=one.reason,
            duration=round(one.micros / 1000, 3),
        )
        for one in now.stats.errors[:most]
        if one not in known
    ]


def continues(before: Reading, stats: Stats) -> bool:
    """Whether these are later numbers of the same proxy."""
    return stats.pid == before.stats.pid and stats.uptime_ms >= before.stats.uptime_ms


def quantile(counts: Sequence[int], share: float, steps: int) -> float | None:
    """The duration, in ms, that this share of the requests did not exceed; None without requests.

    `counts`: requests by bucket, each power of two of µs divided into `1 << steps`. Within a bucket they count
    as evenly spread.
    """
    wanted = share * sum(counts)
    if wanted <= 0:
        return None
    seen = 0
    for index, count in enumerate(counts):
        if count and seen + count >= wanted:
            low, width = bucket(index, steps)
            return round((low + width * (wanted - seen) / count) / 1000, 3)
        seen += count
    return None


def bucket(index: int, steps: int) -> tuple[int, int]:
    """Lower bound and width, in µs; twin of the proxy's `traffic::bucket`."""
    if index < 1 << steps:
        return index, 1
    shift = (index >> steps) - 1
    return (index - (shift << steps)) << shift, 1 << shift


def _classes(codes: Mapping[int, int]) -> list[int]:
    classes = [0] * 6
    for code, count in codes.items():
        classes[code // 100 if code < 600 else 0] += count
    return classes


def _gained(new: Sequence[int], old: Sequence[int]) -> list[int]:
    padded = [*old, *([0] * (len(new) - len(old)))]
    return [max(0, now - then) for now, then in zip(new, padded, strict=False)]


def _rate(count: int, span: float) -> float:
    return round(max(0, count) / span, 2)
