"""A `publish` that adds up what it is told, and can be waited for."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from pointsman.model.dynamic import Backend, Change, Frontend, TlsEntry
from pointsman.model.problem import Problem

T = TypeVar("T")


class Published:
    """What a provider has said so far, as one configuration."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.frontends: dict[str, Frontend] = {}
        self.backends: dict[str, Backend] = {}
        self.tls: dict[str, TlsEntry] = {}
        self.problems: dict[str, tuple[Problem, ...]] = {}
        self._news = asyncio.Event()

    def __call__(self, change: Change) -> None:
        """Takes a Change."""
        self.changes.append(change)
        _add(self.frontends, change.frontends)
        _add(self.backends, change.backends)
        _add(self.tls, change.tls)
        _add(self.problems, {key: found or None for key, found in change.problems.items()})
        self._news.set()

    def urls(self, backend: str) -> set[str]:
        """Server addresses of a backend; none when there is no such backend."""
        found = self.backends.get(backend)
        return {server.url for server in found.servers.values()} if found else set()

    def told(self) -> str:
        """All problems in words."""
        return "\n".join(str(problem) for found in self.problems.values() for problem in found)

    async def until(self, test: Callable[["Published"], object], within_s: float = 15) -> None:
        """Waits until something was published and what was said so far makes the test true."""
        try:
            async with asyncio.timeout(within_s):
                while not self.changes or not test(self):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not within {within_s} s; last: {self.backends}\n{self.told()}") from None

    async def ready(self) -> None:
        """Waits for the first Change."""
        await self.until(lambda _: True)


def _add(into: dict[str, T], changes: Mapping[str, T | None]) -> None:
    for key, value in changes.items():
        if value is None:
            into.pop(key, None)
        else:
            into[key] = value
