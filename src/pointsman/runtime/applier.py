"""What the proxy has, what it should have, and therefore the next message: no socket, no clock."""

from typing import TypeVar

import msgspec

from pointsman.model.plan import (
    Applied,
    ApplyDelta,
    ApplyPlan,
    Downward,
    Hello,
    Plan,
    Pool,
    Rejected,
    Route,
    RouteProblem,
)

_T = TypeVar("_T")


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Routes and pools that are different from now on; `None` removes."""

    routes: dict[str, Route | None] = {}
    pools: dict[str, Pool | None] = {}


class Applier:
    """Keeps one message in flight; what changes meanwhile goes out together in the next.

    A new link, and a refusal, are answered with everything. Generations rise over restarts of both sides.
    """

    def __init__(self) -> None:
        self._routes: dict[str, Route] = {}
        self._pools: dict[str, Pool] = {}
        self._waiting_routes: dict[str, Route | None] = {}
        self._waiting_pools: dict[str, Pool | None] = {}
        self._complete = False
        self._linked = False
        self._whole = True
        self._hopeless = False
        self._last = 0
        self._base = 0
        self._in_flight: Downward | None = None
        self.keeps_plan = True
        """Whether the proxy has, or may have, a plan of an earlier life; unknown until the first one says hello."""
        self.refused: dict[str, RouteProblem] = {}
        """Routes that the proxy left out, by key."""

    @property
    def generation(self) -> int:
        """The generation that the proxy confirmed last; 0 = none of ours."""
        return self._base

    @property
    def in_step(self) -> bool:
        """Whether the proxy has confirmed everything it should have."""
        idle = self._in_flight is None and not self._waiting_routes and not self._waiting_pools
        return self._complete and self._linked and not self._whole and idle

    def change(self, changes: Changes) -> None:
        """Takes changes in. The first call says that the configuration is complete."""
        self._complete, self._hopeless = True, False
        _merge(self._routes, changes.routes)
        _merge(self._pools, changes.pools)
        self._waiting_routes.update(changes.routes)
        self._waiting_pools.update(changes.pools)

    def hello(self, message: Hello) -> None:
        """A proxy is there: it gets everything, under a generation above its own."""
        self._linked, self._whole, self._in_flight, self._hopeless = True, True, None, False
        self._last = max(self._last, message.generation)
        self.keeps_plan = message.generation > 0

    def cut(self) -> None:
        """The link is gone."""
        self._linked, self._in_flight = False, None

    def applied(self, message: Applied) -> None:
        """The proxy confirms what was in flight."""
        sent, self._in_flight = self._in_flight, None
        self._base = message.generation
        if isinstance(sent, ApplyDelta):
            for key in sent.routes:
                self.refused.pop(key, None)
        else:
            self.refused.clear()
        self.refused.update({problem.route: problem for problem in message.problems})

    def rejected(self, message: Rejected) -> None:
        """The proxy refuses what was in flight and gets everything; if that was everything, not before it changes."""
        sent, self._in_flight = self._in_flight, None
        self._last = max(self._last, message.generation)
        self._whole = True
        self._hopeless = isinstance(sent, ApplyPlan)

    def next(self) -> Downward | None:
        """The message to send now; None while one is in flight, nothing has changed, or nobody is there."""
        if not self._linked or not self._complete or self._hopeless or self._in_flight is not None:
            return None
        if not self._whole and not self._waiting_routes and not self._waiting_pools:
            return None
        self._last += 1
        message: Downward
        if self._whole:
            plan = Plan(generation=self._last, routes=dict(self._routes), pools=dict(self._pools))
            message = ApplyPlan(plan=plan)
        else:
            message = ApplyDelta(
                base=self._base, generation=self._last, routes=self._waiting_routes, pools=self._waiting_pools
            )
        self._whole, self._waiting_routes, self._waiting_pools = False, {}, {}
        self._in_flight = message
        return message


def _merge(into: dict[str, _T], changes: dict[str, _T | None]) -> None:
    for key, value in changes.items():
        if value is None:
            into.pop(key, None)
        else:
            into[key] = value
