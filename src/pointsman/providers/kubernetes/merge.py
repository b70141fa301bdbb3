"""Contributions of several Ingresses to one frontend and backend. Pure; the order of the contributions decides."""

from collections.abc import Callable, Iterable

import msgspec

from pointsman.model.dynamic import Backend, Frontend, RouteRule, Server
from pointsman.model.problem import Problem, Severity
from pointsman.providers.kubernetes.ingress import Contribution
from pointsman.providers.kubernetes.naming import DEFAULT_BACKEND, DEFAULT_FRONTEND
from pointsman.providers.kubernetes.rules import Routes
from pointsman.providers.kubernetes.servers import ENDPOINTS_KEY, Servers, ServerSource
from pointsman.providers.kubernetes.services import PLAIN

Serve = Callable[[ServerSource], Servers]
Options = Callable[[tuple[str, str]], Backend | None]
"""Backend options of a service by (namespace, name); None when the service doesn't exist."""

_SHOWN = 200


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """The contributions of one base name that take part, the first one makes the frontend."""

    members: tuple[Contribution, ...] = ()
    problems: tuple[Problem, ...] = ()


def frontend_name(base: str) -> str:
    """Name of the frontend of a base; only the default backend's differ."""
    return DEFAULT_FRONTEND if base == DEFAULT_BACKEND else base


def select(base: str, contributions: Iterable[Contribution], options: Options, strict: bool) -> Merged:
    """Leaves out paths whose service is missing, and those that may not join the frontend of the first."""
    members: list[Contribution] = []
    problems: list[Problem] = []
    for one in contributions:
        if one.frontend is None or one.source is None:
            continue
        if options(one.source.place) is None:
            problems.append(_missing_service(one.frontend, one.source, base))
            continue
        if members:
            if not one.joins:
                continue
            if one.namespace != members[0].namespace:
                problems.append(_foreign(one.frontend, members[0], base, strict))
                if strict:
                    continue
        members.append(one)
    return Merged(members=tuple(members), problems=tuple(problems))


def merge_frontend(members: tuple[Contribution, ...]) -> Frontend | None:
    """Settings of the first, host rules of the first, path rules of the last."""
    if not members or members[0].frontend is None:
        return None
    paths: dict[str, Routes] = {}
    hosts: dict[str, RouteRule] = {}
    for one in members:
        if one.path_routes:
            paths[one.path] = one.path_routes
        if one.host_route:
            hosts.setdefault(*one.host_route)
    routes = dict(rule for named in paths.values() for rule in named)
    routes.update({name: rule for name, rule in hosts.items() if name not in routes})
    return msgspec.structs.replace(members[0].frontend, routes=routes)


def merge_backend(members: tuple[Contribution, ...], options: Options, serve: Serve) -> tuple[Backend, list[Problem]]:
    """Options of the last service, servers of all; a refused frontend gets none."""
    made = PLAIN
    found: dict[str, Server] = {}
    problems: list[Problem] = []
    for one in members:
        if one.source is None or one.frontend is None:
            continue
        made = options(one.source.place) or made
        servers = serve(one.source)
        found.update(servers.servers)
        if servers.fault:
            problems.append(_no_servers(one.frontend, servers))
    if members and members[0].frontend is not None and members[0].frontend.refuse:
        found = {}
    return (msgspec.structs.replace(made, servers=found) if found else made), problems


def _missing_service(frontend: Frontend, source: ServerSource, base: str) -> Problem:
    return Problem(
        object=frontend.origin,
        origin="kubernetes",
        key="backend",
        value=source.service,
        message=f"Service {source.namespace}/{source.service} does not exist: {base[:_SHOWN]!r} is not routed",
        remedy="create the Service or correct its name",
    )


def _foreign(frontend: Frontend, first: Contribution, base: str, strict: bool) -> Problem:
    owner = first.frontend.origin if first.frontend else first.namespace
    outcome = "is refused, the oldest keeps it" if strict else "shares its servers with it"
    return Problem(
        object=frontend.origin,
        origin="kubernetes",
        key="host and path",
        value=base[:_SHOWN],
        message=f"{owner} of another namespace has the same host and path: this one {outcome}",
        remedy="use another host or path",
        severity=Severity.ERROR if strict else Severity.WARNING,
    )


def _no_servers(frontend: Frontend, servers: Servers) -> Problem:
    return Problem(
        object=frontend.origin,
        origin="kubernetes",
        key=servers.key or "backend",
        message=servers.fault,
        remedy=servers.remedy,
        severity=Severity.WARNING if servers.key == ENDPOINTS_KEY else Severity.ERROR,
    )
