"""The one table of annotations, and how a key is found: prefixes and legacy names, the first that is present counts."""

import difflib
import enum
from collections.abc import Iterable, Mapping

import msgspec

PREFIX = "ingress.kubernetes.io/"
TRAEFIK_PREFIX = "traefik.ingress.kubernetes.io/"
CLASS_KEY = "kubernetes.io/ingress.class"
SERVERS_KEY = "pointsman.io/servers"
"""Read in manifests mode only: addresses of a Service's servers, comma-separated `host:port`."""


class Kind(enum.StrEnum):
    """Syntax of a value."""

    BOOL = "bool"
    INTEGER = "integer"
    TEXT = "text"
    LIST = "list"
    MAP = "map"
    YAML = "yaml"


class State(enum.StrEnum):
    """Whether the annotation reaches the configuration."""

    IMPLEMENTED = "implemented"
    UNSUPPORTED = "unsupported"


class On(enum.StrEnum):
    """The object that carries the annotation."""

    INGRESS = "Ingress"
    SERVICE = "Service"


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table."""

    name: str
    """Without prefix."""
    kind: Kind
    default: str = ""
    """For the reference page; what holds without the annotation."""
    legacy: str = ""
    """The whole key of Traefik 1.5 and before."""
    on: On = On.INGRESS
    state: State = State.IMPLEMENTED
    meaning: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that gives it, in order of precedence."""
        legacy = (self.legacy,) if self.legacy else ()
        if self.name == "sticky":
            return legacy
        return (PREFIX + self.name, TRAEFIK_PREFIX + self.name, *legacy)


def _ingress(name: str, kind: Kind, meaning: str, legacy: str = "", *, default: str = "") -> Annotation:
    return Annotation(name=name, kind=kind, meaning=meaning, legacy=legacy, default=default)


def _service(name: str, kind: Kind, meaning: str, legacy: str = "", *, default: str = "") -> Annotation:
    return Annotation(name=name, kind=kind, meaning=meaning, legacy=legacy, default=default, on=On.SERVICE)


B, I, T, L, M, Y = Kind.BOOL, Kind.INTEGER, Kind.TEXT, Kind.LIST, Kind.MAP, Kind.YAML  # noqa: E741 - columns below

TABLE: tuple[Annotation, ...] = (
    _ingress("frontend-entry-points", L, "entry points that serve it", "traefik.frontend.entryPoints"),
    _ingress("priority", I, "replaces the priority by rule length", "traefik.frontend.priority", default="0"),
    _ingress("preserve-host", B, "pass the client's Host", "traefik.frontend.passHostHeader", default="true"),
    _ingress("pass-tls-cert", B, "use the entry point's certificates upstream", "traefik.frontend.passTLSCert"),
    _ingress("pass-client-tls-cert", Y, "client certificate facts as request headers"),
    _ingress("rule-type", T, "how a path is matched", "traefik.frontend.rule.type", default="PathPrefix"),
    _ingress("request-modifier", T, "AddPrefix, ReplacePath or ReplacePathRegex"),
    _ingress("rewrite-target", T, "replaces the matched path"),
    _ingress("app-root", T, "redirect of / to a path"),
    _ingress("redirect-entry-point", T, "redirect to an entry point", "traefik.frontend.redirect.entrypoint"),
    _ingress("redirect-permanent", B, "301/308 instead of 302/307", default="false"),
    _ingress("redirect-regex", T, "redirect by regular expression", "traefik.frontend.redirect.regex"),
    _ingress("redirect-replacement", T, "target of redirect-regex", "traefik.frontend.redirect.replacement"),
    _ingress("protocol", T, "http, https or h2c upstream", default="http"),
    _ingress("service-weights", Y, "percentage of requests by service"),
    _ingress("whitelist-source-range", L, "addresses and ranges that may pass"),
    _ingress("whitelist-x-forwarded-for", B, "white list reads X-Forwarded-For", default="false"),
    _ingress("rate-limit", Y, "rates by source"),
    _ingress("error-pages", Y, "pages of another backend for error codes"),
    _ingress("auth-type", T, "basic, digest or forward"),
    _ingress("auth-secret", T, "Secret with the user lines"),
    _ingress("auth-realm", T, "traefik; no other value is accepted", default="traefik"),
    _ingress("auth-header-field", T, "request header that receives the user name"),
    _ingress("auth-remove-header", B, "drop Authorization upstream", default="false"),
    _ingress("auth-url", T, "address of the forward-auth server"),
    _ingress("auth-trust-headers", B, "trust X-Forwarded-* towards the auth server", default="false"),
    _ingress("auth-response-headers", L, "headers copied from the auth answer"),
    _ingress("auth-tls-secret", T, "client certificate for the auth server"),
    _ingress("auth-tls-insecure", B, "skip verification of the auth server", default="false"),
    _ingress("custom-request-headers", M, "headers set on requests"),
    _ingress("custom-response-headers", M, "headers set on responses"),
    _ingress("ssl-proxy-headers", M, "headers that mean TLS"),
    _ingress("allowed-hosts", L, "hosts that may be asked for"),
    _ingress("proxy-headers", L, "headers that may carry the host"),
    _ingress("ssl-redirect", B, "redirect to https", default="false"),
    _ingress("ssl-temporary-redirect", B, "ssl-redirect with 302", default="false"),
    _ingress("ssl-host", T, "host of ssl-redirect"),
    _ingress("ssl-force-host", B, "redirect other hosts to ssl-host", default="false"),
    _ingress("hsts-max-age", I, "Strict-Transport-Security, seconds", default="0"),
    _ingress("hsts-include-subdomains", B, "includeSubDomains", default="false"),
    _ingress("hsts-preload", B, "preload", default="false"),
    _ingress("force-hsts", B, "Strict-Transport-Security without TLS too", default="false"),
    _ingress("frame-deny", B, "X-Frame-Options: DENY", default="false"),
    _ingress("custom-frame-options-value", T, "X-Frame-Options"),
    _ingress("content-type-nosniff", B, "X-Content-Type-Options: nosniff", default="false"),
    _ingress("browser-xss-filter", B, "X-XSS-Protection: 1; mode=block", default="false"),
    _ingress("custom-browser-xss-value", T, "X-XSS-Protection"),
    _ingress("content-security-policy", T, "Content-Security-Policy"),
    _ingress("public-key", T, "Public-Key-Pins"),
    _ingress("referrer-policy", T, "Referrer-Policy"),
    _ingress("is-development", B, "switch most security headers off", default="false"),
    _service("load-balancer-method", T, "wrr or drr", "traefik.backend.loadbalancer.method", default="wrr"),
    _service("affinity", B, "sticky cookie", "traefik.backend.loadbalancer.stickiness", default="false"),
    _service("session-cookie-name", T, "name of the cookie", "traefik.backend.loadbalancer.stickiness.cookieName"),
    _service("session-secure", B, "Secure on the cookie", default="false"),
    _service("session-http-only", B, "HttpOnly on the cookie", default="false"),
    _service("session-same-site", T, "none, lax or strict"),
    _service("sticky", T, "cookie _TRAEFIK_BACKEND (deprecated)", "traefik.backend.loadbalancer.sticky"),
    _service("circuit-breaker-expression", T, "when to stop asking", "traefik.backend.circuitbreaker"),
    _service("max-conn-amount", I, "concurrent requests by source", default="-1"),
    _service("max-conn-extractor-func", T, "client.ip, request.host or request.header.X"),
    _service("buffering", Y, "whole-message buffering"),
    _service("responseforwarding-flushinterval", T, "flush interval", default="100ms"),
)


def _index(on: On) -> Mapping[str, tuple[str, int]]:
    rows = (row for row in TABLE if row.on is on)
    return {key: (row.name, rank) for row in rows for rank, key in enumerate(row.keys)}


_BY_KEY: Mapping[On, Mapping[str, tuple[str, int]]] = {on: _index(on) for on in On}
KINDS: Mapping[str, Kind] = {row.name: row.kind for row in TABLE}


class Found(msgspec.Struct, frozen=True, gc=False):
    """The key under which an annotation was given, and its text."""

    key: str
    value: str


def resolve(annotations: Mapping[str, str], on: On) -> Mapping[str, Found]:
    """By name without prefix: the key that counts among those present. Presence counts, not content."""
    index = _BY_KEY[on]
    found: dict[str, Found] = {}
    ranks: dict[str, int] = {}
    for key, value in annotations.items():
        row = index.get(key)
        if row is not None and row[1] < ranks.get(row[0], 99):
            found[row[0]] = Found(key, value)
            ranks[row[0]] = row[1]
    return found


def ingress_class(annotations: Mapping[str, str]) -> Found | None:
    """The class annotation, or None."""
    for key in (CLASS_KEY, "traefik." + CLASS_KEY):
        if key in annotations:
            return Found(key, annotations[key])
    return None


def strange(annotations: Mapping[str, str], on: On) -> Iterable[tuple[str, str]]:
    """Keys in Traefik's own name space that aren't read on this object, each with a hint (a likely name, or empty)."""
    index = _BY_KEY[on]
    for key in annotations:
        if key in index or not key.startswith("traefik.") or key.endswith(CLASS_KEY):
            continue
        other = next((side for side in On if key in _BY_KEY[side]), None)
        if other is not None:
            yield key, f"move it to the {other}"
            continue
        near = difflib.get_close_matches(key, index, n=1, cutoff=0.85)
        yield key, f"did you mean {near[0]}?" if near else ""
