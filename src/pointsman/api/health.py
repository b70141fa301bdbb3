"""The document of `/health`, as 1.7 writes it."""

import datetime
import http
import math
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from pointsman.model.plan import RecentError, Stats

_UNITS = ((3_600_000_000_000, "h"), (60_000_000_000, "m"))


def document(stats: Stats, window: Mapping[int, int], *, pid: int, recent_errors: int | None) -> dict[str, Any]:
    """`window`: requests by status of the current second; `recent_errors`: how many are shown, None = no such key."""
    codes = {code: count for code, count in sorted(stats.codes.items()) if code}
    total = sum(codes.values())
    spent_ns = stats.micros * 1000
    average_ns = spent_ns // total if total else 0
    shown: dict[str, Any] = {
        "pid": pid,
        "hostname": "",  # compat(1.7): always empty.
        "uptime": duration(stats.uptime_ms * 1_000_000),
        "uptime_sec": seconds(stats.uptime_ms * 1_000_000),
        "time": _now(stats.uptime_ms),
        "unixtime": int(time.time()),
        "status_code_count": {str(code): count for code, count in sorted(window.items())},
        "total_status_code_count": {str(code): count for code, count in codes.items()},
        "count": sum(window.values()),
        "total_count": total,
        "total_response_time": duration(spent_ns),
        "total_response_time_sec": seconds(spent_ns),
        "total_response_size": stats.bytes,
        "average_response_size": stats.bytes // total if total else 0,
        "average_response_time": duration(average_ns),
        "average_response_time_sec": seconds(average_ns),
        "total_metrics_counts": {},
        "average_metrics_timers": {},
    }
    if recent_errors is not None:
        shown["recent_errors"] = [_error(error) for error in stats.errors[: max(0, recent_errors)]]
    return shown


def since(stats: Stats, before: Mapping[int, int]) -> dict[int, int]:
    """Requests by status after those of `before`; all of them when the proxy is another one."""
    gained = Counter({code: count for code, count in stats.codes.items() if code})
    if all(stats.codes.get(code, 0) >= count for code, count in before.items()):
        gained.subtract(before)
    return {code: count for code, count in gained.items() if count > 0}


def _error(error: RecentError) -> dict[str, Any]:
    at = datetime.datetime.fromtimestamp(error.unix_us // 1_000_000).astimezone()
    return {
        "status_code": error.status,
        "status": phrase(error.status),
        "method": error.method,
        "host": error.host,
        "path": unquote(error.path),
        "time": f"{at:%Y-%m-%dT%H:%M:%S}{_fraction(error.unix_us % 1_000_000 * 1000)}{_offset(at, ':') or 'Z'}",
    }


def phrase(status: int) -> str:
    """A status' standard text; empty when it has none."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


def duration(nanoseconds: int) -> str:
    """Go's way to write a duration: `1h2m3.5s`, `1.5ms`, `0s`."""
    if nanoseconds < 1_000_000_000:
        for size, unit in ((1_000_000, "ms"), (1_000, "µs"), (1, "ns")):
            if nanoseconds >= size:
                return f"{_decimal(nanoseconds, size)}{unit}"
        return "0s"
    text, rest, written = "", nanoseconds, False
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        written = written or count > 0
        text += f"{count}{unit}" if written else ""
    return f"{text}{_decimal(rest, 1_000_000_000)}s"


def seconds(nanoseconds: int) -> float | int:
    """Seconds; whole ones without a point, as Go writes them."""
    value = nanoseconds / 1e9
    return int(value) if math.isfinite(value) and value == int(value) else value


def _decimal(value: int, unit: int) -> str:
    whole, rest = divmod(value, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


def _now(uptime_ms: int) -> str:
    """Go's `time.Now().String()`, with its monotonic reading."""
    ns = time.time_ns()
    at = datetime.datetime.fromtimestamp(ns // 1_000_000_000).astimezone()
    monotonic = f"m=+{uptime_ms // 1000}.{uptime_ms % 1000:03d}000000"
    offset = _offset(at, "") or "+0000"
    return f"{at:%Y-%m-%d %H:%M:%S}{_fraction(ns % 1_000_000_000)} {offset} {at.tzname()} {monotonic}"


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""


def _offset(at: datetime.datetime, colon: str) -> str:
    offset = at.strftime("%z")
    return "" if offset == "+0000" else f"{offset[:3]}{colon}{offset[3:]}"
