"""Parts of plan and configuration as steps that read well: a name and its settings."""

import msgspec

from pointsman.api import traefik
from pointsman.api.documents import Step
from pointsman.explain import words
from pointsman.model.dynamic import Backend, Frontend
from pointsman.model.plan import Host, HostRegexp, Matcher, Path, PathExact, PathPrefix, PathSegments

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
    steps = [Step(name=name, settings=words.flat(shown[key])) for key, name in _FRONTEND_STEPS.items() if key in shown]
    if frontend.basic_auth and frontend.auth is None:
        steps.append(Step(name="auth", settings={"basic.users": f"{len(frontend.basic_auth)} given"}))
    return steps


def options(backend: Backend) -> list[Step]:
    """How a backend treats its servers."""
    shown = traefik.backend(backend)
    return [Step(name=key, settings=words.flat(shown[key])) for key in _BACKEND_STEPS if key in shown]


def matcher(one: Matcher) -> Step:
    """A matcher."""
    return Step(**words.matcher(one)._asdict())


def plan_step(one: msgspec.Struct) -> Step:
    """A path modifier of the plan."""
    return Step(**words.part(one)._asdict())


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
