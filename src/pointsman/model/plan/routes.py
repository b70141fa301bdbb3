"""Conditions on requests, and what is done with those that meet them."""

from pointsman.model.plan.matchers import Matcher
from pointsman.model.plan.middlewares import Middleware
from pointsman.model.plan.modifiers import Modifier
from pointsman.model.plan.nodes import Node, Tagged


class Rate(Node, frozen=True, kw_only=True):
    """Token bucket: `average` tokens per period, `burst` deep."""

    period_ns: int
    average: int
    burst: int


class RateLimit(Node, frozen=True, kw_only=True):
    """429 unless every rate has a token left for the request's source."""

    source: str
    """`client.ip`, `request.host` or `request.header.NAME`."""
    rates: tuple[Rate, ...]
    """By period, ascending; one for each."""


class Forward(Tagged, frozen=True, kw_only=True):
    """Send the request to a pool."""

    pool: str
    """Key in `Plan.pools`; a route whose pool is absent or empty answers 503."""
    pass_host: bool = False
    """Keep the client's Host; else the server's."""


class Refuse(Tagged, frozen=True, kw_only=True):
    """Answer this ourselves (fail closed)."""

    status: int = 404
    reason: str = ""


Action = Forward | Refuse


class Route(Node, frozen=True, kw_only=True):
    """Conditions, then what is done with a request that meets all of them."""

    provider: str
    name: str
    """Frontend name: the last word among equal priorities, and the name in logs."""
    origin: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    """Names and values for figures about it, none without metrics. The names are some of `Metrics.labels`, in order."""
    entry_points: tuple[str, ...]
    priority: int
    tie: int = 0
    matchers: tuple[Matcher, ...] = ()
    """All must match, in this order; none = every request."""
    modifiers: tuple[Modifier, ...] = ()
    """In order of execution."""
    middlewares: tuple[Middleware, ...] = ()
    """In order of execution, after the modifiers."""
    rate_limit: RateLimit | None = None
    """Asked after the pool's breaker and connection limit, before a server is chosen (compat(1.7))."""
    action: Action
