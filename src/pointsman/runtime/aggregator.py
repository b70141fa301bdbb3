"""Collects the providers' Changes: holds bursts together, waits for the first report of each, honours the throttle."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from pointsman.model.dynamic import Backend, Change, Frontend, TlsEntry
from pointsman.model.problem import Problem, Severity

_LOG = logging.getLogger("pointsman")
_T = TypeVar("_T")

BURST_S = 0.05
"""A change waits at most this long for others of the same burst."""
QUIET_S = 0.005
"""A burst is over when nothing came for this long."""

_WHOLE = "provider"
"""Key of the problems of a provider as a whole."""


class Source:
    """What one provider said so far, and what of it is not handed on yet."""

    def __init__(self) -> None:
        self.reported = False
        self.starting = True
        self.frontends: dict[str, Frontend] = {}
        self.backends: dict[str, Backend] = {}
        self.tls: dict[str, TlsEntry] = {}
        self.problems: dict[str, tuple[Problem, ...]] = {}
        self.noted = False
        self.waiting = Change()
        self.not_before = 0.0

    def take(self, change: Change) -> None:
        """Adds a change; the first one after a (re)start of the provider is everything it knows."""
        if self.starting:
            change = Change(
                frontends={**dict.fromkeys(self.frontends), **change.frontends},
                backends={**dict.fromkeys(self.backends), **change.backends},
                tls={**dict.fromkeys(self.tls), **change.tls},
                problems={**dict.fromkeys(self.problems, ()), **change.problems},
            )
        if self.noted:
            change = _joined(change, Change(problems={_WHOLE: ()}))
        self.starting, self.reported, self.noted = False, True, False
        _merge(self.frontends, change.frontends)
        _merge(self.backends, change.backends)
        _merge(self.tls, change.tls)
        _merge(self.problems, {key: value or None for key, value in change.problems.items()})
        self.waiting = _joined(self.waiting, change)


class Aggregator:
    """Hands the providers' changes on, together: `on_change` gets them by provider name.

    Nothing is handed on before every provider has reported once or, after `start_s`, any has. But while `keeps_plan`
    says that the proxy has, or may have, a plan of an earlier life, that plan is better than one without a provider's
    routes, and the wait has no limit. `throttle_s` is the shortest time between two changes of one provider (Traefik
    `providersThrottleDuration`).
    """

    def __init__(
        self,
        names: Iterable[str],
        on_change: Callable[[Mapping[str, Change]], None],
        *,
        throttle_s: float = 0.0,
        start_s: float = 60.0,
        keeps_plan: Callable[[], bool] = lambda: False,
    ) -> None:
        self.sources = {name: Source() for name in names}
        self._on_change = on_change
        self._throttle_s = throttle_s
        self._start_s = start_s
        self._keeps_plan = keeps_plan
        self._news = asyncio.Event()
        self.started = False
        self.silent: tuple[Problem, ...] = ()
        """Providers that are waited for longer than `start_s`."""

    def publish(self, provider: str, change: Change) -> None:
        """Takes what a provider has to say."""
        self.sources[provider].take(change)
        self._news.set()

    def restarting(self, provider: str) -> None:
        """Says that the provider begins anew: its next change is everything it knows."""
        self.sources[provider].starting = True

    def note(self, provider: str, problems: tuple[Problem, ...]) -> None:
        """Adds, or with `()` takes back, what the runtime has to say about a provider as a whole."""
        source = self.sources[provider]
        source.noted = bool(problems)
        source.waiting = _joined(source.waiting, Change(problems={_WHOLE: problems}))
        self._news.set()

    def look_again(self) -> None:
        """Says that `keeps_plan` may have another answer now."""
        if not self.started:
            self._news.set()

    async def run(self) -> None:
        """Never returns."""
        await self._first_reports()
        while True:
            await self._burst()
            wait = self._hand_on()
            try:
                async with asyncio.timeout(wait):
                    await self._news.wait()
            except TimeoutError:
                self._news.set()

    async def _first_reports(self) -> None:
        """Waits for all, or after the start-up time for any: an empty configuration must not replace a kept one."""
        try:
            async with asyncio.timeout(self._start_s):
                while not self._all_reported():
                    await self._some_news()
        except TimeoutError:
            await self._while_it_must()
            self._name_the_silent()
        self.silent = ()
        self._news.set()

    async def _while_it_must(self) -> None:
        told = False
        while self._must_wait():
            self.silent = self._silent("nothing changes until it does")
            for problem in () if told else self.silent:
                _LOG.warning("%s", problem)
            told = True
            await self._some_news()

    def _all_reported(self) -> bool:
        return all(source.reported for source in self.sources.values())

    def _must_wait(self) -> bool:
        if self._keeps_plan():
            return not self._all_reported()
        return not any(source.reported for source in self.sources.values())

    async def _some_news(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _name_the_silent(self) -> None:
        for problem in self._silent("what others say is served without it"):
            self.note(problem.object.removeprefix("provider "), (problem,))

    def _silent(self, meanwhile: str) -> tuple[Problem, ...]:
        return tuple(
            Problem(
                object=f"provider {name}",
                message=f"has not reported within {self._start_s:g} s; {meanwhile}",
                remedy="see the log for its errors",
                severity=Severity.WARNING,
            )
            for name, source in self.sources.items()
            if not source.reported
        )

    async def _burst(self) -> None:
        loop = asyncio.get_running_loop()
        await self._news.wait()
        end = loop.time() + BURST_S
        while self._news.is_set():
            self._news.clear()
            left = min(QUIET_S, end - loop.time())
            if left > 0:
                await asyncio.sleep(left)
            else:
                return

    def _hand_on(self) -> float | None:
        """Passes on what may go now; returns after how many seconds the rest may (None: there is no rest)."""
        now = asyncio.get_running_loop().time()
        ready = {name: source.waiting for name, source in self.sources.items() if source.not_before <= now}
        ready = {name: change for name, change in ready.items() if change}
        for name in ready:
            self.sources[name].waiting = Change()
            self.sources[name].not_before = now + self._throttle_s
        if ready or not self.started:
            self.started = True
            self._on_change(ready)
        held = [source.not_before - now for source in self.sources.values() if source.waiting]
        return max(0.0, min(held)) if held else None


def _joined(first: Change, then: Change) -> Change:
    return Change(
        frontends={**first.frontends, **then.frontends},
        backends={**first.backends, **then.backends},
        tls={**first.tls, **then.tls},
        problems={**first.problems, **then.problems},
    )


def _merge(into: dict[str, _T], changes: Mapping[str, _T | None]) -> None:
    for key, value in changes.items():
        if value is None:
            into.pop(key, None)
        else:
            into[key] = value
