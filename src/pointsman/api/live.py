"""One sampler of the proxy's numbers for everybody who looks: it asks once a second while somebody does, else never."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping

import msgspec

from pointsman.api import documents as d
from pointsman.api import health, rates
from pointsman.api.rates import Reading
from pointsman.api.view import View
from pointsman.model.plan import Stats

LISTENERS = 64
"""Most streams at a time."""
_INTERVAL_S = 1.0
_LINGER_S = 60.0
"""The sampler goes on for this long after the last one looked: who reloads a page finds its history."""
ERRORS = 50
"""Most errors in an event."""
_HISTORY = 300
_TOP = 10


class TooManyListeners(Exception):
    """`LISTENERS` streams are open already."""


class Sampler:
    """Asks, keeps the last five minutes, and wakes its listeners: each gets the newest event, none waits for others."""

    def __init__(self, view: View, *, interval_s: float = _INTERVAL_S, linger_s: float = _LINGER_S) -> None:
        self._view = view
        self._interval_s = interval_s
        self._linger_s = linger_s
        self._history: deque[d.Sample] = deque(maxlen=_HISTORY)
        self._before: Reading | None = None
        self._now: Reading | None = None
        self._events: set[asyncio.Event] = set()
        self._wanted_until = 0.0
        self._task: asyncio.Task[None] | None = None
        self._turn = 0
        self._top: list[d.RouterTraffic] = []
        self._made_of: Reading | None = None
        self._made: dict[tuple[str, float | None], bytes] = {}

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return len(self._events)

    def listen(self, router: str) -> AsyncIterator[bytes]:
        """Server-sent events, until `end_streams`. Raises TooManyListeners at once."""
        if len(self._events) >= LISTENERS:
            raise TooManyListeners
        news = asyncio.Event()
        self._events.add(news)
        return self._follow(news, router)

    async def _follow(self, news: asyncio.Event, router: str) -> AsyncIterator[bytes]:
        try:
            self._look()
            if self._now is None:
                await news.wait()
            told, turn = None, self._turn
            while turn == self._turn:
                news.clear()
                if self._now is not None:
                    yield self._event(self._now, router, told)
                    told = self._now
                await news.wait()
        finally:
            self._events.discard(news)
            self._look()

    async def health(self) -> tuple[Stats, Mapping[int, int]] | None:
        """Fresh numbers, and the requests by status since the current second began; None without a proxy."""
        self._look()
        stats = await self._view.stats("none")
        if stats is None:
            return None
        before = self._now
        if before is None:
            return stats, {}
        return stats, health.since(stats, before.stats.codes if rates.continues(before, stats) else {})

    def end_streams(self) -> None:
        """Ends all streams, so that a proxy that stops need not wait for them; who is interested comes again."""
        self._turn += 1
        for news in self._events:
            news.set()

    def _look(self) -> None:
        """Somebody looks: the sampler runs from now on."""
        self._wanted_until = time.monotonic() + self._linger_s
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        self._history.clear()
        self._before = self._now = None
        while self._events or time.monotonic() < self._wanted_until:
            await self._ask()
            for news in self._events:
                news.set()
            await asyncio.sleep(self._interval_s)
        self._before = self._now = None

    async def _ask(self) -> None:
        stats = await self._view.stats("all" if self._now is None else "changed")
        if stats is None:
            return
        before = self._now
        if before is not None and not rates.continues(before, stats):
            before = None
            stats = await self._view.stats("all") or stats
        routes = {**before.routes, **stats.routes} if before is not None else dict(stats.routes)
        now = Reading(at=time.monotonic(), unix_ms=time.time_ns() // 1_000_000, stats=stats, routes=routes)
        if before is not None:
            self._history.append(rates.sample(before, now))
        self._top = rates.busiest(before, now, _TOP) if before is not None else []
        self._before, self._now = before, now

    def _event(self, now: Reading, router: str, told: Reading | None) -> bytes:
        """Made once for all who know and want the same."""
        if self._made_of is not now:
            self._made_of = now
            self._made.clear()
        key = (router, None if told is None else told.at)
        if key not in self._made:
            self._made[key] = event(self._live(now, router, told))
        return self._made[key]

    def _live(self, now: Reading, router: str, told: Reading | None) -> d.Live:
        """`told`: what the listener knows already, if anything."""
        stats, before, first = now.stats, self._before, told is None
        total = sum(stats.codes.values())
        return d.Live(
            revision=self._view.revision,
            hostname=self._view.facts.hostname,
            uptime=stats.uptime_ms,
            total=total,
            codes={str(code): count for code, count in sorted(stats.codes.items())},
            average=round(stats.micros / total / 1000, 3) if total else 0.0,
            sample=self._history[-1] if before is not None and self._history else None,
            first=first,
            history=list(self._history) if first else [],
            top=self._top,
            router=rates.router(router, before or now, now) if router else None,
            errors=rates.errors(now, told, ERRORS),
        )


def event(live: d.Live) -> bytes:
    """A server-sent event."""
    return b"data: " + msgspec.json.encode(live) + b"\n\n"
