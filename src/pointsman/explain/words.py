"""Parts of a plan in the user's words: Traefik's names for matchers, and why one does not fit a request."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, assert_never

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
    RateLimit,
)

IS = "is"
"""Key of a setting that needs no name."""
_SECRETS = frozenset({"users", "tls"})
"""Fields of middlewares that are never shown."""


class Worded(NamedTuple):
    """A part's name, and what it is set to."""

    name: str
    settings: dict[str, str]


def matcher(one: Matcher) -> Worded:
    """A matcher, by the names of the rule language and of Kubernetes' path types."""
    match one:
        case Host():
            return Worded("Host", {IS: ", ".join(one.hosts)})
        case HostRegexp() | Path() | PathPrefix():
            return Worded(type(one).__name__, {IS: ", ".join(pattern.source for pattern in one.patterns)})
        case PathExact():
            return Worded("Path", {IS: one.path, "pathType": "Exact"})
        case PathSegments():
            return Worded("Path", {IS: one.path, "pathType": "Prefix"})
        case Method():
            return Worded("Method", {IS: ", ".join(one.methods)})
        case Query():
            return Worded("Query", {pair.key: pair.regex or "any" for pair in one.pairs})
        case Header():
            by_text = all(pair.regex is None for pair in one.pairs)
            named = {pair.name: pair.value if pair.regex is None else pair.regex for pair in one.pairs}
            return Worded(
                "Headers" if by_text else "HeadersRegexp", {key: text or "any" for key, text in named.items()}
            )
    assert_never(one)


def condition(one: Matcher) -> str:
    """A matcher in a line: `Host:a.test`, `Path:/x (pathType Exact)`, `Headers:X-A=1`."""
    name, settings = matcher(one)
    pairs = [f"{key}={value}" for key, value in settings.items() if key not in (IS, "pathType")]
    kind = f" (pathType {settings['pathType']})" if "pathType" in settings and IS in settings else ""
    return f"{name}:{settings.get(IS, '')}{', '.join(pairs)}{kind}"


def part(one: msgspec.Struct) -> Worded:
    """A modifier or middleware; secrets, and what is as it is by default, left out."""
    if isinstance(one, RateLimit):
        rates = ", ".join(f"{rate.average} in {rate.period_ns / 1e9:g}s (burst {rate.burst})" for rate in one.rates)
        return Worded("RateLimit", {"source": one.source, "rates": rates})
    fields = (field for field in msgspec.structs.fields(one) if field.name not in _SECRETS)
    values = {field.encode_name: getattr(one, field.name) for field in fields if _is_set(one, field)}
    return Worded(type(one).__name__, flat(msgspec.to_builtins(values)))


def step(one: msgspec.Struct) -> str:
    """The same in a line: `StripPrefix prefixes=/x`."""
    name, settings = part(one)
    return " ".join([name, *(key if value == "yes" else f"{key}={value}" for key, value in settings.items())])


def flat(value: Any) -> dict[str, str]:
    """A nested document as `a.b` to text."""
    return {key or IS: text for key, text in _leaves(value, "")}


def why_not(one: Matcher, question: Question) -> str:
    """Why a matcher that was found not to fit does not fit."""
    match one:
        case Host() | HostRegexp():
            return f"the host is {question.host or '(none)'}"
        case Method():
            return f"the method is {question.method}"
        case Path() | PathPrefix() | PathExact() | PathSegments():
            return f"the path is {question.path}"
        case Query():
            return f"the query is {question.query}" if question.query else "there is no query"
        case Header():
            return _headers(one, question)
    assert_never(one)


def hostname(host: str) -> str:
    """A Host field without its port."""
    name, closing, _ = host.partition("]")
    return name + closing if closing else name.partition(":")[0]


def _is_set(one: msgspec.Struct, field: msgspec.structs.FieldInfo) -> bool:
    value = getattr(one, field.name)
    return value != field.default and value not in ((), "", None)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        yield path, ", ".join(_inline(item) for item in value)
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    elif value is not None:
        yield path, str(value)


def _inline(value: Any) -> str:
    """An entry of a list; an edit of a header is `Name: value`."""
    if not isinstance(value, Mapping):
        return str(value)
    if "name" in value and value.keys() <= {"name", "value"}:
        return f"{value['name']}: {value.get('value', '')}"
    return " ".join(f"{key}={text}" for key, text in flat(value).items())


def _headers(one: Header, question: Question) -> str:
    sent = dict(question.headers)
    said = [
        f"{pair.name} is {sent[pair.name.lower()]!r}" if pair.name.lower() in sent else f"there is no {pair.name}"
        for pair in one.pairs
    ]
    return " and ".join(said)
