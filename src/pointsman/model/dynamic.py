"""Dynamic configuration: the user's words (frontends, backends, servers), as every provider yields them.

Field names are Traefik 1.7's in snake_case; `rename` gives the camelCase of its TOML and JSON. Durations are integers
in nanoseconds. `None` means "not given". Shapes: Traefik 1.7 file provider and API.
"""

from collections.abc import Mapping

import msgspec

from pointsman.model.options import Duration, Internal, Listed, Secret
from pointsman.model.problem import Problem


class Dyn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of every dynamic struct: immutable, compared by value, camelCase outside."""


class Server(Dyn, frozen=True, kw_only=True):
    """One address of a backend."""

    url: str
    """`scheme://host[:port]`; scheme is http, https or h2c; a path is ignored."""
    weight: int = 1
    """Share relative to the other servers; 0 counts as 1 unless `allowMinWeightZero`."""


class Stickiness(Dyn, frozen=True, kw_only=True):
    """Cookie that ties a client to a server."""

    cookie_name: str = ""
    secure: bool = False
    http_only: bool = False
    same_site: str = ""


class LoadBalancer(Dyn, frozen=True, kw_only=True):
    """How a backend's servers share the requests."""

    method: str = "wrr"
    sticky: bool = False
    stickiness: Stickiness | None = None


class CircuitBreaker(Dyn, frozen=True, kw_only=True):
    """Expression that opens the breaker, e.g. `NetworkErrorRatio() > 0.5`."""

    expression: str = ""


class MaxConn(Dyn, frozen=True, kw_only=True):
    """Limit of concurrent requests per source."""

    amount: int = 0
    extractor_func: str = ""


class HealthCheck(Dyn, frozen=True, kw_only=True):
    """Active check of a backend's servers."""

    scheme: str = ""
    path: str = ""
    port: int = 0
    interval: str = ""
    hostname: str = ""
    headers: dict[str, str] = {}


class Buffering(Dyn, frozen=True, kw_only=True):
    """Whole-message buffering; sizes in bytes."""

    max_request_body_bytes: int = 0
    mem_request_body_bytes: int = 0
    max_response_body_bytes: int = 0
    mem_response_body_bytes: int = 0
    retry_expression: str = ""


class ResponseForwarding(Dyn, frozen=True, kw_only=True):
    """How often a response is flushed while it is copied."""

    flush_interval: str = ""


class Backend(Dyn, frozen=True, kw_only=True):
    """A pool of servers with its balancer options."""

    servers: dict[str, Server] = {}
    circuit_breaker: CircuitBreaker | None = None
    load_balancer: LoadBalancer | None = None
    max_conn: MaxConn | None = None
    health_check: HealthCheck | None = None
    buffering: Buffering | None = None
    response_forwarding: ResponseForwarding | None = None


class RouteRule(Dyn, frozen=True, kw_only=True):
    """One named rule of a frontend; all rules of a frontend must match."""

    rule: str
    literal: Internal[bool] = False
    """Ours: the rule is one `Name:argument` whose argument is taken as it is, never split or read as a template."""


class ClientTls(Dyn, frozen=True, kw_only=True):
    """TLS towards a forward-auth server. PEM path or content."""

    ca: str = ""
    """Authorities of the server's certificate."""
    ca_optional: bool = False
    """The client's certificate may be absent."""
    cert: str = ""
    """Our certificate."""
    key: Secret[str] = ""
    """Its key."""
    insecure_skip_verify: bool = False
    """Accept any certificate of the server."""


class BasicAuth(Dyn, frozen=True, kw_only=True):
    """User lines `name:hash`."""

    users: Secret[tuple[str, ...]] = ()
    """`name:hash`, one per user."""
    users_file: str = ""
    """File with such lines; they win over `users`."""
    remove_header: bool = False
    """Do not pass `Authorization` on."""


class DigestAuth(Dyn, frozen=True, kw_only=True):
    """User lines `name:realm:HA1`."""

    users: Secret[tuple[str, ...]] = ()
    """`name:realm:HA1`, one per user."""
    users_file: str = ""
    """File with such lines; they win over `users`."""
    remove_header: bool = False
    """Do not pass `Authorization` on."""


class ForwardAuth(Dyn, frozen=True, kw_only=True):
    """An external server decides."""

    address: str = ""
    """URL that is asked about every request."""
    tls: ClientTls | None = None
    """TLS towards it."""
    trust_forward_header: bool = False
    """Pass the client's X-Forwarded-* headers on to it."""
    auth_response_headers: tuple[str, ...] = ()
    """Headers of its answer that are added to the request."""


class Auth(Dyn, frozen=True, kw_only=True):
    """Authentication of a frontend or entry point; precedence basic, digest, forward."""

    header_field: str = ""
    """Request header that receives the user's name."""
    basic: BasicAuth | None = None
    """HTTP Basic."""
    digest: DigestAuth | None = None
    """HTTP Digest."""
    forward: ForwardAuth | None = None
    """An external server decides."""


class WhiteList(Dyn, frozen=True, kw_only=True):
    """Client addresses that may pass: addresses or CIDR ranges."""

    source_range: tuple[str, ...] = ()
    """Addresses and CIDR ranges."""
    use_x_forwarded_for: bool = msgspec.field(default=False, name="useXForwardedFor")
    """Look at the addresses in X-Forwarded-For, too."""


class Redirect(Dyn, frozen=True, kw_only=True):
    """Redirect to an entry point, or by regular expression over the whole URL."""

    entry_point: str = ""
    """Same URL on this entry point; wins over `regex`."""
    regex: str = ""
    """Regular expression over the whole URL."""
    replacement: str = ""
    """The new URL; `$1` is the first group."""
    permanent: bool = False
    """301 instead of 302."""


class ErrorPage(Dyn, frozen=True, kw_only=True):
    """Replaces answers with these codes (`500` or `500-599`) by a page of another backend."""

    status: tuple[str, ...] = ()
    backend: str = ""
    query: str = ""


class Rate(Dyn, frozen=True, kw_only=True):
    """Token bucket: `average` per `period`, `burst` deep."""

    period: Duration = 0
    average: int = 0
    burst: int = 0


class RateLimit(Dyn, frozen=True, kw_only=True):
    """Rates per source."""

    rate_set: dict[str, Rate] = {}
    extractor_func: str = ""


class Headers(Dyn, frozen=True, kw_only=True):
    """Custom and security headers."""

    custom_request_headers: dict[str, str] = {}
    custom_response_headers: dict[str, str] = {}
    allowed_hosts: tuple[str, ...] = ()
    hosts_proxy_headers: tuple[str, ...] = ()
    ssl_redirect: bool = False
    ssl_temporary_redirect: bool = False
    ssl_host: str = ""
    ssl_force_host: bool = False
    ssl_proxy_headers: dict[str, str] = {}
    sts_seconds: int = msgspec.field(default=0, name="stsSeconds")
    sts_include_subdomains: bool = False
    sts_preload: bool = False
    force_sts_header: bool = msgspec.field(default=False, name="forceSTSHeader")
    frame_deny: bool = False
    custom_frame_options_value: str = ""
    content_type_nosniff: bool = False
    browser_xss_filter: bool = msgspec.field(default=False, name="browserXSSFilter")
    custom_browser_xss_value: str = msgspec.field(default="", name="customBrowserXSSValue")
    content_security_policy: str = ""
    public_key: str = ""
    referrer_policy: str = ""
    is_development: bool = False


class TlsCertificateNames(Dyn, frozen=True, kw_only=True):
    """Which distinguished-name parts are passed upstream."""

    country: bool = False
    province: bool = False
    locality: bool = False
    organization: bool = False
    common_name: bool = False
    serial_number: bool = False
    domain_component: bool = False


class TlsCertificateInfos(Dyn, frozen=True, kw_only=True):
    """Which certificate facts are passed upstream."""

    not_after: bool = False
    not_before: bool = False
    sans: bool = False
    subject: TlsCertificateNames | None = None
    issuer: TlsCertificateNames | None = None


class PassTlsClientCert(Dyn, frozen=True, kw_only=True):
    """Client certificate headers."""

    pem: bool = False
    infos: TlsCertificateInfos | None = None


class Frontend(Dyn, frozen=True, kw_only=True):
    """Rules, request middlewares and the backend they lead to."""

    entry_points: tuple[str, ...] = ()
    """Empty: the default entry points."""
    backend: str = ""
    routes: dict[str, RouteRule] = {}
    pass_host_header: bool = False
    pass_tls_cert: bool = msgspec.field(default=False, name="passTLSCert")
    pass_tls_client_cert: PassTlsClientCert | None = msgspec.field(default=None, name="passTLSClientCert")
    priority: int = 0
    """> 0 replaces the computed priority (sum of the rules' byte lengths)."""
    basic_auth: Secret[tuple[str, ...]] = ()
    whitelist_source_range: tuple[str, ...] = ()
    white_list: WhiteList | None = None
    headers: Headers | None = None
    errors: dict[str, ErrorPage] = {}
    rate_limit: RateLimit | None = msgspec.field(default=None, name="ratelimit")
    redirect: Redirect | None = None
    auth: Auth | None = None
    computed_priority: Internal[int] = 0
    """Ours: > 0 replaces the rule-length priority where none is configured (Kubernetes pathType Prefix and Exact)."""
    tie: Internal[int] = 0
    """Ours: order among equal priorities, higher first; then provider and frontend name, ascending."""
    origin: Internal[str] = ""
    """Ours: the object that made it, e.g. `Ingress default/cheeses` or `rules.toml:14`. Not part of 1.7's JSON."""
    labels: Internal[tuple[tuple[str, str], ...]] = ()
    """Ours: names and values of what figures about it are told apart by, beside its own name."""
    refuse: Internal[str] = ""
    """Ours: non-empty = the match stays in force but answers 404, because an access rule is broken; says which one."""


class CertificateFiles(Dyn, frozen=True, kw_only=True):
    """A key pair: PEM paths or content."""

    cert_file: str = ""
    """Certificate and its chain."""
    key_file: Secret[str] = ""
    """Private key."""


class TlsEntry(Dyn, frozen=True, kw_only=True):
    """A certificate and the entry points it serves (empty: the default entry points)."""

    entry_points: tuple[str, ...] = ()
    certificate: CertificateFiles | None = None


class Dynamic(Dyn, frozen=True, kw_only=True):
    """Everything one provider says."""

    frontends: dict[str, Frontend] = {}
    backends: dict[str, Backend] = {}
    tls: Listed[dict[str, TlsEntry]] = {}
    problems: Internal[tuple[Problem, ...]] = ()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider publishes: only what is different from its last Change; `None` removes.

    A provider's first Change, even an empty one, says "I have reported once".
    """

    frontends: Mapping[str, Frontend | None] = {}
    backends: Mapping[str, Backend | None] = {}
    tls: Mapping[str, TlsEntry | None] = {}
    problems: Mapping[str, tuple[Problem, ...]] = {}
    """By object (`Problem.object` or any stable key of the provider's): replaces that object's list; `()` clears it."""

    def __bool__(self) -> bool:
        return bool(self.frontends or self.backends or self.tls or self.problems)
