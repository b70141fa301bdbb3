"""What is said of one request, and what must be known to say it."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from pointsman.model.dynamic import Frontend
from pointsman.model.plan import EntryPoint, Pool, Route
from pointsman.model.problem import Problem
from pointsman.providers.protocol import Meant

MOST = 20
"""Routes and objects named, of each sort."""


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of the document's parts."""


class Asked(Part, frozen=True, kw_only=True):
    """The request."""

    entry_point: str
    method: str
    host: str
    path: str
    query: str


class Target(Part, frozen=True, kw_only=True):
    """One server, and its share of the requests in percent."""

    url: str
    weight: int
    share: float


class Router(Part, frozen=True, kw_only=True):
    """A router that is in force."""

    provider: str
    frontend: str
    origin: str
    priority: int


class Winner(Router, frozen=True, kw_only=True):
    """The router that answers."""

    conditions: tuple[str, ...]
    modifiers: tuple[str, ...]
    middlewares: tuple[str, ...]
    forwards: str
    """Path and query that the server is asked for; empty when nothing is forwarded."""
    backend: str
    """Empty: the router answers itself."""
    servers: tuple[Target, ...]


class Lost(Router, frozen=True, kw_only=True):
    """A router that fits too, but comes later."""

    because: str


class Missed(Router, frozen=True, kw_only=True):
    """A router that does not fit."""

    condition: str
    """The first that fails."""
    because: str


class Rejected(Part, frozen=True, kw_only=True):
    """A frontend or object that is not in force, or not as a whole, and might have been meant."""

    provider: str
    frontend: str
    """Empty: it is an object that made none."""
    origin: str
    problems: tuple[str, ...]


class KeptAway(Part, frozen=True, kw_only=True):
    """An object that wants the request and is not served here: by its class, its namespace or its labels."""

    provider: str
    object: str
    """`Ingress namespace/name`."""
    origin: str
    """File and line; empty when it is an object of a cluster."""
    because: str
    remedy: str


class Decision(Part, frozen=True, kw_only=True):
    """Where a request goes, and why."""

    request: Asked
    status: int
    """What we answer ourselves; 0: what a server answers."""
    answer: str
    """In a sentence."""
    first: tuple[str, ...]
    """What the entry point does to every request, before any router."""
    winner: Winner | None
    lost: tuple[Lost, ...]
    missed: tuple[Missed, ...]
    """The nearest first."""
    other_hosts: int
    """Routers for other hosts."""
    rejected: tuple[Rejected, ...]
    kept_away: tuple[KeptAway, ...]
    problems: tuple[str, ...]
    """Of the router that answers and its backend."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration that the question is about. Keys are `provider/name`."""

    entry_points: Mapping[str, EntryPoint] = {}
    routes: Mapping[str, Route]
    pools: Mapping[str, Pool]
    frontends: Callable[[], Iterable[tuple[str, str, Frontend]]]
    """Provider, name and frontend, those that are not in force too."""
    problems: Callable[[], Iterable[Problem]]
    meant: Callable[[str, str], Iterable[tuple[str, Meant]]] = lambda _host, _path: ()
    """Objects that ask for a host and path, by the provider that knows them."""
