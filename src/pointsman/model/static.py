"""Static configuration: what is fixed while the process runs. One field per option, its documentation below it.

Names and defaults are Traefik 1.7's, except where docs/compatibility.md says otherwise. Options of 1.7 without a
field here are listed in `pointsman.config.unsupported`. Durations are integers in nanoseconds.
"""

from typing import Literal

import msgspec

from pointsman.model.entry_points import EntryPoint
from pointsman.model.options import SECOND, Bytes, Deprecated, Duration, Later, Ours, Secret, Section
from pointsman.model.tracing import Tracing


class LifeCycle(Section, frozen=True, kw_only=True):
    """How the process stops."""

    request_accept_grace_timeout: Duration | None = None
    """How long requests are still accepted after SIGTERM. Default: 5s in a Kubernetes cluster, else 0s."""
    grace_time_out: Duration = 10 * SECOND
    """How long open requests may then take."""


class RespondingTimeouts(Section, frozen=True, kw_only=True):
    """Waiting for clients; 0 = no limit."""

    read_timeout: Duration = 0
    """To read a whole request."""
    write_timeout: Duration = 0
    """To write a whole response."""
    idle_timeout: Duration = 180 * SECOND
    """Between the requests of a kept-alive connection."""
    head_timeout: Ours[Duration] = 60 * SECOND
    """To read the head of a request."""


class ForwardingTimeouts(Section, frozen=True, kw_only=True):
    """Waiting for servers; 0 = no limit."""

    dial_timeout: Duration = 30 * SECOND
    """To connect, name look-up included."""
    response_header_timeout: Duration = 0
    """To receive the head of a response."""


class Limits(Section, frozen=True, kw_only=True):
    """What a client may make us hold."""

    request_line_bytes: Bytes = 8_192
    """Longest request line."""
    head_bytes: Bytes = 65_536
    """Largest request head."""
    fields: int = 128
    """Most header fields of a request."""
    connections: int = 0
    """Most open client connections; 0 = as many as file descriptors allow."""


class Retry(Section, frozen=True, kw_only=True):
    """Send a request again when it did not reach a server."""

    attempts: int = 0
    """Total tries; 0 = the number of servers of the backend."""


class HealthCheck(Section, frozen=True, kw_only=True):
    """Active checks of servers."""

    interval: Duration = 30 * SECOND
    """Default pause between two checks of a server."""


class IngressEndpoint(Section, frozen=True, kw_only=True):
    """What is written into the status of Ingresses."""

    ip: str = ""
    """This address."""
    hostname: str = ""
    """This name."""
    published_service: str = ""
    """The addresses of this Service, `namespace/name`."""


class Kubernetes(Section, frozen=True, kw_only=True):
    """Ingress objects of a Kubernetes cluster."""

    endpoint: str = ""
    """URL of the API server; required outside a cluster unless `kubeconfig` is given."""
    token: Secret[str] = ""
    """Bearer token, outside a cluster only."""
    cert_auth_file_path: str = ""
    """File with the authority of the API server's certificate, outside a cluster only."""
    namespaces: tuple[str, ...] = ()
    """Namespaces to watch; none = all."""
    label_selector: str = ""
    """Label selector of the Ingresses to serve."""
    ingress_class: str = ""
    """Ingress class to serve; empty = `traefik` and Ingresses without one."""
    disable_pass_host_headers: bool = False
    """Send servers their own name as Host unless an Ingress says otherwise."""
    enable_pass_tls_cert: Deprecated[bool] = msgspec.field(default=False, name="enablePassTLSCert")
    """Pass client certificates to servers unless an Ingress says otherwise."""
    throttle_duration: Duration = 0
    """Least time between two updates of the routes."""
    ingress_endpoint: IngressEndpoint | None = None
    """Write this into the status of Ingresses."""
    watch: bool = True
    """Accepted; changes are always followed."""
    manifests: Ours[str] = ""
    """Directory of YAML manifests, or one such file, that is read instead of a cluster."""
    kubeconfig: Ours[str] = ""
    """Kubeconfig file for use outside a cluster."""


class FileProvider(Section, frozen=True, kw_only=True):
    """Frontends and backends from TOML files; an empty section reads them from the main file."""

    filename: str = ""
    """File with frontends and backends."""
    directory: str = ""
    """Directory of such files, with its subdirectories; wins over `filename`."""
    watch: bool = True
    """Follow changes."""


class Statistics(Section, frozen=True, kw_only=True):
    """Recent errors in the API."""

    recent_errors: int = 10
    """How many are kept."""


class Api(Section, frozen=True, kw_only=True):
    """Read-only API, and the dashboard."""

    entry_point: str = "traefik"
    """Entry point that answers it."""
    dashboard: bool = True
    """Serve the dashboard."""
    debug: bool = False
    """Accepted; the global `debug` decides."""
    statistics: Statistics | None = None
    """Show recent errors."""


class Ping(Section, frozen=True, kw_only=True):
    """`/ping`, and `/ready` beside it."""

    entry_point: str = "traefik"
    """Entry point that answers it."""


class Rest(Section, frozen=True, kw_only=True):
    """Frontends and backends by HTTP PUT."""

    entry_point: str = "traefik"
    """Entry point that answers it."""


class Prometheus(Section, frozen=True, kw_only=True):
    """`/metrics` in Prometheus' format."""

    entry_point: str = "traefik"
    """Entry point that answers it."""
    buckets: tuple[float, ...] = (0.1, 0.3, 1.2, 5.0)
    """Upper bounds of the latency histogram, in seconds."""


class Statsd(Section, frozen=True, kw_only=True):
    """Figures pushed over UDP as StatsD takes them."""

    address: str = "localhost:8125"
    """Where to."""
    push_interval: Duration = 10 * SECOND
    """Pause between two pushes."""


class Datadog(Section, frozen=True, kw_only=True):
    """Figures pushed over UDP as Datadog's agent takes them."""

    address: str = "localhost:8125"
    """Where to."""
    push_interval: Duration = 10 * SECOND
    """Pause between two pushes."""


class Influxdb(Section, frozen=True, kw_only=True):
    """Figures pushed as InfluxDB's line protocol."""

    address: str = "localhost:8089"
    """Where to: `host:port` for `udp`, a URL for `http`."""
    protocol: str = "udp"
    """`udp` or `http`."""
    push_interval: Duration = 10 * SECOND
    """Pause between two pushes."""
    database: str = ""
    """Database, for `http`."""
    retention_policy: str = ""
    """Retention policy, for `http`."""
    username: str = ""
    """User, for `http`."""
    password: Secret[str] = ""
    """Password, for `http`."""


class Metrics(Section, frozen=True, kw_only=True):
    """Figures about traffic."""

    prometheus: Prometheus | None = None
    """Serve them in Prometheus' format."""
    datadog: Datadog | None = None
    """Push them to Datadog's agent."""
    statsd: Statsd | None = None
    """Push them to StatsD."""
    influxdb: Influxdb | None = None
    """Push them to InfluxDB."""


class AccessLogFilters(Section, frozen=True, kw_only=True):
    """Which requests get a line; any filter that fits suffices."""

    status_codes: tuple[str, ...] = ()
    """Codes and ranges: `200`, `300-302`."""
    retry_attempts: bool = False
    """Requests that were tried again."""
    min_duration: Duration = 0
    """Requests that took longer."""


class FieldHeaders(Section, frozen=True, kw_only=True):
    """Which headers a JSON line has."""

    default_mode: str = "keep"
    """`keep`, `drop` or `redact`."""
    names: dict[str, str] = {}
    """Mode of a header, by canonical name."""


class AccessLogFields(Section, frozen=True, kw_only=True):
    """Which fields a line has."""

    default_mode: str = "keep"
    """`keep` or `drop`."""
    names: dict[str, str] = {}
    """Mode of a field, by name."""
    headers: FieldHeaders | None = None
    """Mode of headers."""


class AccessLog(Section, frozen=True, kw_only=True):
    """One line per request."""

    file_path: str = ""
    """File to write; empty = standard output."""
    format: str = "common"
    """`common` or `json`."""
    buffering_size: int = 0
    """Lines that shall find room while nothing can be written; there is room for some thousands anyway."""
    filters: AccessLogFilters | None = None
    """Which requests get a line."""
    fields: AccessLogFields | None = None
    """Which fields a line has."""


class TraefikLog(Section, frozen=True, kw_only=True):
    """The program's own log."""

    file_path: str = ""
    """File to write; empty = standard output."""
    format: str = "common"
    """`common` or `json`."""


class Web(Section, frozen=True, kw_only=True):
    """API, ping and metrics on one address, as in older versions of Traefik."""

    address: str = ":8080"
    """Address of the entry point `traefik`."""
    path: Later[str] = ""
    """Prefix of all internal paths."""
    cert_file: Later[str] = ""
    """Certificate of the entry point."""
    key_file: Later[str] = ""
    """Key of the entry point."""
    read_only: bool = False
    """Accepted; without `[rest]` nobody can change anything over HTTP."""
    statistics: Statistics | None = None
    """Show recent errors."""
    metrics: Metrics | None = None
    """Serve metrics."""


class Static(Section, frozen=True, kw_only=True):
    """The whole static configuration."""

    config_file: str = ""
    # Once loaded: the file that was read; empty when there was none.
    """TOML file to read, or a directory with a `traefik.toml`."""
    debug: bool = False
    """Log at DEBUG unless `logLevel` is given."""
    log_level: str = ""
    """DEBUG, INFO, WARN, ERROR, FATAL or PANIC. Default: ERROR."""
    default_entry_points: tuple[str, ...] = ()
    """Entry points of frontends that name none. Default: http."""
    providers_throttle_duration: Duration = 0
    """Least time between two updates by one provider."""
    max_idle_conns_per_host: int = 200
    """Idle connections kept to each server."""
    keep_trailing_slash: bool = False
    """Tell paths with and without a trailing slash apart instead of redirecting."""
    allow_min_weight_zero: bool = False
    """A server of weight 0 gets nothing, instead of counting as weight 1."""
    insecure_skip_verify: Later[bool] = False
    """Accept any certificate of servers."""
    root_cas: Later[tuple[str, ...]] = msgspec.field(default=(), name="rootCAs")
    """Authorities of servers' certificates, instead of the system's: PEM paths or content."""
    constraints: tuple[str, ...] = ()
    """Accepted; Kubernetes, files and REST know no tags, in Traefik 1.7 neither."""
    check_new_version: bool = False
    """Accepted; Pointsman never asks for newer versions."""
    send_anonymous_usage: bool = False
    """Accepted; Pointsman never sends figures about its use."""
    threads: Ours[int] = 0
    """Threads of the proxy; 0 = as many as cores are usable."""
    state_dir: Ours[str] = ""
    """Directory for what survives a restart; empty = none."""
    security: Ours[Literal["default", "strict"]] = "default"
    """`strict` prefers safety where Traefik 1.7 is lenient; see docs/compatibility.md."""
    grace_time_out: Deprecated[Duration] = 0
    """Same as `lifeCycle.graceTimeOut`, and wins over it."""
    idle_timeout: Deprecated[Duration] = 0
    """Same as `respondingTimeouts.idleTimeout`, and wins over it."""
    access_logs_file: Deprecated[str] = ""
    """Same as `accessLog.filePath`, and wins over it."""
    traefik_logs_file: Deprecated[str] = ""
    """Same as `traefikLog.filePath`, which wins over it."""

    entry_points: dict[str, EntryPoint] = {}
    """Where we listen."""
    life_cycle: LifeCycle = LifeCycle()
    """How the process stops."""
    responding_timeouts: RespondingTimeouts = RespondingTimeouts()
    """Waiting for clients; 0 = no limit."""
    forwarding_timeouts: ForwardingTimeouts = ForwardingTimeouts()
    """Waiting for servers; 0 = no limit."""
    limits: Ours[Limits] = Limits()
    """What a client may make us hold."""
    retry: Retry | None = None
    """Send a request again when it did not reach a server."""
    health_check: HealthCheck | None = None
    """Active checks of servers."""
    file: FileProvider | None = None
    """Frontends and backends from TOML files."""
    kubernetes: Kubernetes | None = None
    """Ingress objects of a Kubernetes cluster."""
    rest: Rest | None = None
    """Frontends and backends by HTTP PUT."""
    api: Api | None = None
    """Read-only API, and the dashboard."""
    ping: Ping | None = None
    """`/ping`, and `/ready` beside it."""
    metrics: Metrics | None = None
    """Figures about traffic."""
    tracing: Tracing | None = None
    """A span of each request, and headers that carry traces on."""
    access_log: AccessLog | None = None
    """One line per request."""
    traefik_log: TraefikLog | None = None
    """The program's own log."""
    web: Deprecated[Web | None] = None
    """API, ping and metrics on one address, as in older versions of Traefik."""
