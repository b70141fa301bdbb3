"""Parts of a plan in the user's words: Traefik's names for matchers, and why one does not fit a request."""

from typing import assert_never

import msgspec

from pointsman.model.plan import (
    Header,
    Host,
    HostRegexp,
    Matcher,
    Method,
    Path,
    PathExact,
    PathPrefix,
    PathSegments,
    Query,
    Question,
)

SECRETS = frozenset({"users", "tls"})
"""Fields of middlewares that are never shown."""


def condition(matcher: Matcher) -> str:
    """A matcher as a rule: `Host:a.test`, `PathPrefix:/x`."""
    match matcher:
        case Host():
            return f"Host:{','.join(matcher.hosts)}"
        case HostRegexp():
            return f"HostRegexp:{_sources(matcher)}"
        case Method():
            return f"Method:{','.join(matcher.methods)}"
        case Path():
            return f"Path:{_sources(matcher)}"
        case PathPrefix():
            return f"PathPrefix:{_sources(matcher)}"
        case PathExact():
            return f"path {matcher.path} (Exact)"
        case PathSegments():
            return f"path {matcher.path} (Prefix)"
        case Query():
            return "Query:" + ",".join(f"{pair.key}={pair.regex or ''}" for pair in matcher.pairs)
        case Header():
            return "Headers:" + ",".join(f"{pair.name},{pair.value or pair.regex or ''}" for pair in matcher.pairs)
    assert_never(matcher)


def why_not(matcher: Matcher, question: Question) -> str:
    """Why a matcher that was found not to fit does not fit."""
    match matcher:
        case Host() | HostRegexp():
            return f"the host is {question.host or '(none)'}"
        case Method():
            return f"the method is {question.method}"
        case Path() | PathPrefix() | PathExact() | PathSegments():
            return f"the path is {question.path}"
        case Query():
            return f"the query is {question.query}" if question.query else "there is no query"
        case Header():
            return _headers(matcher, question)
    assert_never(matcher)


def step(part: msgspec.Struct) -> str:
    """A modifier or middleware with its settings, secrets left out: `strip_prefix /x`."""
    name = str(part.__struct_config__.tag or type(part).__name__)
    fields = (field for field in msgspec.structs.fields(part) if field.name not in SECRETS)
    shown = [_shown(field.name, getattr(part, field.name), field.default) for field in fields]
    return " ".join([name, *(text for text in shown if text)])


def _shown(name: str, value: object, default: object) -> str:
    if value == default or value in ((), "", None):
        return ""
    if isinstance(value, tuple):
        items = [str(msgspec.to_builtins(item)) if isinstance(item, msgspec.Struct) else str(item) for item in value]
        return f"{name}={','.join(items)}"
    return name if value is True else f"{name}={value}"


def _sources(matcher: HostRegexp | Path | PathPrefix) -> str:
    return ",".join(pattern.source for pattern in matcher.patterns)


def _headers(matcher: Header, question: Question) -> str:
    sent = dict(question.headers)
    said = [
        f"{pair.name} is {sent[pair.name.lower()]!r}" if pair.name.lower() in sent else f"there is no {pair.name}"
        for pair in matcher.pairs
    ]
    return " and ".join(said)
