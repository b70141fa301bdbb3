"""Routers and backends as rows of a list: documents, and what they are searched by, made when they are asked for."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from pointsman.api import documents as d
from pointsman.api import explained
from pointsman.model.dynamic import Backend, Frontend
from pointsman.model.plan import Forward, Pool, Route, Server
from pointsman.model.problem import Problem

LISTED = 100
"""Servers of a backend that lists show, and routers that a backend names."""

Down = Mapping[str, str]
"""Servers of one pool that fail their health checks: why, by URL in the plan."""


class RouterSource(NamedTuple):
    """All that a router's row is made of."""

    frontend: Frontend
    route: Route | None
    pool: Pool | None
    problems: tuple[Problem, ...]
    down: Down


class BackendSource(NamedTuple):
    """All that a backend's row is made of."""

    backend: Backend
    pool: Pool | None
    problems: tuple[Problem, ...]
    users: int
    """How many routers lead to it."""
    down: Down


class RouterRow:
    """A frontend, and what became of it."""

    def __init__(self, provider: str, name: str, source: RouterSource, default_entry_points: tuple[str, ...]) -> None:
        self.provider = provider
        self.name = name
        self.source = source
        self._default_entry_points = default_entry_points

    @cached_property
    def document(self) -> d.Router:
        """For lists."""
        frontend, route, pool, problems, down = self.source
        modifiers = [type(one).__name__ for one in route.modifiers] if route is not None else []
        serving = [server for server in pool.servers if server.weight > 0] if pool is not None else []
        return d.Router(
            name=f"{self.provider}/{self.name}",
            provider=self.provider,
            frontend=self.name,
            rules=self._rules,
            priority=route.priority if route is not None else frontend.priority,
            entry_points=list(frontend.entry_points or self._default_entry_points),
            backend=frontend.backend,
            servers=len(serving),
            down=sum(server.url in down for server in serving),
            middlewares=[*modifiers, *(step.name for step in explained.middlewares(frontend))],
            state=_state(route, pool, down),
            origin=frontend.origin,
            problems=shown(problems),
        )

    @cached_property
    def text(self) -> str:
        """Name, rules, backend, origin and servers' addresses, in lower case."""
        frontend, _, pool, _, _ = self.source
        urls = (server.url for server in pool.servers[:LISTED]) if pool is not None else ()
        name = f"{self.provider}/{self.name}"
        return "\n".join((name, *self._rules, frontend.backend, frontend.origin, *urls)).lower()

    @cached_property
    def hosts(self) -> str:
        """Of its rules, in lower case."""
        route = self.source.route
        return explained.hosts(route.matchers) if route is not None else self._words

    @cached_property
    def paths(self) -> str:
        """Of its rules, in lower case."""
        route = self.source.route
        return explained.paths(route.matchers) if route is not None else self._words

    @property
    def _rules(self) -> list[str]:
        return [one.rule for _, one in sorted(self.source.frontend.routes.items())]

    @property
    def _words(self) -> str:
        """Rules may not be understood: whoever looks for a host must find it all the same."""
        return "\n".join(self._rules).lower()


class BackendRow:
    """A backend, and what became of it."""

    def __init__(self, provider: str, name: str, source: BackendSource) -> None:
        self.provider = provider
        self.name = name
        self.source = source

    @cached_property
    def document(self) -> d.Backend:
        """For lists."""
        return self.shown(most=LISTED)

    @cached_property
    def text(self) -> str:
        """Name and servers' addresses, in lower case."""
        urls = (server.url for server in self.source.backend.servers.values())
        return "\n".join((f"{self.provider}/{self.name}", *urls)).lower()

    def shown(self, *, most: int | None = None) -> d.Backend:
        """With so many of its servers, those that are down in front."""
        backend, pool, problems, users, down = self.source
        servers = _servers(pool, down) if pool is not None else []
        return d.Backend(
            name=f"{self.provider}/{self.name}",
            provider=self.provider,
            backend=self.name,
            method=pool.method if pool is not None else "",
            server_count=len(servers),
            down=sum(server.health == "down" for server in servers),
            servers=sorted(servers, key=lambda server: server.health != "down")[:most],
            options=explained.options(backend),
            routers=users,
            state="absent" if pool is None else _condition(pool, down),
            problems=shown(problems),
        )


def _state(route: Route | None, pool: Pool | None, down: Down) -> d.State:
    if route is None:
        return "absent"
    if not isinstance(route.action, Forward):
        return "refusing"
    return "empty" if pool is None else _condition(pool, down)


def _condition(pool: Pool, down: Down) -> d.State:
    if not pool.servers:
        return "empty"
    return "down" if down and all(server.url in down for server in pool.servers) else "active"


def _servers(pool: Pool, down: Down) -> list[d.Server]:
    total = sum(server.weight for server in pool.servers if server.url not in down)
    return [_server(one, total, (_is_checked(pool), down.get(one.url))) for one in pool.servers]


def _server(one: Server, total: int, state: tuple[bool, str | None]) -> d.Server:
    """One with this part of all weights; `state`: whether it is checked, and why it is down."""
    checked, reason = state
    return d.Server(
        name=one.name,
        url=one.url,
        weight=one.weight,
        share=round(one.weight / total, 4) if total and reason is None else 0.0,
        health="" if not checked else "up" if reason is None else "down",
        reason=reason or "",
    )


def _is_checked(pool: Pool) -> bool:
    return pool.options is not None and pool.options.health_check is not None


def shown(problems: Iterable[Problem]) -> list[d.Problem]:
    """Problems as documents."""
    return [
        d.Problem(
            object=one.object,
            origin=one.origin,
            key=one.key,
            value=one.value,
            message=one.message,
            remedy=one.remedy,
            severity="error" if one.severity == "error" else "warning",
        )
        for one in problems
    ]
