"""Points as StatsD, Datadog and InfluxDB take them, under the names that Traefik 1.7 pushes."""

import re

from pointsman.observability.push.samples import Labels, Point

_PREFIX = "traefik."
_FAILURES = "config.reload.total.failure"
_COMMON = {
    "traefik_backend_request_duration_seconds": ("timing", "backend.request.duration"),
    "traefik_backend_retries_total": ("counter", "backend.retries.total"),
    "traefik_backend_open_connections": ("gauge", "backend.connections.open"),
    "traefik_backend_server_up": ("gauge", "backend.server.up"),
    "traefik_entrypoint_request_duration_seconds": ("timing", "entrypoint.request.duration"),
    "traefik_entrypoint_open_connections": ("gauge", "entrypoint.connections.open"),
    "traefik_config_reloads_total": ("counter", "config.reload.total"),
    "traefik_config_reloads_failure_total": ("counter", _FAILURES),
    "traefik_config_last_reload_success": ("gauge", "config.reload.lastSuccessTimestamp"),
    "traefik_config_last_reload_failure": ("gauge", "config.reload.lastFailureTimestamp"),
}
STATSD = {
    **_COMMON,
    "traefik_backend_requests_total": ("counter", "backend.request.total"),
    "traefik_entrypoint_requests_total": ("counter", "entrypoint.request.total"),
}
"""Kind and name, by name on the proxy's page."""
DATADOG = {
    **STATSD,
    "traefik_backend_retries_total": ("counter", "backend.retries"),
    "traefik_config_reloads_failure_total": ("counter", _FAILURES),
}
INFLUXDB = {
    **_COMMON,
    "traefik_backend_requests_total": ("counter", "backend.requests.total"),
    "traefik_entrypoint_requests_total": ("counter", "entrypoint.requests.total"),
}

_KINDS = {"counter": "c", "gauge": "g", "timing": "ms"}
_UNSAFE = re.compile(r"[|#,\s]")
_ESCAPED = re.compile(r"([,= \\])")


def statsd(point: Point) -> str:
    """A line; StatsD knows no labels."""
    return f"{_PREFIX}{point.name}:{_number(point.value)}|{_KINDS[point.kind]}{_rate(point)}"


def datadog(point: Point) -> str:
    """A line with the labels as tags."""
    kind = "h" if point.kind == "timing" else _KINDS[point.kind]
    failed = point.name == _FAILURES
    name, labels = ("config.reload.total", (("failure", "true"),)) if failed else (point.name, point.labels)
    tags = ",".join(f"{label}:{_UNSAFE.sub('_', value)}" for label, value in labels)
    return f"{_PREFIX}{name}:{_number(point.value)}|{kind}{_rate(point)}" + (f"|#{tags}" if tags else "")


def influxdb(point: Point) -> str:
    """A line of the line protocol, without a time."""
    tags = "".join(f",{name}={_ESCAPED.sub(_escape, value)}" for name, value in _shown(point.labels))
    value = (
        f"mean={point.value!r},count={point.count}i" if point.kind == "timing" else f"{_field(point)}={point.value!r}"
    )
    return f"{_PREFIX}{point.name}{tags} {value}"


def _shown(labels: Labels) -> Labels:
    return tuple((name, value) for name, value in labels if value)


def _escape(found: re.Match[str]) -> str:
    return "\\" + found[1]


def _field(point: Point) -> str:
    return "count" if point.kind == "counter" else "value"


def _rate(point: Point) -> str:
    """One observation stands for `count`."""
    return f"|@{1 / point.count:.9g}" if point.kind == "timing" and point.count > 1 else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.9g}"
