"""Settings: fixed for the life of a proxy process."""

from pointsman.model.plan.middlewares import Middleware
from pointsman.model.plan.nodes import Node
from pointsman.model.plan.observability import AccessLog, Metrics, Tracing


class ForwardedHeaders(Node, frozen=True, kw_only=True):
    """Whose X-Forwarded-* are believed (Traefik `entryPoints.NAME.forwardedHeaders`)."""

    insecure: bool = False
    trusted_ips: tuple[str, ...] = ()
    """CIDR ranges or addresses."""


class ProxyProtocol(Node, frozen=True, kw_only=True):
    """PROXY protocol, versions 1 and 2, in front of each connection (Traefik `entryPoints.NAME.proxyProtocol`)."""

    insecure: bool = False
    """Believe everybody."""
    trusted_ips: tuple[str, ...] = ()
    """CIDR ranges or addresses; what others say is read and not believed."""


class EntryPoint(Node, frozen=True, kw_only=True):
    """One listening address."""

    address: str
    """As configured, e.g. `:80`."""
    fds: tuple[int, ...] = ()
    """Inherited listening sockets, one per proxy thread; empty in a plan that is only explained or checked."""
    tls: bool = False
    forwarded_headers: ForwardedHeaders = ForwardedHeaders(insecure=True)
    proxy_protocol: ProxyProtocol | None = None
    middlewares: tuple[Middleware, ...] = ()
    """In order of execution, before routing: redirection, authentication, allow list."""
    guards: tuple[Middleware, ...] = ()
    """In order of execution, before every internal route but `ping`: allow list, authentication."""
    compress: bool = False
    """Answers are compressed with gzip."""
    internal: tuple[str, ...] = ()
    """Internal routes answered here before any frontend: `ping` (/ping and /ready), `api`, `dashboard`,
    `metrics`, `rest`."""


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


class UpstreamTls(Node, frozen=True, kw_only=True):
    """TLS towards servers (Traefik `insecureSkipVerify`, `rootCAs`)."""

    insecure_skip_verify: bool = False
    root_cas: tuple[str, ...] = ()
    """PEM paths or content; none = the system's."""


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
    upstream_tls: UpstreamTls = UpstreamTls()
    strict: bool = False
    """`--security=strict`."""
    log_level: str = "ERROR"
    log_format: str = "common"
    recent_errors: int = 0
    """How many are kept for the API; with 0 nothing is counted for it."""
    access_log: AccessLog | None = None
    """Absent: no line is written."""
    metrics: Metrics | None = None
    """Absent: figures about traffic are not counted by entry point and backend."""
    tracing: Tracing | None = None
    """Absent: no span is sent, and the fields of traces pass as they came."""
