"""An informer's sink that remembers, and can be waited for."""

import asyncio
from collections.abc import Callable

from pointsman.model.problem import Problem
from pointsman.providers.kubernetes.objects import KubernetesObject, ObjectEvent


class Recorder:
    """Holds what an informer said; `until` waits for a state of it."""

    def __init__(self) -> None:
        self.events: list[ObjectEvent] = []
        self.objects: dict[str, KubernetesObject] = {}
        self.problems: dict[str, Problem] = {}
        self.outages: list[str] = []
        self.away_now = False
        self._news = asyncio.Event()

    def event(self, event: ObjectEvent) -> None:
        """Takes an event."""
        self.events.append(event)
        if event.object is None:
            del self.objects[event.name]
        else:
            self.objects[event.name] = event.object
        self._news.set()

    def problem(self, key: str, problem: Problem | None) -> None:
        """Takes a problem, or its end."""
        if problem is not None:
            self.problems[key] = problem
        else:
            self.problems.pop(key, None)
        self._news.set()

    def away(self, name: str, error: Exception) -> None:
        """Takes an outage."""
        self.outages.append(str(error))
        self.away_now = True
        self._news.set()

    def back(self, name: str) -> None:
        """Takes the end of an outage."""
        self.away_now = False
        self._news.set()

    async def until(self, test: Callable[["Recorder"], bool], within_s: float = 10) -> None:
        """Waits until what was said makes the test true."""
        async with asyncio.timeout(within_s):
            while not test(self):
                self._news.clear()
                await self._news.wait()
