"""Messages between controller and proxy: 4 bytes big-endian length, then JSON."""

from typing import Literal

from pointsman.model.plan.nodes import Node, Tagged
from pointsman.model.plan.pools import Pool
from pointsman.model.plan.routes import Route
from pointsman.model.plan.whole import Plan

RoutesTold = Literal["none", "changed", "all"]
"""Whose numbers are asked for."""


class ApplyPlan(Tagged, frozen=True, kw_only=True):
    """Controller → proxy: replace everything."""

    plan: Plan


class ApplyDelta(Tagged, frozen=True, kw_only=True):
    """Controller → proxy: from generation `base` to `generation`; `null` removes."""

    base: int
    generation: int
    routes: dict[str, Route | None] = {}
    pools: dict[str, Pool | None] = {}


class TellStats(Tagged, frozen=True, kw_only=True):
    """Controller → proxy: answer with `Stats`."""

    routes: RoutesTold = "none"
    """Whose numbers are wanted; `changed`: of those with requests since they were told last."""


class TellMetrics(Tagged, frozen=True, kw_only=True):
    """Controller → proxy: answer with `MetricsPage`."""


class Question(Node, frozen=True, kw_only=True):
    """A request that is only asked about."""

    entry_point: str
    method: str
    host: str
    """As in the Host header."""
    path: str
    """Raw, without query."""
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case, and values."""


class Explain(Tagged, frozen=True, kw_only=True):
    """Controller → proxy: answer with `Explained`."""

    question: Question


class Fit(Node, frozen=True, kw_only=True):
    """A route that fits a request."""

    route: str
    redirect_slash: bool = False
    """Only a trailing slash differs: it would answer 301."""


class Miss(Node, frozen=True, kw_only=True):
    """A route that does not."""

    route: str
    matcher: int
    """Number of the first matcher that fails, in the route's list."""
    fails_at: str
    """Its type."""


class Explanation(Node, frozen=True, kw_only=True):
    """Where a request would go, and why; at most 100 routes of each sort."""

    matches: tuple[Fit, ...] = ()
    """The first answers; the others lost to it by their order."""
    misses: tuple[Miss, ...] = ()
    """The nearest first."""
    other_hosts: int = 0
    """Routes for other hosts, not compared."""
    forwards: str | None = None
    """Path and query that the first one's upstream is asked for; None when a prefix to strip is missing (404)."""


class Explained(Tagged, frozen=True, kw_only=True):
    """Proxy → controller: where a request would go by the plan in force."""

    explanation: Explanation


class Hello(Tagged, frozen=True, kw_only=True):
    """Proxy → controller, first message on a link: what is in force (0 = nothing yet)."""

    generation: int = 0
    pid: int = 0


class RouteProblem(Node, frozen=True, kw_only=True):
    """A route the proxy could not build and left out."""

    route: str
    key: str = ""
    value: str = ""
    message: str


class Applied(Tagged, frozen=True, kw_only=True):
    """Proxy → controller: `generation` is in force, without the routes named."""

    generation: int
    problems: tuple[RouteProblem, ...] = ()


class Rejected(Tagged, frozen=True, kw_only=True):
    """Proxy → controller: the message was refused whole; `generation` stays in force. A full plan is wanted."""

    generation: int
    message: str


class ServerHealth(Node, frozen=True, kw_only=True):
    """A server that its health check found down: it gets no requests."""

    pool: str
    """Key in `Plan.pools`."""
    server: str
    url: str
    reason: str = ""
    """What it was asked, and what it answered instead."""


class Health(Tagged, frozen=True, kw_only=True):
    """Proxy → controller, whenever it changes: all servers that are down. None are until it is said."""

    servers: tuple[ServerHealth, ...] = ()


class MetricsPage(Tagged, frozen=True, kw_only=True):
    """Proxy → controller: the figures as `/metrics` shows them."""

    page: str


class Draining(Tagged, frozen=True, kw_only=True):
    """Proxy → controller: it was told to stop and takes no more changes."""


class RouteStats(Node, frozen=True, kw_only=True):
    """Numbers of a route since the proxy started, or since it first had a route of this name."""

    classes: tuple[int, ...]
    """Requests by first digit of the status; 0: others."""
    micros: int
    """Sum of the durations."""
    durations: tuple[int, ...]
    """Requests by bucket of duration: buckets of `DURATION_STEPS_ROUTE`."""


class RecentError(Node, frozen=True, kw_only=True):
    """An answer with a status of 400 or more."""

    unix_us: int
    status: int
    method: str
    host: str
    path: str
    """Raw, without query."""
    route: str
    server: str
    """URL of the last server tried."""
    reason: str
    """Why the proxy itself answered; empty when a server did."""
    micros: int


class Stats(Tagged, frozen=True, kw_only=True):
    """Proxy → controller: numbers since the proxy started, requests for internal routes left out. Durations in µs."""

    pid: int
    uptime_ms: int
    open: int
    """Client connections now."""
    in_flight: int
    """Requests now."""
    retries: int
    codes: dict[int, int]
    """Requests by status; 0: none or an impossible one."""
    micros: int
    """Sum of the durations."""
    bytes: int
    """Sum of the bodies sent."""
    durations: tuple[int, ...]
    """Requests by bucket of duration: buckets of `DURATION_STEPS`."""
    routes: dict[str, RouteStats]
    errors: tuple[RecentError, ...]
    """Newest first."""


DURATION_STEPS = 3
"""Each power of two of microseconds is divided into `1 << DURATION_STEPS` buckets; below that, one for each."""
DURATION_STEPS_ROUTE = 1
"""The same of a route's."""

Downward = ApplyPlan | ApplyDelta | TellStats | TellMetrics | Explain
Upward = Hello | Applied | Rejected | Draining | Health | Stats | MetricsPage | Explained
