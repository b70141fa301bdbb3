"""What the informers said since it was last taken."""

import asyncio
import logging

from pointsman.model.problem import Problem, Severity
from pointsman.providers.kubernetes.informer import Key
from pointsman.providers.kubernetes.objects import ObjectEvent
from pointsman.providers.kubernetes.trouble import outage

_LOG = logging.getLogger("pointsman.kubernetes")
API_SERVER = "API server"


class News:
    """The latest word on each object, and the problems of the connection."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.problems: dict[str, Problem] = {}
        self.complete = False
        """Everything has been read once."""
        self._events: dict[Key, ObjectEvent] = {}
        self._away: set[str] = set()
        self._told: dict[str, Problem | None] = {}

    def event(self, event: ObjectEvent) -> None:
        """Takes one object's news."""
        self._events[event.kind, event.namespace, event.name] = event
        self.arrived.set()

    def problem(self, key: str, problem: Problem | None) -> None:
        """Takes a problem of the connection, or its end."""
        if self.problems.get(key) == problem:
            return
        if problem is None:
            del self.problems[key]
        else:
            self.problems[key] = problem
            if not self.complete and problem.severity is Severity.ERROR:
                # Nothing is published before everything is read, and this is why it isn't.
                _LOG.error("%s", problem)
        self._told[key] = problem
        self.arrived.set()

    def away(self, name: str, error: Exception) -> None:
        """Takes one informer's loss of the API server; the first one's reason stands for all."""
        if not self._away:
            self.problem(API_SERVER, outage(error, self.complete))
        self._away.add(name)

    def back(self, name: str) -> None:
        """The informer watches; with the last one the outage is over."""
        if name in self._away:
            self._away.remove(name)
            if not self._away:
                _LOG.info("kubernetes: the API server is watched again")
                self.problem(API_SERVER, None)

    def take_events(self) -> list[ObjectEvent]:
        """The objects' news, once."""
        events, self._events = list(self._events.values()), {}
        return events

    def take_problems(self) -> dict[str, tuple[Problem, ...]]:
        """The problems' news, once."""
        told, self._told = self._told, {}
        return {f"kubernetes: {key}": (problem,) if problem else () for key, problem in told.items()}
