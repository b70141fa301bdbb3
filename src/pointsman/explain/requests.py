"""Requests that are asked about: from a URL and curl's options, or from lines of the JSON access log."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pointsman.model.plan import EntryPoint, Question

_COMMON = re.compile(r'\S+ \S+ .+? \[[^\]]+\] "')
"""How a line of the common log format begins."""


class RequestError(Exception):
    """It is no request; says what is wrong and the remedy."""


def from_url(url: str, *, method: str, headers: Sequence[str], entry_point: str) -> Question:
    """`http://host/path?query`, or `/path` beside a Host header. Raises RequestError."""
    if not url.startswith("/") and "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise RequestError(f"{url!r} is no URL: {error}") from error
    host, fields = parts.netloc.rpartition("@")[2], list[tuple[str, str]]()
    for line in headers:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise RequestError(f"{line!r} is no header; write it as `Name: value`")
        if name.strip().lower() == "host":
            host = value.strip()
        else:
            fields.append((name.strip().lower(), value.strip()))
    if not parts.path.startswith("/") and parts.path:
        raise RequestError(f"{url!r} is no URL; write http://host/path, or /path with -H 'Host: NAME'")
    if not host and not url.startswith("/"):
        raise RequestError(f"{url!r} names no host; write http://host/path, or /path with -H 'Host: NAME'")
    return Question(
        entry_point=entry_point,
        method=method.upper(),
        host=host,
        path=parts.path or "/",
        query=parts.query,
        headers=tuple(fields),
    )


def entry_point_of(url: str, host: str, points: Mapping[str, EntryPoint], default: str) -> str:
    """The entry point that listens on the port of the Host field, or else of the URL's scheme; `default` if none."""
    port = host.rpartition(":")[2] if ":" in host.rpartition("]")[2] else ("443" if url.startswith("https:") else "80")
    return next((name for name, point in points.items() if point.address.rpartition(":")[2] == port), default)


def check_entry_point(name: str, points: Iterable[str]) -> None:
    """Raises RequestError when there is none of this name."""
    known = sorted(points)
    if name not in known:
        raise RequestError(f"there is no entry point {name!r}; there are {', '.join(known)}")


def from_log(line: str, entry_point: str) -> Question:
    """A line of the JSON access log, of Traefik 1.7 or ours. Raises RequestError."""
    try:
        said = json.loads(line)
    except ValueError as error:
        hint = (
            '; the common format does not tell the host: set accessLog.format = "json"' if _COMMON.match(line) else ""
        )
        raise RequestError(f"is no JSON{hint}") from error
    if not isinstance(said, dict) or not isinstance(said.get("RequestPath"), str):
        raise RequestError("is no line of a JSON access log: it has no RequestPath")
    path, _, query = said["RequestPath"].partition("?")
    return Question(
        entry_point=_text(said, "entryPointName") or entry_point,
        method=_text(said, "RequestMethod") or "GET",
        host=_text(said, "RequestAddr") or _text(said, "RequestHost"),
        path=path if path.startswith("/") else f"/{path}",
        query=query,
        headers=tuple(_headers(said)),
    )


def from_logs(lines: Iterable[str], entry_point: str) -> Iterator[tuple[int, Question | RequestError]]:
    """Each line's number, and its request or what is wrong with it; blank lines are passed over."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, from_log(line, entry_point)
        except RequestError as error:
            yield number, error


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _headers(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in said.items():
        if key.startswith("request_") and isinstance(value, str):
            yield key.removeprefix("request_").lower(), value
