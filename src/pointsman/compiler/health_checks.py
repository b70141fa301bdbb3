"""Health checks of backends."""

from pointsman.compiler.conditions import Conditions
from pointsman.compiler.header_edits import header_edits, is_field_value
from pointsman.compiler.report import Report
from pointsman.model.dynamic import HealthCheck as DynamicHealthCheck
from pointsman.model.plan import HealthCheck
from pointsman.model.values import parse_duration_or_seconds

_MS = 1_000_000
_INTERVAL_MS = HealthCheck(path="/").interval_ms
"""The very object: the encoder knows defaults by identity."""
_SCHEMES = {"": "", "http": "http", "https": "https"}


def compile_health_check(
    given: DynamicHealthCheck | None, conditions: Conditions, report: Report
) -> HealthCheck | None:
    """None without a path, as in 1.7. What is wrong falls back to the server's own, and to the global interval."""
    if given is None or not given.path:
        return None
    scheme = _SCHEMES.get(given.scheme.lower())
    if scheme is None:
        message = "checks speak http or https: the server's own scheme is used"
        report.error("healthCheck.scheme", message, value=given.scheme, remedy="write `http` or `https`")
    return HealthCheck(
        path=_path(given.path, report),
        scheme=scheme or "",
        port=_port(given.port, report),
        hostname=_hostname(given.hostname, report),
        headers=header_edits("healthCheck.headers", given.headers, report),
        interval_ms=_interval_ms(given.interval, conditions, report),
    )


def _path(path: str, report: Report) -> str:
    """A request target: what may not stand in one is percent-encoded."""
    encoded = "".join(char if "!" <= char <= "~" and char != "#" else _encoded(char) for char in path)
    if encoded != path:
        message = "has characters that a request line may not have: they are encoded"
        report.warning("healthCheck.path", message, value=path, remedy=f"write `{encoded[:100]}`")
    return encoded if encoded.startswith("/") else f"/{encoded}"


def _encoded(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))


def _port(port: int, report: Report) -> int:
    if 0 <= port <= 65_535:
        return port
    message = "is out of range: the server's own port is used"
    report.error("healthCheck.port", message, value=str(port), remedy="write a port from 1 to 65535")
    return 0


def _hostname(name: str, report: Report) -> str:
    if all("!" <= char <= "~" for char in name) and is_field_value(name):
        return name
    report.error("healthCheck.hostname", "is no host name: the server's own is used", value=name)
    return ""


def _interval_ms(text: str, conditions: Conditions, report: Report) -> int:
    interval = _interval(text, conditions, report)
    return _INTERVAL_MS if interval == _INTERVAL_MS else interval


def _interval(text: str, conditions: Conditions, report: Report) -> int:
    """compat(1.7): a bad interval, or one that is not positive, means the global one."""
    if not text:
        return conditions.health_interval_ms
    try:
        interval = parse_duration_or_seconds(text)
        message = "is not positive"
    except ValueError as error:
        interval, message = 0, str(error)
    if interval > 0:
        return -(-interval // _MS)
    remedy = "write a duration such as `10s`"
    report.error("healthCheck.interval", f"{message}: the global interval is used", value=text, remedy=remedy)
    return conditions.health_interval_ms
