"""Steps between a route's match and its pool."""

from pointsman.model.plan.edits import HeaderEdit
from pointsman.model.plan.nodes import Node, Tagged


class IpAllowList(Tagged, frozen=True, kw_only=True):
    """403 unless the client's address lies in a range (Traefik `whiteList`)."""

    source_range: tuple[str, ...]
    use_x_forwarded_for: bool = False


class Headers(Tagged, frozen=True, kw_only=True):
    """Custom headers: on the request before it is forwarded, on the upstream's answer before it is returned."""

    request: tuple[HeaderEdit, ...] = ()
    response: tuple[HeaderEdit, ...] = ()


class StatusRange(Node, frozen=True, kw_only=True):
    """Status codes from `first` to `last`, both included."""

    first: int
    last: int


class ErrorPage(Node, frozen=True, kw_only=True):
    """What stands in for an answer with one of these codes."""

    statuses: tuple[StatusRange, ...]
    pool: str
    """Key in `Plan.pools` of the servers that have the page."""
    pass_host: bool = False
    """The page is asked for with the Host `0.0.0.0`; else with the server's."""
    query: str
    """Path and query of the page; `{status}` is replaced."""


class ErrorPages(Tagged, frozen=True, kw_only=True):
    """Answers with certain codes are replaced; the first page that fits counts (Traefik `errors`)."""

    pages: tuple[ErrorPage, ...]


class RedirectEntryPoint(Tagged, frozen=True, kw_only=True):
    """Redirects to the same URL on another entry point."""

    entry_point: str
    """Its name: requests that came in there already are not redirected."""
    scheme: str
    """`http` or `https`."""
    port: int
    """Always written out, as 1.7 does."""
    permanent: bool = False


class RedirectRegex(Tagged, frozen=True, kw_only=True):
    """Redirects when the regex matches somewhere in `scheme://host/path?query`: all matches are replaced."""

    regex: str
    """RE2 syntax."""
    replacement: str
    """`$1`, `${name}`; then a Go template of which `{{ .Request.Header.Get "NAME" }}` and the like are supported."""
    permanent: bool = False


class SecurityHeaders(Tagged, frozen=True, kw_only=True):
    """Traefik `headers` but for the custom ones; fields as there. `is_development` is applied when this is made."""

    allowed_hosts: tuple[str, ...] = ()
    """Any letter case; others are answered 500 `Bad Host`."""
    hosts_proxy_headers: tuple[str, ...] = ()
    """The first of these that is not empty stands in for Host, for `allowed_hosts` and `ssl_host`."""
    ssl_redirect: bool = False
    ssl_temporary_redirect: bool = False
    ssl_host: str = ""
    ssl_force_host: bool = False
    ssl_proxy_headers: tuple[HeaderEdit, ...] = ()
    """Any of these with this very value means TLS."""
    sts: str = ""
    """Value of Strict-Transport-Security; empty = none."""
    force_sts: bool = False
    """Without TLS, too."""
    public_key: str = ""
    """Public-Key-Pins, on TLS alone."""
    response: tuple[HeaderEdit, ...] = ()
    """Fields set on every upstream answer, before the custom ones: frame options, nosniff and so on. `$NONCE` in
    Content-Security-Policy is replaced for each."""


class BasicAuth(Tagged, frozen=True, kw_only=True):
    """401 unless the request carries the name and password of a user."""

    users: tuple[str, ...]
    """`name:hash` (apr1, bcrypt, SHA); a secret."""
    header_field: str = ""
    """Request header set to the user's name."""
    remove_header: bool = False
    """Authorization is not passed on."""


class DigestAuth(Tagged, frozen=True, kw_only=True):
    """The same with HTTP Digest (MD5, qop auth)."""

    users: tuple[str, ...]
    """`name:realm:HA1`; a secret."""
    header_field: str = ""
    remove_header: bool = False


class ClientTls(Node, frozen=True, kw_only=True):
    """TLS towards a forward-auth server; PEM paths or content."""

    ca: str = ""
    cert: str = ""
    key: str = ""
    """A secret."""
    insecure_skip_verify: bool = False


class ForwardAuth(Tagged, frozen=True, kw_only=True):
    """Another server decides: 200 to 299 lets the request pass, any other answer is the client's."""

    address: str
    """`scheme://host[:port]/path?query`."""
    trust_forward_header: bool = False
    """The client's X-Forwarded-* are passed on to it."""
    auth_response_headers: tuple[str, ...] = ()
    """Copied from its answer to the request."""
    header_field: str = ""
    tls: ClientTls | None = None


Middleware = (
    IpAllowList
    | Headers
    | ErrorPages
    | RedirectEntryPoint
    | RedirectRegex
    | SecurityHeaders
    | BasicAuth
    | DigestAuth
    | ForwardAuth
)
