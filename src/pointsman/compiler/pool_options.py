"""What few pools have: cookies, breakers, limits, health checks, buffering, flush interval."""

import hashlib
import re

import msgspec

from pointsman.compiler import sources
from pointsman.compiler.conditions import Conditions
from pointsman.compiler.health_checks import compile_health_check
from pointsman.compiler.report import Report
from pointsman.model.dynamic import Backend
from pointsman.model.dynamic import Buffering as DynamicBuffering
from pointsman.model.plan import Buffering, Condition, MaxConnections, PoolOptions, Sticky
from pointsman.model.values import parse_duration_or_seconds
from pointsman.rules import RuleFault, breaker_condition, retry_condition

_INT64_MAX = 2**63 - 1
_MS = 1_000_000
_FLUSH_MS = 100
_MEMORY = Buffering().memory_request_bytes
"""The very object: the encoder knows defaults by identity."""
_OLD_COOKIE = "_TRAEFIK_BACKEND"
_STRANGE = re.compile(r"[^A-Za-z0-9!#$%&'*+\-.^`|~]")
_SAME_SITE = {"none": "none", "lax": "lax", "strict": "strict", "": ""}
_OUT = "the backend is out of use"
_DEFAULTS = PoolOptions()


class Broken(msgspec.Struct, frozen=True):
    """compat(1.7): a bad value here takes out every frontend that uses the backend."""


def compile_pool_options(
    name: str, backend: Backend, conditions: Conditions, report: Report
) -> PoolOptions | Broken | None:
    """All options of a backend; None when all of them are the defaults."""
    if not _has_any(backend):
        return None
    breaker = _breaker(backend, report)
    max_connections = _max_connections(backend, report)
    buffering = _buffering(backend.buffering, report)
    flush_ms = _flush_ms(backend, report)
    sticky = _sticky(name, backend, report)
    health_check = compile_health_check(backend.health_check, conditions, report)
    if isinstance(breaker, Broken) or isinstance(max_connections, Broken):
        return Broken()
    if isinstance(buffering, Broken) or isinstance(flush_ms, Broken):
        return Broken()
    options = PoolOptions(
        sticky=sticky,
        breaker=breaker,
        max_connections=max_connections,
        health_check=health_check,
        buffering=buffering,
        flush_ms=flush_ms,
    )
    return options if options != _DEFAULTS else None


def _has_any(backend: Backend) -> bool:
    """Few backends have any: the others cost nothing."""
    balancer = backend.load_balancer
    given = (backend.circuit_breaker, backend.max_conn, backend.health_check, backend.buffering)
    if any(each is not None for each in given) or backend.response_forwarding is not None:
        return True
    return balancer is not None and (balancer.sticky or balancer.stickiness is not None)


def cookie_name(backend: str) -> str:
    """compat(1.7): of a backend whose cookie has no name of its own."""
    digest = hashlib.sha1(f"{_OLD_COOKIE}_{backend}".encode("utf-8", "replace"), usedforsecurity=False)
    return "_" + digest.hexdigest()[:5]


def _sticky(name: str, backend: Backend, report: Report) -> Sticky | None:
    balancer = backend.load_balancer
    if balancer is None or (balancer.stickiness is None and not balancer.sticky):
        return None
    given = balancer.stickiness
    if given is None:
        return Sticky(cookie=_OLD_COOKIE)
    same_site = _SAME_SITE.get(given.same_site)
    if same_site is None:
        remedy = "write `none`, `lax` or `strict`"
        message = "is left out of the cookie, which has no such value"
        report.warning("loadBalancer.stickiness.sameSite", message, value=given.same_site, remedy=remedy)
    cookie = _STRANGE.sub("_", given.cookie_name) if given.cookie_name else cookie_name(name)
    return Sticky(cookie=cookie, secure=given.secure, http_only=given.http_only, same_site=same_site or "")


def _breaker(backend: Backend, report: Report) -> Condition | Broken | None:
    expression = backend.circuit_breaker.expression if backend.circuit_breaker is not None else ""
    parsed = breaker_condition(expression) if expression else None
    return _expression("circuitBreaker.expression", expression, parsed, report)


def _expression(key: str, text: str, parsed: Condition | RuleFault | None, report: Report) -> Condition | Broken | None:
    if isinstance(parsed, RuleFault):
        message = f"at character {parsed.position + 1}: {parsed.message}: {_OUT}"
        report.error(key, message, value=text, remedy=parsed.remedy)
        return Broken()
    return parsed


def _max_connections(backend: Backend, report: Report) -> MaxConnections | Broken | None:
    given = backend.max_conn
    if given is None or given.amount == 0:
        return None
    source = sources.source(given.extractor_func)
    if source is None:
        message = f"nothing can be counted by this: {_OUT}"
        report.error("maxConn.extractorFunc", message, value=given.extractor_func, remedy=sources.REMEDY)
    if not 0 < given.amount <= _INT64_MAX:
        message = f"would let no request pass: {_OUT}"
        report.error("maxConn.amount", message, value=str(given.amount), remedy="write a positive number, or 0 for off")
        return Broken()
    return Broken() if source is None else MaxConnections(amount=given.amount, source=source)


def _buffering(given: DynamicBuffering | None, report: Report) -> Buffering | Broken | None:
    if given is None:
        return None
    sizes = {
        "maxRequestBodyBytes": given.max_request_body_bytes,
        "memRequestBodyBytes": given.mem_request_body_bytes,
        "maxResponseBodyBytes": given.max_response_body_bytes,
        "memResponseBodyBytes": given.mem_response_body_bytes,
    }
    wrong = {key: size for key, size in sizes.items() if not 0 <= size <= _INT64_MAX}
    for key, size in wrong.items():
        report.error(
            f"buffering.{key}", f"is no size: {_OUT}", value=str(size), remedy="write bytes, or 0 for no limit"
        )
    expression = given.retry_expression
    parsed = retry_condition(expression) if expression else None
    retry = _expression("buffering.retryExpression", expression, parsed, report)
    if wrong or isinstance(retry, Broken):
        return Broken()
    return Buffering(
        max_request_bytes=given.max_request_body_bytes,
        memory_request_bytes=_memory(given.mem_request_body_bytes),
        max_response_bytes=given.max_response_body_bytes,
        memory_response_bytes=_memory(given.mem_response_body_bytes),
        retry=retry,
    )


def _memory(size: int) -> int:
    return _MEMORY if size in (0, _MEMORY) else size


def _flush_ms(backend: Backend, report: Report) -> int | Broken:
    """compat(1.7): an interval that is not positive means the default."""
    text = backend.response_forwarding.flush_interval if backend.response_forwarding is not None else ""
    if not text:
        return _FLUSH_MS
    try:
        interval = parse_duration_or_seconds(text)
    except ValueError as error:
        report.error("responseForwarding.flushInterval", f"{error}: {_OUT}", value=text, remedy="write e.g. `100ms`")
        return Broken()
    return -(-interval // _MS) if interval > 0 else _FLUSH_MS
