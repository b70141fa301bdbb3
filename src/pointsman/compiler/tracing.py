"""Tracing: whose headers carry traces, what is sampled, and which collector takes the spans."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from pointsman.model import tracing as given
from pointsman.model.plan import Tracing
from pointsman.model.problem import Problem, Severity

BACKENDS = ("jaeger", "zipkin", "datadog", "otlp")
_ORIGIN = "static configuration"
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_MILLION = 1_000_000
_KILO = 1_000
_PORT = 80
_MOST = 1_000_000
"""Traces per second that a limit may grant."""


def compile_tracing(tracing: given.Tracing | None) -> Tracing | None:
    """What the proxy does about traces; None = nothing."""
    if tracing is None:
        return None
    endpoint = _endpoint((tracing.otlp or given.Otlp()).endpoint)
    host, port, path = endpoint if endpoint is not None else ("", 0, "")
    common = Tracing(
        service=tracing.service_name,
        span_name_limit=max(0, tracing.span_name_limit),
        host=host,
        port=port,
        path=f"{path}/v1/traces",
    )
    match _backend(tracing):
        case "zipkin":
            return _zipkin(tracing.zipkin or given.Zipkin(), common)
        case "datadog":
            return _datadog(tracing.datadog or given.Datadog(), common)
        case "otlp":
            return common
        case _:
            return _jaeger(tracing.jaeger or given.Jaeger(), common)


def tracing_problems(tracing: given.Tracing | None) -> tuple[Problem, ...]:
    """What to know about tracing at the start."""
    if tracing is None:
        return ()
    backend, endpoint = _backend(tracing), (tracing.otlp or given.Otlp()).endpoint
    found = []
    if tracing.backend and tracing.backend not in BACKENDS:
        known = ", ".join(f"`{name}`" for name in BACKENDS)
        message = f"is no backend of tracing, and `{backend}` is used"
        found.append(_problem("backend", message, value=tracing.backend, remedy=f"write one of {known}"))
    if _endpoint(endpoint) is None:
        message = "cannot be sent to, and spans are dropped; only `http` is spoken yet"
        found.append(
            _problem("otlp.endpoint", message, value=endpoint, remedy="name a collector as `http://host:port`")
        )
    elif backend != "otlp":
        message = f"has its headers honoured, but spans go by OTLP to {endpoint}"
        found.append(_problem(backend, message, remedy="set `tracing.otlp.endpoint` to a collector's"))
    if backend == "jaeger" and (word := (tracing.jaeger or given.Jaeger()).sampling_type) not in _SAMPLING:
        message = "is not followed, and every trace is sampled"
        remedy = "write `const`, `probabilistic` or `ratelimiting`"
        found.append(_problem("jaeger.samplingType", message, value=word, remedy=remedy))
    found += [
        _problem(
            key, "is no name of a header, and 1.7's default is used", value=name, remedy="write letters and hyphens"
        )
        for key, name in _header_names(tracing, backend)
        if name and not _TOKEN.fullmatch(name)
    ]
    tag = tracing.datadog.global_tag if backend == "datadog" and tracing.datadog is not None else ""
    if tag and not _tag(tag):
        found.append(_problem("datadog.globalTag", "is no tag", value=tag, remedy="write `key:value`"))
    return tuple(found)


_SAMPLING = ("const", "probabilistic", "ratelimiting")


def _backend(tracing: given.Tracing) -> str:
    if tracing.backend in BACKENDS:
        return tracing.backend
    others = (tracing.jaeger, tracing.zipkin, tracing.datadog)
    only_otlp = tracing.otlp is not None and all(section is None for section in others)
    return "otlp" if only_otlp and not tracing.backend else "jaeger"


def _jaeger(jaeger: given.Jaeger, common: Tracing) -> Tracing:
    param = jaeger.sampling_param
    per_million, per_kilosecond = _MILLION, 0
    match jaeger.sampling_type:
        case "const" if param == 0:
            per_million = 0
        case "probabilistic":
            per_million = round(min(max(0.0, param), 1.0) * _MILLION)
        case "ratelimiting":
            per_kilosecond = round(min(max(0.0, param), _MOST) * _KILO)
            per_million = _MILLION if per_kilosecond else 0
    return msgspec.structs.replace(
        common,
        propagation="jaeger",
        trace_header=_name(jaeger.trace_context_header_name, "uber-trace-id"),
        sampled_per_million=per_million,
        most_per_kilosecond=per_kilosecond,
    )


def _zipkin(zipkin: given.Zipkin, common: Tracing) -> Tracing:
    return msgspec.structs.replace(common, propagation="zipkin", id128=zipkin.id128_bit, same_span=zipkin.same_span)


def _datadog(datadog: given.Datadog, common: Tracing) -> Tracing:
    return msgspec.structs.replace(
        common,
        propagation="datadog",
        trace_header=_name(datadog.trace_id_header_name, "x-datadog-trace-id"),
        parent_header=_name(datadog.parent_id_header_name, "x-datadog-parent-id"),
        priority_header=_name(datadog.sampling_priority_header_name, "x-datadog-sampling-priority"),
        attributes=_tag(datadog.global_tag),
    )


def _header_names(tracing: given.Tracing, backend: str) -> Iterator[tuple[str, str]]:
    if backend == "jaeger" and (jaeger := tracing.jaeger) is not None:
        yield "jaeger.traceContextHeaderName", jaeger.trace_context_header_name
    if backend == "datadog" and (datadog := tracing.datadog) is not None:
        yield "datadog.traceIDHeaderName", datadog.trace_id_header_name
        yield "datadog.parentIDHeaderName", datadog.parent_id_header_name
        yield "datadog.samplingPriorityHeaderName", datadog.sampling_priority_header_name


def _name(given: str, default: str) -> str:
    return given if _TOKEN.fullmatch(given) else default


def _tag(text: str) -> dict[str, str]:
    key, colon, value = text.partition(":")
    return {key: value} if key and colon else {}


def _endpoint(url: str) -> tuple[str, int, str] | None:
    """Host, port and path of a URL that spans can be sent to."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    printable = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme != "http" or not host or not printable or parts.query or parts.fragment or parts.username:
        return None
    return (f"[{host}]" if ":" in host else host), port or _PORT, parts.path.rstrip("/").removesuffix("/v1/traces")


def _problem(key: str, message: str, *, value: str = "", remedy: str = "") -> Problem:
    return Problem(
        object=f"tracing.{key}",
        origin=_ORIGIN,
        value=value[:200],
        message=message,
        remedy=remedy,
        severity=Severity.WARNING,
    )
