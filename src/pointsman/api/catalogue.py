"""All routers and backends as documents, kept in step with the configuration: only what changed is made anew."""

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

import msgspec

from pointsman.api import documents as d
from pointsman.api import explained, traefik
from pointsman.api.view import View
from pointsman.model.dynamic import Backend, Frontend
from pointsman.model.plan import Forward, Pool, Refuse, Route, Server
from pointsman.model.problem import Problem

_LISTED_SERVERS = 100
_T = TypeVar("_T")


class Row(msgspec.Struct, Generic[_T], frozen=True, kw_only=True):
    """A document with what it is searched by, in lower case."""

    document: _T
    text: str
    hosts: str = ""
    paths: str = ""


class Catalogue:
    """Rows by name. Asking costs little while nothing changes."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._revision = -1
        self._down: Mapping[str, Mapping[str, str]] = {}
        self._made: dict[tuple[str, str], tuple[tuple[object, ...], Row[d.Router] | Row[d.Backend]]] = {}
        self._routers: list[Row[d.Router]] = []
        self._backends: list[Row[d.Backend]] = []

    @property
    def revision(self) -> int:
        """That of what `routers` and `backends` returned last."""
        return self._revision

    def routers(self) -> list[Row[d.Router]]:
        """Every frontend of every provider."""
        self._follow()
        return self._routers

    def backends(self) -> list[Row[d.Backend]]:
        """Every backend of every provider."""
        self._follow()
        return self._backends

    def detail(self, name: str) -> d.RouterDetail | None:
        """A router's whole way; None if there is no such frontend."""
        provider, _, frontend_name = name.partition("/")
        known = self._view.providers().get(provider)
        frontend = known.frontends.get(frontend_name) if known is not None else None
        if known is None or frontend is None:
            return None
        row = next(row.document for row in self.routers() if row.document.name == name)
        route, pool_name = self._view.routes().get(name), f"{provider}/{frontend.backend}"
        listed = next((row.document for row in self.backends() if row.document.name == pool_name), None)
        pool = self._view.pools().get(pool_name)
        if listed is not None and pool is not None:
            listed = msgspec.structs.replace(listed, servers=_servers(pool, self._down.get(pool_name, {})))
        return d.RouterDetail(
            router=row,
            matchers=[explained.matcher(one) for one in route.matchers] if route is not None else [],
            modifiers=[explained.plan_step(one) for one in route.modifiers] if route is not None else [],
            middlewares=explained.middlewares(frontend),
            pass_host_header=frontend.pass_host_header,
            refusal=route.action.reason if route is not None and isinstance(route.action, Refuse) else "",
            backend=listed,
            configuration=traefik.frontend(frontend, self._view.facts.default_entry_points),
        )

    def _follow(self) -> None:
        if self._revision == self._view.revision:
            return
        self._revision = self._view.revision
        problems = _by_object(self._view.problems())
        self._down = self._view.down()
        old, self._made = self._made, {}
        users: dict[str, int] = {}
        providers = sorted(self._view.providers().items())
        for provider, known in providers:
            for frontend in known.frontends.values():
                key = f"{provider}/{frontend.backend}"
                users[key] = users.get(key, 0) + 1
        self._routers = [
            self._router(old, f"{provider}/{name}", frontend, problems)
            for provider, known in providers
            for name, frontend in sorted(known.frontends.items())
        ]
        self._backends = [
            self._backend(old, f"{provider}/{name}", backend, (users, problems))
            for provider, known in providers
            for name, backend in sorted(known.backends.items())
        ]

    def _router(
        self,
        old: Mapping[tuple[str, str], tuple[tuple[object, ...], object]],
        name: str,
        frontend: Frontend,
        told: "Told",
    ) -> Row[d.Router]:
        provider, _, own = name.partition("/")
        route = self._view.routes().get(name)
        pool = self._view.pools().get(f"{provider}/{frontend.backend}")
        problems = told.of(f"frontend {own}", {frontend.origin or provider}) + told.of(frontend.origin, None)
        source = (frontend, route, pool, problems)
        known = old.get(("router", name))
        if known is not None and _same(known[0], source):
            self._made["router", name] = known  # type: ignore[assignment]
            return known[1]  # type: ignore[return-value]
        row = _router_row(name, source, self._view.facts.default_entry_points)
        self._made["router", name] = (source, row)
        return row

    def _backend(
        self,
        old: Mapping[tuple[str, str], tuple[tuple[object, ...], object]],
        name: str,
        backend: Backend,
        context: tuple[Mapping[str, int], "Told"],
    ) -> Row[d.Backend]:
        users, told = context
        provider, _, own = name.partition("/")
        pool = self._view.pools().get(name)
        down = self._down.get(name, {})
        source = (backend, pool, told.of(f"backend {own}", {provider}), users.get(name, 0), down)
        known = old.get(("backend", name))
        if known is not None and _same(known[0], source):
            self._made["backend", name] = known  # type: ignore[assignment]
            return known[1]  # type: ignore[return-value]
        row = _backend_row(name, source)
        self._made["backend", name] = (source, row)
        return row


class Told:
    """Problems by the object that has them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._by_object: dict[str, list[Problem]] = {}
        for problem in problems:
            self._by_object.setdefault(problem.object, []).append(problem)

    def of(self, name: str, origins: set[str] | None) -> tuple[Problem, ...]:
        """Those of an object, from one of these origins (None: from any)."""
        found = self._by_object.get(name, ()) if name else ()
        return tuple(p for p in found if origins is None or p.origin in origins)


def _by_object(problems: Iterable[Problem]) -> Told:
    return Told(problems)


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return all(a is b or a == b for a, b in zip(one, other, strict=True))


def _router_row(
    name: str,
    source: tuple[Frontend, Route | None, Pool | None, tuple[Problem, ...]],
    default_entry_points: tuple[str, ...],
) -> Row[d.Router]:
    frontend, route, pool, problems = source
    provider, _, own = name.partition("/")
    rules = [route_rule.rule for _, route_rule in sorted(frontend.routes.items())]
    modifiers = [type(one).__name__ for one in route.modifiers] if route is not None else []
    document = d.Router(
        name=name,
        provider=provider,
        frontend=own,
        rules=rules,
        priority=route.priority if route is not None else frontend.priority,
        entry_points=list(frontend.entry_points or default_entry_points),
        backend=frontend.backend,
        servers=sum(server.weight > 0 for server in pool.servers) if pool is not None else 0,
        middlewares=[*modifiers, *(step.name for step in explained.middlewares(frontend))],
        state=_state(route, pool),
        origin=frontend.origin,
        problems=shown(problems),
    )
    urls = (server.url for server in pool.servers[:_LISTED_SERVERS]) if pool is not None else ()
    text = "\n".join((name, *rules, frontend.backend, frontend.origin, *urls)).lower()
    if route is None:
        # Its rules may not be understood: whoever looks for a host must find it all the same.
        words = "\n".join(rules).lower()
        return Row(document=document, text=text, hosts=words, paths=words)
    hosts, paths = explained.hosts(route.matchers), explained.paths(route.matchers)
    return Row(document=document, text=text, hosts=hosts, paths=paths)


def _state(route: Route | None, pool: Pool | None) -> d.State:
    if route is None:
        return "absent"
    if not isinstance(route.action, Forward):
        return "refusing"
    return "active" if pool is not None and pool.servers else "empty"


def _backend_row(
    name: str, source: tuple[Backend, Pool | None, tuple[Problem, ...], int, Mapping[str, str]]
) -> Row[d.Backend]:
    backend, pool, problems, users, down = source
    provider, _, own = name.partition("/")
    servers = _servers(pool, down) if pool is not None else []
    document = d.Backend(
        name=name,
        provider=provider,
        backend=own,
        method=pool.method if pool is not None else "",
        server_count=len(servers),
        servers=servers[:_LISTED_SERVERS],
        options=explained.options(backend),
        routers=users,
        state="absent" if pool is None else "active" if servers else "empty",
        problems=shown(problems),
    )
    urls = (server.url for server in backend.servers.values())
    return Row(document=document, text="\n".join((name, *urls)).lower())


def _servers(pool: Pool, down: Mapping[str, str]) -> list[d.Server]:
    total = sum(server.weight for server in pool.servers if server.url not in down)
    return [_server(one, total, (is_checked(pool), down.get(one.url))) for one in pool.servers]


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


def is_checked(pool: Pool) -> bool:
    """Whether its servers' health is."""
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
