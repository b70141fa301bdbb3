"""The documents of `/api/v2`, and the parameters of its paths.

The OpenAPI description and the dashboard's types are made of these. Secrets are never part of one. Times are Unix
milliseconds, durations milliseconds.
"""

from typing import Annotated, Any, Literal

import msgspec

MOST_PER_PAGE = 500

_Page = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
_PerPage = Annotated[int, msgspec.Meta(ge=1, le=MOST_PER_PAGE)]
_Text = Annotated[str, msgspec.Meta(max_length=500)]
_Url = Annotated[str, msgspec.Meta(max_length=8_192)]

State = Literal["active", "refusing", "empty", "down", "absent"]
"""`active`: in force. `refusing`: its access rule is broken, it answers 404. `empty`: no server, it answers 503.
`down`: no server passes its health checks, it answers 503. `absent`: not in force."""


class Doc(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of every document."""


class Failure(Doc, frozen=True, kw_only=True):
    """Why there is no document."""

    message: str


class Problem(Doc, frozen=True, kw_only=True):
    """What is wrong, where, and the remedy."""

    object: str
    origin: str
    key: str
    value: str
    message: str
    remedy: str
    severity: Literal["error", "warning"]


class Version(Doc, frozen=True, kw_only=True, rename=None):
    """1.7's document of the version."""

    Version: str
    Codename: str


class EntryPointInfo(Doc, frozen=True, kw_only=True):
    """Where requests come in."""

    name: str
    address: str
    tls: bool
    internal: list[str]
    """What is answered here before any router: `ping`, `api`, `dashboard`, `metrics`, `rest`."""
    is_default: bool
    """Whether routers that name no entry point are served here."""


class ProviderInfo(Doc, frozen=True, kw_only=True):
    """What one provider brings."""

    name: str
    routers: int
    backends: int


class Overview(Doc, frozen=True, kw_only=True):
    """The product at a glance."""

    version: str
    hostname: str
    """Of the replica that answers."""
    pid: int
    revision: int
    """Rises with each change of the configuration or its problems."""
    ready: bool
    """Whether every provider has reported."""
    entry_points: list[EntryPointInfo]
    providers: list[ProviderInfo]
    routers: int
    backends: int
    servers: int
    errors: int
    warnings: int


class Router(Doc, frozen=True, kw_only=True):
    """A frontend, and what became of it."""

    name: str
    """`provider/frontend`."""
    provider: str
    frontend: str
    rules: list[str]
    priority: int
    """The one that counts: configured or computed. Higher first."""
    entry_points: list[str]
    backend: str
    servers: int
    """Of its backend, with a weight above 0."""
    down: int
    """Of these, those that fail their health checks."""
    middlewares: list[str]
    state: State
    origin: str
    problems: list[Problem]


class Routers(Doc, frozen=True, kw_only=True):
    """A page of routers, by name."""

    total: int
    """That the filter lets through."""
    page: int
    revision: int
    items: list[Router]


class Server(Doc, frozen=True, kw_only=True):
    """One address of a backend."""

    name: str
    url: str
    weight: int
    share: float
    """Of the backend's requests, 0 to 1."""
    health: Literal["", "up", "down"]
    """Empty: it is not checked."""
    reason: str
    """Why it is down."""


class Step(Doc, frozen=True, kw_only=True):
    """A matcher, modifier, middleware or option, with what it is set to."""

    name: str
    settings: dict[str, str]


class Backend(Doc, frozen=True, kw_only=True):
    """A backend, and what became of it."""

    name: str
    """`provider/backend`."""
    provider: str
    backend: str
    method: str
    server_count: int
    down: int
    """Servers that fail their health checks."""
    servers: list[Server]
    """Those that are down in front. The first hundred in lists, all of them for one router or backend."""
    options: list[Step]
    routers: int
    """How many lead here."""
    state: State
    problems: list[Problem]


class Backends(Doc, frozen=True, kw_only=True):
    """A page of backends, by name."""

    total: int
    page: int
    revision: int
    items: list[Backend]


class BackendDetail(Doc, frozen=True, kw_only=True):
    """A backend with all its servers, and who uses it."""

    backend: Backend
    routers: list[str]
    """Names of the first hundred routers that lead here."""
    configuration: dict[str, Any]
    """The backend as Traefik 1.7's API shows it."""


class RouterDetail(Doc, frozen=True, kw_only=True):
    """A router's way from match to servers."""

    router: Router
    matchers: list[Step]
    """All must match."""
    modifiers: list[Step]
    """In order of execution."""
    middlewares: list[Step]
    pass_host_header: bool
    refusal: str
    """Why it answers 404 itself; empty when it does not."""
    backend: Backend | None
    """None: there is no such backend."""
    configuration: dict[str, Any]
    """The frontend as Traefik 1.7's API shows it."""


class Certificate(Doc, frozen=True, kw_only=True):
    """A certificate that the configuration names. Never its key."""

    source: str
    """`provider/name`, or the entry point that names it."""
    entry_points: list[str]
    subject: str
    issuer: str
    names: list[str]
    """DNS names and addresses it is valid for."""
    not_before: int
    not_after: int
    error: str
    """Why it cannot be read; then the other fields are empty."""


class Certificates(Doc, frozen=True, kw_only=True):
    """All certificates, those that expire first in front."""

    items: list[Certificate]


class Sample(Doc, frozen=True, kw_only=True):
    """Traffic of one interval."""

    time: int
    """Its end."""
    requests: float
    """A second."""
    classes: list[float]
    """Requests a second by first digit of the status; 0: others."""
    bytes: float
    """Of bodies sent, a second."""
    retries: float
    """A second."""
    p50: float | None
    """Median duration; None: no request."""
    p95: float | None
    p99: float | None
    in_flight: int
    open: int
    """Client connections."""


class RouterTraffic(Doc, frozen=True, kw_only=True):
    """Traffic of one router in one interval, and since the proxy started."""

    name: str
    requests: float
    classes: list[float]
    p50: float | None
    p95: float | None
    p99: float | None
    total: int
    total_errors: int
    """Answers with status 500 and above, since the start."""


class RecentError(Doc, frozen=True, kw_only=True):
    """An answer with a status of 400 or more."""

    time: int
    status: int
    method: str
    host: str
    path: str
    """Without query, which may hold secrets."""
    router: str
    server: str
    reason: str
    """Why the proxy itself answered; empty when a server did."""
    duration: float


class Live(Doc, frozen=True, kw_only=True):
    """An event of the stream: the last second, and what is going on."""

    revision: int
    hostname: str
    uptime: int
    total: int
    """Requests since the proxy started."""
    codes: dict[str, int]
    """Requests by status since the proxy started."""
    average: float
    """Duration since the proxy started."""
    sample: Sample | None
    """None in the first event of a stream that nobody else reads."""
    first: bool
    """Of this stream: then it tells all that is known, later events what is new."""
    history: list[Sample]
    """Earlier samples, in the first event only."""
    top: list[RouterTraffic]
    """The busiest routers of the last second."""
    router: RouterTraffic | None
    """The one that was asked for."""
    errors: list[RecentError]
    """Newest first: all that are kept in the first event, then those that came since."""


class NoParameters(Doc, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """None."""


class RoutersQuery(Doc, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which routers; what is left empty lets all through."""

    page: _Page = 1
    per_page: _PerPage = 100
    q: _Text = ""
    """Text somewhere in name, rules, backend, servers' addresses or origin."""
    host: _Text = ""
    """Text in a host of its rules."""
    path: _Text = ""
    """Text in a path of its rules."""
    provider: _Text = ""
    problems: bool = False
    """Only those with problems."""


class BackendsQuery(Doc, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which backends; what is left empty lets all through."""

    page: _Page = 1
    per_page: _PerPage = 100
    q: _Text = ""
    """Text in name or servers' addresses."""
    provider: _Text = ""
    problems: bool = False
    """Only those with problems."""


class ExplainQuery(Doc, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request that is asked about."""

    url: _Url
    """`http://host/path?query`, or `/path` beside a Host header."""
    method: _Text = "GET"
    header: list[_Text] = []
    """`Name: value`, any number of times."""
    entry_point: _Text = ""
    """Where it comes in; empty = by the URL's port, else the first default entry point."""


class LiveQuery(Doc, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the stream is to tell beside the numbers of the process."""

    router: _Text = ""
    """`provider/frontend` of a router whose own traffic is wanted."""
