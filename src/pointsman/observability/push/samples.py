"""Prometheus' text format, as the proxy writes it, to samples and what changed between two of them."""

import re
from collections.abc import Iterator, Mapping

import msgspec

_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")

Labels = tuple[tuple[str, str], ...]


class Sample(msgspec.Struct, frozen=True):
    """One line of the page."""

    name: str
    labels: Labels
    value: float


def parse(text: str) -> Iterator[Sample]:
    """The samples of a page; comments and what is none are skipped."""
    for line in text.splitlines():
        found = _SAMPLE.fullmatch(line)
        if found is not None:
            labels = tuple((name, _unescaped(value)) for name, value in _LABEL.findall(found[2] or ""))
            yield Sample(found[1], labels, float(found[3]))


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], value)


class Point(msgspec.Struct, frozen=True):
    """What is to be pushed of a series. `kind`: `counter` (how many more), `gauge`, `timing` (seconds, of `count`)."""

    name: str
    labels: Labels
    kind: str
    value: float
    count: int = 1


class Differences:
    """Remembers the last page, so that counters can be told as what came on top."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, Labels], float] = {}

    def of(self, text: str, names: Mapping[str, tuple[str, str]]) -> list[Point]:
        """The points of a page. `names`: kind and name to push, by name on the page; others are left out.

        A `timing` stands under the name of its histogram: the mean of what came on top.
        """
        now = {(sample.name, sample.labels): sample.value for sample in parse(text)}
        points = [point for key, value in now.items() if (point := self._point(key, value, now, names)) is not None]
        self._last = now
        return points

    def _point(
        self,
        key: tuple[str, Labels],
        value: float,
        now: Mapping[tuple[str, Labels], float],
        names: Mapping[str, tuple[str, str]],
    ) -> Point | None:
        family, labels = key
        kind, name = names.get(family.removesuffix("_count"), ("", ""))
        if kind == "timing" and family.endswith("_count"):
            count = self._more(key, value)
            total = (family.removesuffix("_count") + "_sum", labels)
            seconds = self._more(total, now.get(total, 0.0))
            return Point(name, labels, "timing", seconds / count, int(count)) if count > 0 else None
        kind, name = names.get(family, ("", ""))
        if kind == "gauge":
            return Point(name, labels, kind, value)
        more = self._more(key, value)
        return Point(name, labels, kind, more) if kind == "counter" and more > 0 else None

    def _more(self, key: tuple[str, Labels], value: float) -> float:
        """What came on top; a counter that fell belongs to a new process and counts from nothing."""
        last = self._last.get(key, 0.0)
        return value - last if value >= last else value
