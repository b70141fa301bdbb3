"""A request that a route is meant for: made from its matchers' literal parts."""

import re
from typing import assert_never

from pointsman.model.plan import (
    Header,
    Host,
    HostRegexp,
    Method,
    Path,
    PathExact,
    PathPrefix,
    PathSegments,
    Query,
    Question,
    Route,
)

_VARIABLE = re.compile(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


def sample(route: Route) -> Question:
    """The simplest request it looks made for; a regular expression's variables become `x`, so it may not fit."""
    host, path, method, query = "host.invalid", "/", "GET", []
    headers: list[tuple[str, str]] = []
    for matcher in route.matchers:
        match matcher:
            case Host():
                host = matcher.hosts[0] if matcher.hosts else host
            case HostRegexp():
                host = _filled(matcher.patterns[0].source) if matcher.patterns else host
            case Method():
                method = matcher.methods[0] if matcher.methods else method
            case Path() | PathPrefix():
                longest = max((_filled(pattern.source) for pattern in matcher.patterns), key=len, default=path)
                path = longest if len(longest) > len(path) else path
            case PathExact() | PathSegments():
                path = matcher.path
            case Query():
                query += [f"{pair.key}={_plain(pair.regex)}" for pair in matcher.pairs]
            case Header():
                headers += [(pair.name.lower(), pair.value or _plain(pair.regex)) for pair in matcher.pairs]
            case _:
                assert_never(matcher)
    return Question(
        entry_point=route.entry_points[0] if route.entry_points else "",
        method=method,
        host=host,
        path=path,
        query="&".join(query),
        headers=tuple(headers),
    )


def _filled(source: str) -> str:
    return _VARIABLE.sub("x", source)


def _plain(regex: str | None) -> str:
    """The text of an anchored expression without operators; else something."""
    text = (regex or "").removeprefix("^").removesuffix("$")
    return re.sub(r"\\(.)", r"\1", text) if re.fullmatch(r"(?:\\\W|[\w /=-])*", text) else "x"
