"""Servers, and how they share the requests."""

from pointsman.model.plan.conditions import Condition
from pointsman.model.plan.edits import HeaderEdit
from pointsman.model.plan.nodes import Node


class Server(Node, frozen=True, kw_only=True):
    """One upstream address."""

    name: str
    url: str
    """`scheme://host[:port]`, for logs, metrics and sticky cookies."""
    scheme: str = "http"
    """`http`, `https` or `h2c`."""
    address: str
    """`host:port` to dial; IPv6 in brackets; the host may be a DNS name."""
    host: str
    """Host header when the client's is not passed: `host[:port]` as in the URL."""
    weight: int = 1
    """0 = never chosen."""


class Sticky(Node, frozen=True, kw_only=True):
    """A cookie that ties a client to a server; its value is the server's URL."""

    cookie: str
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    """`none`, `lax` or `strict`; empty = the attribute is left out."""


class MaxConnections(Node, frozen=True, kw_only=True):
    """429 for whoever has this many requests under way."""

    amount: int
    source: str
    """As in `RateLimit`."""


class HealthCheck(Node, frozen=True, kw_only=True):
    """Active checks: a server that does not answer 200 to 399 is left out until it does."""

    path: str
    scheme: str = ""
    """Instead of the server's."""
    port: int = 0
    """Instead of the server's."""
    hostname: str = ""
    """Host header instead of the server's."""
    headers: tuple[HeaderEdit, ...] = ()
    interval_ms: int = 30_000
    timeout_ms: int = 5_000


class Buffering(Node, frozen=True, kw_only=True):
    """Requests and answers are taken in whole before they are passed on; sizes in bytes, 0 = no limit."""

    max_request_bytes: int = 0
    """413 for more."""
    memory_request_bytes: int = 1_048_576
    """More than this is kept in a temporary file."""
    max_response_bytes: int = 0
    """500 for more."""
    memory_response_bytes: int = 1_048_576
    retry: Condition | None = None
    """Ask again, up to 10 times, while this holds."""


class PoolOptions(Node, frozen=True, kw_only=True):
    """What few pools have; a pool without any of it has no options at all."""

    sticky: Sticky | None = None
    breaker: Condition | None = None
    """Opens the circuit breaker: 503 for a while."""
    max_connections: MaxConnections | None = None
    health_check: HealthCheck | None = None
    buffering: Buffering | None = None
    flush_ms: int = 100
    """Longest time a part of an answer waits to be passed on; negative = none at all."""


class Pool(Node, frozen=True, kw_only=True):
    """Servers and how they share the requests."""

    provider: str
    name: str
    """Backend name, for logs and metrics."""
    method: str = "wrr"
    """`wrr` or `drr`."""
    options: PoolOptions | None = None
    servers: tuple[Server, ...] = ()
    """Sorted by name."""
