"""What a user can ask for and the proxy does not execute yet: each is named, and access rules close the route."""

import msgspec

from pointsman.compiler.report import Report
from pointsman.model.dynamic import Backend, Frontend, Headers

_HEADERS_DONE = frozenset({"custom_request_headers", "custom_response_headers", "allowed_hosts"})
_HEADERS_MODIFIERS = frozenset({"hosts_proxy_headers", "is_development", "ssl_proxy_headers", "ssl_host"})
"""These change what others do and do nothing on their own."""

_CLOSED = "is not supported yet: the frontend answers 404 rather than without it"
_OPEN = "is not supported yet: requests pass without it"


def report_backend(backend: Backend, report: Report) -> None:
    """Names the backend's options that are not in force."""
    balancer = backend.load_balancer
    given = {
        "circuitBreaker": backend.circuit_breaker is not None and bool(backend.circuit_breaker.expression),
        "loadBalancer.sticky": balancer is not None and balancer.sticky,
        "loadBalancer.stickiness": balancer is not None and balancer.stickiness is not None,
        "maxConn": backend.max_conn is not None and backend.max_conn.amount != 0,
        "healthCheck": backend.health_check is not None and bool(backend.health_check.path),
        "buffering": backend.buffering is not None,
        "responseForwarding": backend.response_forwarding is not None,
    }
    _report_open(given, report)


def report_frontend(frontend: Frontend, report: Report) -> None:
    """Names the frontend's options that are not in force and restrict nobody."""
    given = {
        "errors": bool(frontend.errors),
        "ratelimit": frontend.rate_limit is not None and bool(frontend.rate_limit.rate_set),
        "redirect": frontend.redirect is not None,
        "passTLSCert": frontend.pass_tls_cert,
        "passTLSClientCert": frontend.pass_tls_client_cert is not None,
    }
    _report_open(given, report)
    if frontend.headers is not None:
        _report_open({f"headers.{key}": True for key in _security_fields(frontend.headers)}, report)


def closing_option(frontend: Frontend, report: Report) -> str | None:
    """The first access rule of the frontend that cannot be enforced, also reported; None when there is none."""
    headers = frontend.headers
    given = {
        "auth": frontend.auth is not None,
        "basicAuth": bool(frontend.basic_auth),
        "headers.allowedHosts": headers is not None and bool(headers.allowed_hosts) and not headers.is_development,
    }
    closing = [key for key, present in given.items() if present]
    for key in closing:
        report.error(key, _CLOSED)
    return closing[0] if closing else None


def _report_open(given: dict[str, bool], report: Report) -> None:
    for key, present in given.items():
        if present:
            report.error(key, _OPEN)


def _security_fields(headers: Headers) -> list[str]:
    skipped = _HEADERS_DONE | _HEADERS_MODIFIERS
    return [
        field.encode_name
        for field in msgspec.structs.fields(Headers)
        if field.name not in skipped and getattr(headers, field.name)
    ]
