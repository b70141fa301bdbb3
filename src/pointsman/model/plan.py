"""The Plan: what the proxy executes. Closed, sorted, validated; nothing in it is named after a provider's concepts.

Twin of `crates/plan`: both decode and re-encode the golden plans identically (keys in field order, defaults omitted).
Durations are integers in milliseconds, named `_ms`. `Settings` lives as long as the proxy process; `Plan` is swapped.
"""

import msgspec


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of every plan struct: immutable, strict, defaults left out."""


class Tagged(
    Node,
    frozen=True,
    kw_only=True,
    tag_field="type",
    tag=lambda name: "".join("_" + c.lower() if c.isupper() else c for c in name)[1:],
):
    """Base of every union member: JSON carries `"type": "snake_case_name"`."""


# --- settings: fixed for the life of a proxy process -----------------------------------------------------------------


class ForwardedHeaders(Node, frozen=True, kw_only=True):
    """Whose X-Forwarded-* are believed (Traefik `entryPoints.NAME.forwardedHeaders`)."""

    insecure: bool = False
    trusted_ips: tuple[str, ...] = ()
    """CIDR ranges or addresses."""


class EntryPoint(Node, frozen=True, kw_only=True):
    """One listening address."""

    address: str
    """As configured, e.g. `:80`."""
    fds: tuple[int, ...] = ()
    """Inherited listening sockets, one per proxy thread; empty in a plan that is only explained or checked."""
    tls: bool = False
    forwarded_headers: ForwardedHeaders = ForwardedHeaders(insecure=True)
    internal: tuple[str, ...] = ()
    """Internal routes answered here before any frontend: `ping` (/ping and /ready), `api`, `metrics`, `rest`."""


class Retry(Node, frozen=True, kw_only=True):
    """Traefik `[retry]`."""

    attempts: int = 0
    """Total tries; 0 = the number of servers."""


class Timeouts(Node, frozen=True, kw_only=True):
    """Every wait of the proxy; 0 = none."""

    head_ms: int = 60_000
    """To read a request head, from its first byte (the first request: from the accept)."""
    read_ms: int = 0
    """`respondingTimeouts.readTimeout`: to read a whole request."""
    write_ms: int = 0
    """`respondingTimeouts.writeTimeout`: to write a whole response."""
    idle_ms: int = 180_000
    """`respondingTimeouts.idleTimeout`: a kept-alive client connection between requests."""
    connect_ms: int = 30_000
    """`forwardingTimeouts.dialTimeout`, name look-up included."""
    response_header_ms: int = 0
    """`forwardingTimeouts.responseHeaderTimeout`."""
    upstream_idle_ms: int = 90_000
    """An idle pooled upstream connection."""
    request_accept_grace_ms: int = 0
    """`lifeCycle.requestAcceptGraceTimeout`."""
    grace_ms: int = 10_000
    """`lifeCycle.graceTimeOut`."""


class Limits(Node, frozen=True, kw_only=True):
    """Bounds on what a peer may make us hold."""

    request_line_bytes: int = 8_192
    head_bytes: int = 65_536
    fields: int = 128
    idle_per_server: int = 200
    """Idle upstream connections per server over all threads (`maxIdleConnsPerHost`)."""
    connections: int = 0
    """Open client connections over all threads; 0 = as many as file descriptors allow."""


class Settings(Node, frozen=True, kw_only=True):
    """What a proxy process is started with, as the file named by `--settings`."""

    version: int = 1
    threads: int = 1
    hostname: str = ""
    """Value of X-Forwarded-Server."""
    state_dir: str = ""
    """Directory, mode 0700, for the last good plan; empty = none kept."""
    admin_socket: str = ""
    """Unix socket of the controller's API; empty = internal `api` and `rest` routes answer 503."""
    entry_points: dict[str, EntryPoint] = {}
    timeouts: Timeouts = Timeouts()
    limits: Limits = Limits()
    retry: Retry | None = None
    strict: bool = False
    """`--security=strict`."""
    log_level: str = "ERROR"
    log_format: str = "common"
    recent_errors: int = 0
    """How many are kept for the API; with 0 nothing is counted for it."""


# --- matchers ---------------------------------------------------------------------------------------------------------


class Pattern(Node, frozen=True, kw_only=True):
    """A text that is compared, or a regular expression (RE2 syntax, already anchored as its matcher needs)."""

    source: str
    """The argument as the user wrote it: for explanations, and for X-Forwarded-Prefix."""
    literal: str | None = None
    """Compared as it is; exactly one of `literal` and `regex` is set."""
    regex: str | None = None
    prefix: str = ""
    """Literal text every match of `regex` starts with (paths) – an index key, not a condition."""
    wildcard: str | None = None
    """Hosts only, beside `regex`: one label of `[A-Za-z0-9-_]+` before this suffix (`.example.com`, lower case)."""
    slash: bool = False
    """`path` only: the argument ends with `/`; with trailing-slash redirection the regex accepts both spellings."""


class Host(Tagged, frozen=True, kw_only=True):
    """The request's host, lower-cased and without port, equals one of these (lower case)."""

    hosts: tuple[str, ...]


class HostRegexp(Tagged, frozen=True, kw_only=True):
    """A regex matches the host; any suffices."""

    patterns: tuple[Pattern, ...]


class Method(Tagged, frozen=True, kw_only=True):
    """The method is one of these."""

    methods: tuple[str, ...]


class Path(Tagged, frozen=True, kw_only=True):
    """The whole decoded path matches one of these."""

    patterns: tuple[Pattern, ...]
    redirect_slash: bool = False
    """A difference of only a last slash is answered 301 by the router (`keepTrailingSlash` false); else no match."""


class PathPrefix(Tagged, frozen=True, kw_only=True):
    """The decoded path starts with one of these: as a plain string, or by a regex anchored at its start."""

    patterns: tuple[Pattern, ...]


class PathExact(Tagged, frozen=True, kw_only=True):
    """Kubernetes pathType Exact: the decoded path equals this."""

    path: str


class PathSegments(Tagged, frozen=True, kw_only=True):
    """Kubernetes pathType Prefix: a prefix of the decoded path, element by element; a trailing slash is ignored."""

    path: str


class QueryPair(Node, frozen=True, kw_only=True):
    """A query key whose first value must match; `regex` absent = any value."""

    key: str
    regex: str | None = None


class Query(Tagged, frozen=True, kw_only=True):
    """Every pair matches."""

    pairs: tuple[QueryPair, ...]


class HeaderPair(Node, frozen=True, kw_only=True):
    """A header (canonical name) one of whose values equals `value`, or matches `regex` somewhere."""

    name: str
    value: str | None = None
    regex: str | None = None


class Header(Tagged, frozen=True, kw_only=True):
    """Every pair matches. `Headers` and `HeadersRegexp` of the rule language."""

    pairs: tuple[HeaderPair, ...]


Matcher = Host | HostRegexp | Method | Path | PathPrefix | PathExact | PathSegments | Query | Header

# --- path modifiers ---------------------------------------------------------------------------------------------------


class StripPrefixRegex(Tagged, frozen=True, kw_only=True):
    """Cuts the text a regex (anchored at the start) matches; adds X-Forwarded-Prefix with it."""

    regexes: tuple[str, ...]


class StripPrefix(Tagged, frozen=True, kw_only=True):
    """Cuts the first of these (longest first) that the path starts with and restores one leading slash; adds
    X-Forwarded-Prefix. None fits: 404."""

    prefixes: tuple[str, ...]


class AddPrefix(Tagged, frozen=True, kw_only=True):
    """Puts this before the path."""

    prefix: str


class ReplacePathRegex(Tagged, frozen=True, kw_only=True):
    """Replaces all matches (`$1`, `${name}`); adds X-Replaced-Path when it matched."""

    regex: str
    replacement: str


class ReplacePath(Tagged, frozen=True, kw_only=True):
    """The path becomes this; adds X-Replaced-Path."""

    path: str


Modifier = StripPrefixRegex | StripPrefix | AddPrefix | ReplacePathRegex | ReplacePath

# --- middlewares ------------------------------------------------------------------------------------------------------


class IpAllowList(Tagged, frozen=True, kw_only=True):
    """403 unless the client's address lies in a range (Traefik `whiteList`)."""

    source_range: tuple[str, ...]
    use_x_forwarded_for: bool = False


class HeaderEdit(Node, frozen=True, kw_only=True):
    """Sets a header to `value`, or removes it when `value` is empty."""

    name: str
    value: str = ""


class Headers(Tagged, frozen=True, kw_only=True):
    """Custom headers: on the request before it is forwarded, on the upstream's answer before it is returned."""

    request: tuple[HeaderEdit, ...] = ()
    response: tuple[HeaderEdit, ...] = ()


Middleware = IpAllowList | Headers

# --- routes and pools -------------------------------------------------------------------------------------------------


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
    entry_points: tuple[str, ...]
    priority: int
    tie: int = 0
    matchers: tuple[Matcher, ...] = ()
    """All must match, in this order; none = every request."""
    modifiers: tuple[Modifier, ...] = ()
    """In order of execution."""
    middlewares: tuple[Middleware, ...] = ()
    """In order of execution, after the modifiers."""
    action: Action


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


class Pool(Node, frozen=True, kw_only=True):
    """Servers and how they share the requests."""

    provider: str
    name: str
    """Backend name, for logs and metrics."""
    method: str = "wrr"
    """`wrr` or `drr`."""
    servers: tuple[Server, ...] = ()
    """Sorted by name."""


class Plan(Node, frozen=True, kw_only=True):
    """Everything the proxy may change while it runs. Keys are `provider/name`."""

    version: int = 1
    generation: int = 0
    """Rises with every plan and delta; a lower or equal one is refused."""
    routes: dict[str, Route] = {}
    pools: dict[str, Pool] = {}


# --- messages between controller and proxy: 4 bytes big-endian length, then JSON --------------------------------------


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
    """Controller → proxy: answer with `Stats`; unless `whole`, of routes only those with requests since the last time."""

    whole: bool = False


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

    unix_ms: int
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

Downward = ApplyPlan | ApplyDelta | TellStats
Upward = Hello | Applied | Rejected | Draining | Stats
