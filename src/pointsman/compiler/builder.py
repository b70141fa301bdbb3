"""Keeps the plan in step with the providers' Changes, at a cost proportional to the change."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from pointsman.compiler.backends import compile_backend
from pointsman.compiler.conditions import Conditions, ReadLines, no_files
from pointsman.compiler.files_of_frontends import FilesOfFrontends
from pointsman.compiler.frontends import FrontendCompiler
from pointsman.compiler.ledger import Ledger
from pointsman.compiler.pool_state import PoolState
from pointsman.compiler.report import presentable, sendable
from pointsman.compiler.users_of_backends import Key, UsersOfBackends
from pointsman.model.dynamic import Backend, Change, Frontend
from pointsman.model.plan import Plan, Pool, Route, RouteProblem, ServerHealth
from pointsman.model.problem import Problem, Severity

_T = TypeVar("_T")


class PlanChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one Change does to the plan. Keys are `provider/name`; `None` removes."""

    routes: Mapping[str, Route | None] = {}
    pools: Mapping[str, Pool | None] = {}
    problems: tuple[Problem, ...] = ()
    """New with this change."""
    solved: tuple[Problem, ...] = ()
    """Gone with this change."""

    def __bool__(self) -> bool:
        return bool(self.routes or self.pools)


class PlanBuilder:
    """The current configuration of all providers and the plan parts made of it."""

    def __init__(self, conditions: Conditions, read_lines: ReadLines = no_files) -> None:
        self._conditions = conditions
        self._files = FilesOfFrontends(read_lines)
        self._compiler = FrontendCompiler(conditions, self._files)
        self._frontends: dict[Key, Frontend] = {}
        self._backends: dict[Key, Backend] = {}
        self._users = UsersOfBackends(conditions.default_entry_points)
        self._pool_states: dict[Key, PoolState] = {}
        self._routes: dict[str, Route] = {}
        self._pools: dict[str, Pool] = {}
        self._ledger = Ledger()

    def apply(self, provider: str, change: Change) -> PlanChange:
        """Takes in what a provider published; recompiles only frontends and backends that it concerns."""
        self._ledger.mark()
        pools: dict[str, Pool | None] = {}
        touched: dict[Key, None] = {}
        for name, frontend in change.frontends.items():
            touched[provider, name] = None
            touched.update(dict.fromkeys(self._keep_frontend((provider, name), frontend)))
        for name, backend in change.backends.items():
            if self._change_backend((provider, name), backend, pools):
                touched.update(dict.fromkeys(self._users.concerned((provider, name))))
        routes = self._recompile(touched)
        for key, problems in change.problems.items():
            self._ledger.put(("said", provider, key), tuple(map(presentable, problems)))
        new, solved = self._ledger.since()
        return PlanChange(routes=routes, pools=pools, problems=new, solved=solved)

    def files(self) -> frozenset[str]:
        """The users files that frontends were compiled from."""
        return self._files.all()

    def reread(self, files: Iterable[str]) -> PlanChange:
        """Recompiles the frontends that depend on these files, which are different now."""
        self._ledger.mark()
        routes = self._recompile(self._files.readers(files))
        new, solved = self._ledger.since()
        return PlanChange(routes=routes, problems=new, solved=solved)

    def plan(self, generation: int) -> Plan:
        """Everything, sorted."""
        return Plan(
            generation=generation, routes=dict(sorted(self._routes.items())), pools=dict(sorted(self._pools.items()))
        )

    @property
    def routes(self) -> Mapping[str, Route]:
        """The plan's routes as they are now."""
        return self._routes

    @property
    def pools(self) -> Mapping[str, Pool]:
        """The plan's pools as they are now."""
        return self._pools

    def problems(self) -> tuple[Problem, ...]:
        """Every Problem in force, those of the providers included, in a stable order."""
        return self._ledger.all()

    def refused(self, problems: Iterable[RouteProblem]) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
        """Takes in all routes that the proxy leaves out now (replacing the last word); (new, gone) Problems."""
        self._ledger.mark()
        told: dict[str, list[Problem]] = {}
        for problem in problems:
            told.setdefault(problem.route, []).append(self._explain(problem))
        self._ledger.replace("proxy", {("proxy", key, ""): tuple(found) for key, found in told.items()})
        return self._ledger.since()

    def ailing(self, servers: Iterable[ServerHealth]) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
        """Takes in all servers that are down now (replacing the last word); (new, gone) Problems."""
        self._ledger.mark()
        told = {("health", server.pool, server.server): (_ailing(server),) for server in servers}
        self._ledger.replace("health", told)
        return self._ledger.since()

    def frontend(self, provider: str, name: str) -> Frontend | None:
        """The frontend as its provider said it."""
        return self._frontends.get((provider, name))

    def backend(self, provider: str, name: str) -> Backend | None:
        """The backend as its provider said it."""
        return self._backends.get((provider, name))

    def _keep_frontend(self, key: Key, frontend: Frontend | None) -> Iterable[Key]:
        """Stores a frontend; others that must follow."""
        if frontend is None:
            self._frontends.pop(key, None)
        else:
            self._frontends[key] = frontend
        return self._users.put(key, frontend)

    def _change_backend(self, key: Key, backend: Backend | None, pools: dict[str, Pool | None]) -> bool:
        """Recompiles a backend; whether its frontends must follow."""
        before = self._pool_states.pop(key, PoolState.MISSING)
        now, pool = PoolState.MISSING, None
        problems: tuple[Problem, ...] = ()
        if backend is None:
            self._backends.pop(key, None)
        else:
            self._backends[key] = backend
            pool, problems = self._pool(key, backend)
            self._pool_states[key] = now = PoolState.BROKEN if pool is None else PoolState.READY
        self._ledger.put(("backend", *key), problems)
        _update(self._pools, _path(key), pool, pools)
        return now is not before

    def _recompile(self, touched: Iterable[Key]) -> dict[str, Route | None]:
        routes: dict[str, Route | None] = {}
        for key in touched:
            route = None
            problems: tuple[Problem, ...] = ()
            frontend = self._frontends.get(key)
            if frontend is None:
                self._files.forget(key)
            else:
                route, problems = self._route(key, frontend)
            self._ledger.put(("frontend", *key), problems)
            _update(self._routes, _path(key), route, routes)
        return routes

    def _pool(self, key: Key, backend: Backend) -> tuple[Pool | None, tuple[Problem, ...]]:
        compiled = compile_backend(*key, backend, self._conditions)
        if compiled.pool is not None and not _is_sendable(compiled.pool):
            return None, (_unsendable(f"backend {key[1]}", key[0]),)
        return compiled.pool, compiled.problems

    def _route(self, key: Key, frontend: Frontend) -> tuple[Route | None, tuple[Problem, ...]]:
        backends = _Backends(key[0], self._pool_states, self._users)
        compiled = self._compiler.compile(key, frontend, backends)
        if compiled.route is not None and not _is_sendable(compiled.route):
            return None, (_unsendable(f"frontend {key[1]}", frontend.origin or key[0]),)
        return compiled.route, compiled.problems

    def _explain(self, problem: RouteProblem) -> Problem:
        route = self._routes.get(problem.route)
        return Problem(
            object=f"frontend {route.name if route else problem.route}",
            origin=(route.origin or route.provider) if route else "",
            key=problem.key,
            value=problem.value[:200],
            message=f"{problem.message}: the frontend is not served",
        )


def _ailing(server: ServerHealth) -> Problem:
    provider, _, backend = server.pool.partition("/")
    return Problem(
        object=f"backend {backend}",
        origin=provider,
        key=f"servers.{server.server}",
        value=server.url[:200],
        message=f"is down and gets no requests ({server.reason})",
        remedy="see why the server fails its health check; it is asked again",
        severity=Severity.WARNING,
    )


class _Backends:
    """The backends of one provider, as its frontends see them."""

    def __init__(self, provider: str, states: Mapping[Key, PoolState], users: UsersOfBackends) -> None:
        self._provider = provider
        self._states = states
        self._users = users

    def state(self, backend: str) -> PoolState:
        return self._states.get((self._provider, backend), PoolState.MISSING)

    def passes_host(self, backend: str, entry_points: frozenset[str]) -> bool:
        return self._users.passes_host((self._provider, backend), entry_points)


def _update(into: dict[str, _T], key: str, value: _T | None, changes: dict[str, _T | None]) -> None:
    """Stores or removes, and notes it when that is a difference."""
    if into.get(key) == value:
        return
    changes[key] = value
    if value is None:
        del into[key]
    else:
        into[key] = value


def _path(key: Key) -> str:
    return f"{key[0]}/{key[1]}"


def _is_sendable(node: Route | Pool) -> bool:
    """Whether the plan can carry it: one object that cannot be encoded must not hold up all others."""
    try:
        msgspec.json.encode(node)
    except (UnicodeEncodeError, OverflowError):
        return False
    return True


def _unsendable(subject: str, origin: str) -> Problem:
    message = "holds text that is not Unicode: it is left out"
    return Problem(object=sendable(subject), origin=sendable(origin), message=message, remedy="write it in UTF-8")
