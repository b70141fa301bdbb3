"""All routers and backends, kept in step with the configuration: what did not change is not made anew."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from pointsman.api import documents as d
from pointsman.api import explained, traefik
from pointsman.api.rows import LISTED, BackendRow, BackendSource, Down, RouterRow, RouterSource
from pointsman.api.view import Known, View
from pointsman.model.plan import Refuse
from pointsman.model.problem import Problem

_UP: Down = {}


class Catalogue:
    """Rows by name. Asking costs little while nothing changes."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._revision = -1
        self._routers: dict[str, RouterRow] = {}
        self._backends: dict[str, BackendRow] = {}

    @property
    def revision(self) -> int:
        """That of what `routers` and `backends` returned last."""
        return self._revision

    def routers(self) -> Mapping[str, RouterRow]:
        """Every frontend of every provider, by `provider/frontend`, in order."""
        self._follow()
        return self._routers

    def backends(self) -> Mapping[str, BackendRow]:
        """Every backend of every provider, by `provider/backend`, in order."""
        self._follow()
        return self._backends

    def router(self, name: str) -> d.RouterDetail | None:
        """A router's whole way; None if there is no such frontend."""
        row = self.routers().get(name)
        if row is None:
            return None
        frontend, route = row.source.frontend, row.source.route
        listed = self.backends().get(f"{row.provider}/{frontend.backend}")
        return d.RouterDetail(
            router=row.document,
            matchers=[explained.matcher(one) for one in route.matchers] if route is not None else [],
            modifiers=[explained.plan_step(one) for one in route.modifiers] if route is not None else [],
            middlewares=explained.middlewares(frontend),
            pass_host_header=frontend.pass_host_header,
            refusal=route.action.reason if route is not None and isinstance(route.action, Refuse) else "",
            backend=listed.shown() if listed is not None else None,
            configuration=traefik.frontend(frontend, self._view.facts.default_entry_points),
        )

    def backend(self, name: str) -> d.BackendDetail | None:
        """A backend with all its servers; None if there is none of this name."""
        row = self.backends().get(name)
        if row is None:
            return None
        users = (
            key
            for key, router in self.routers().items()
            if router.provider == row.provider and router.source.frontend.backend == row.name
        )
        return d.BackendDetail(
            backend=row.shown(),
            routers=[key for key, _ in zip(users, range(LISTED), strict=False)],
            configuration=traefik.backend(row.source.backend, row.source.down),
        )

    def _follow(self) -> None:
        if self._revision == self._view.revision:
            return
        self._revision = self._view.revision
        told, down = Told(self._view.problems()), self._view.down()
        providers = sorted(self._view.providers().items())
        self._routers = dict(self._followed_routers(providers, told, down))
        self._backends = dict(self._followed_backends(providers, told, down))

    def _followed_routers(
        self, providers: Iterable[tuple[str, Known]], told: "Told", down: Mapping[str, Down]
    ) -> Iterator[tuple[str, RouterRow]]:
        routes, pools, points = self._view.routes(), self._view.pools(), self._view.facts.default_entry_points
        for provider, known in providers:
            for name, frontend in sorted(known.frontends.items()):
                key, pool = f"{provider}/{name}", f"{provider}/{frontend.backend}"
                problems = told.of(f"frontend {name}", frontend.origin or provider) + told.of(frontend.origin)
                source = RouterSource(frontend, routes.get(key), pools.get(pool), problems, down.get(pool, _UP))
                row = self._routers.get(key)
                yield key, row if row and row.source == source else RouterRow(provider, name, source, points)

    def _followed_backends(
        self, providers: Iterable[tuple[str, Known]], told: "Told", down: Mapping[str, Down]
    ) -> Iterator[tuple[str, BackendRow]]:
        pools = self._view.pools()
        for provider, known in providers:
            users = Counter(frontend.backend for frontend in known.frontends.values())
            for name, backend in sorted(known.backends.items()):
                key = f"{provider}/{name}"
                problems = told.of(f"backend {name}", provider)
                source = BackendSource(backend, pools.get(key), problems, users[name], down.get(key, _UP))
                row = self._backends.get(key)
                yield key, row if row and row.source == source else BackendRow(provider, name, source)


class Told:
    """Problems by the object that has them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._by_object: dict[str, list[Problem]] = {}
        for problem in problems:
            self._by_object.setdefault(problem.object, []).append(problem)

    def of(self, name: str, origin: str | None = None) -> tuple[Problem, ...]:
        """Those of an object; `origin`: only those that come from there."""
        found = self._by_object.get(name) if name else None
        if not found:
            return ()
        return tuple(problem for problem in found if origin is None or problem.origin == origin)
