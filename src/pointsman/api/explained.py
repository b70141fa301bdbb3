"""Parts of plan and configuration as steps that read well: a name and its settings."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pointsman.api import traefik
from pointsman.api.documents import Step
from pointsman.model.dynamic import Backend, Frontend
from pointsman.model.plan import Header, Host, HostRegexp, Matcher, Path, PathExact, PathPrefix, PathSegments, Query

_FRONTEND_STEPS = {
    "redirect": "redirect",
    "whiteList": "whiteList",
    "whitelistSourceRange": "whiteList",
    "auth": "auth",
    "headers": "headers",
    "ratelimit": "rateLimit",
    "passTLSCert": "passTLSCert",
    "passTLSClientCert": "passTLSClientCert",
    "errors": "errorPages",
}
"""Keys of 1.7's document that are middlewares, in the order in which a request meets them."""
_BACKEND_STEPS = ("loadBalancer", "healthCheck", "circuitBreaker", "maxConn", "buffering", "forwardingResponse")


def middlewares(frontend: Frontend) -> list[Step]:
    """The frontend's, without secrets."""
    shown = traefik.frontend(frontend, ())
    steps = [Step(name=name, settings=flat(shown[key])) for key, name in _FRONTEND_STEPS.items() if key in shown]
    if frontend.basic_auth and frontend.auth is None:
        steps.append(Step(name="auth", settings={"basic.users": f"{len(frontend.basic_auth)} given"}))
    return steps


def options(backend: Backend) -> list[Step]:
    """How a backend treats its servers."""
    shown = traefik.backend(backend)
    return [Step(name=key, settings=flat(shown[key])) for key in _BACKEND_STEPS if key in shown]


def matcher(one: Matcher) -> Step:
    """A matcher, in the words of the rule language where it has them."""
    name = type(one).__name__
    match one:
        case Host():
            return Step(name=name, settings={"is": ", ".join(one.hosts)})
        case HostRegexp() | Path() | PathPrefix():
            return Step(name=name, settings={"is": ", ".join(pattern.source for pattern in one.patterns)})
        case PathExact() | PathSegments():
            return Step(name=name, settings={"is": one.path})
        case Query():
            return Step(name=name, settings={pair.key: pair.regex or "any" for pair in one.pairs})
        case Header():
            return Step(name=name, settings={pair.name: pair.value or f"~ {pair.regex}" for pair in one.pairs})
        case _:
            return Step(name=name, settings={"is": ", ".join(one.methods)})


def plan_step(one: msgspec.Struct) -> Step:
    """A path modifier of the plan; nothing in one is secret."""
    return Step(name=type(one).__name__, settings=flat(msgspec.to_builtins(one), skip="type"))


def flat(value: Any, *, skip: str = "") -> dict[str, str]:
    """A nested document as `a.b` to text."""
    return {key or "is": text for key, text in _leaves(value, "") if key != skip}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        yield path, ", ".join(str(item) for item in value)
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    elif value is not None:
        yield path, str(value)


def hosts(matchers: tuple[Matcher, ...]) -> str:
    """All hosts of the rules, in lower case, to search in."""
    found = [host for one in matchers if isinstance(one, Host) for host in one.hosts]
    found += [p.source.lower() for one in matchers if isinstance(one, HostRegexp) for p in one.patterns]
    return "\n".join(found)


def paths(matchers: tuple[Matcher, ...]) -> str:
    """All paths of the rules, in lower case, to search in."""
    found = [one.path for one in matchers if isinstance(one, PathExact | PathSegments)]
    found += [p.source for one in matchers if isinstance(one, Path | PathPrefix) for p in one.patterns]
    return "\n".join(found).lower()
