"""The controller: providers publish, the aggregator gathers, the compiler compiles, the link sends.

Beside it the API answers from what is in force.
"""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from pointsman.api import handlers, server
from pointsman.compiler import PlanBuilder, conditions_of
from pointsman.config.users_files import read_lines
from pointsman.model.dynamic import Change
from pointsman.model.plan import Explanation, Pool, Question, Route, RoutesTold, ServerHealth, Stats
from pointsman.model.problem import Problem, Severity
from pointsman.observability import push
from pointsman.providers.protocol import Keeper, Listener, Meant
from pointsman.providers.rest import Inbox
from pointsman.runtime import backoff, control, registry, users_files
from pointsman.runtime.aggregator import Aggregator, Source
from pointsman.runtime.applier import Applier, Changes
from pointsman.runtime.facts import facts_of
from pointsman.runtime.link import Link
from pointsman.runtime.orders import KEPT_PUT, Orders

_LOG = logging.getLogger("pointsman")
_SECOND = 1_000_000_000


class Controller:
    """One life of the controller process."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        inbox = _inbox(orders)
        self._makers = registry.makers(orders.static, inbox)
        conditions = conditions_of(orders.static)
        self.facts = facts_of(orders, conditions.default_entry_points)
        self.revision = 0
        self._builder = PlanBuilder(conditions, read_lines)
        self._applier = Applier()
        self._api = handlers.Handler(self, inbox)
        self._link = Link(self._applier, self._answered, self._api.end_streams)
        self._listeners: dict[str, Listener] = {}
        self._keepers: dict[str, Keeper] = {}
        self._refused: object = None
        self._health: tuple[ServerHealth, ...] = ()
        self._settled = False
        self._aggregator = Aggregator(
            self._makers,
            self._changed,
            throttle_s=orders.static.providers_throttle_duration / _SECOND,
            keeps_plan=lambda: self._applier.keeps_plan,
        )

    def providers(self) -> Mapping[str, Source]:
        """For the API: what the providers said, once it is in force."""
        sources = self._aggregator.sources
        return {name: source for name, source in sources.items() if source.reported} if self._aggregator.started else {}

    def problems(self) -> Iterable[Problem]:
        """For the API: everything that is wrong at present."""
        return (*self._orders.problems, *self._aggregator.silent, *self._builder.problems())

    def meant(self, host: str, path: str) -> Iterable[tuple[str, Meant]]:
        """For the API: each provider's."""
        return ((name, one) for name, keeper in self._keepers.items() for one in keeper.meant(host, path))

    def routes(self) -> Mapping[str, Route]:
        """For the API: the plan's."""
        return self._builder.routes

    def pools(self) -> Mapping[str, Pool]:
        """For the API: the plan's."""
        return self._builder.pools

    def down(self) -> Mapping[str, Mapping[str, str]]:
        """For the API: the servers that fail their health checks."""
        down: dict[str, dict[str, str]] = {}
        for one in self._health:
            down.setdefault(one.pool, {})[one.url] = one.reason
        return down

    async def stats(self, routes: RoutesTold) -> Stats | None:
        """For the API: the proxy's numbers."""
        return await self._link.stats(routes)

    async def explain(self, question: Question) -> Explanation | None:
        """For the API: the proxy's own answer."""
        return await self._link.explain(question)

    async def run(self, supervisor: socket.socket) -> None:
        """Until the supervisor is gone or sends SIGTERM."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await self._serve_api()
        tasks = [
            asyncio.create_task(self._follow_links(supervisor, stop)),
            asyncio.create_task(self._aggregator.run()),
            asyncio.create_task(users_files.follow(self._builder.files, self._reread)),
            *(asyncio.create_task(self._keep(name)) for name in self._makers),
            *(asyncio.create_task(pusher) for pusher in push.tasks(self._orders.static.metrics, self._link.metrics)),
        ]
        for task in tasks:
            task.add_done_callback(lambda done: _end_on_fault(done, stop))
        await stop.wait()
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _follow_links(self, supervisor: socket.socket, stop: asyncio.Event) -> None:
        serving: asyncio.Task[None] | None = None
        async for end in control.links(supervisor):
            if serving is not None:
                serving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await serving
            serving = asyncio.create_task(self._link.serve(end))
        _LOG.debug("The supervisor is gone")
        stop.set()

    async def _serve_api(self) -> None:
        path = self._orders.settings.admin_socket
        if not path:
            return
        try:
            self._serving = await server.serve(path, self._api)
        except OSError as error:
            _LOG.error("The API has no socket at %s: %s", path, error)

    async def _keep(self, name: str) -> None:
        async def attempt() -> None:
            self._aggregator.restarting(name)
            provider = self._makers[name]()
            if isinstance(provider, Listener):
                provider.tell(self._builder.problems(), ())
                self._listeners[name] = provider
            if isinstance(provider, Keeper):
                self._keepers[name] = provider
            await provider.run(lambda change: self._aggregator.publish(name, change))

        def failed(error: Exception, pause: float) -> None:
            problem = Problem(
                object=f"provider {name}",
                message=f"failed and starts again in {pause:g} s; what it said before stays in force ({error})",
                remedy="see the log, and report this as a bug",
                severity=Severity.WARNING,
            )
            self._aggregator.note(name, (problem,))

        await backoff.keep(name, attempt, failed)

    def _changed(self, changes: Mapping[str, Change]) -> None:
        """Compiles what the providers changed, tells what is wrong with it, sends what it does to the plan."""
        routes: dict[str, Route | None] = {}
        pools: dict[str, Pool | None] = {}
        for provider, change in changes.items():
            compiled = self._builder.apply(provider, change)
            routes.update(compiled.routes)
            pools.update(compiled.pools)
            self._tell(compiled.problems, compiled.solved)
        self._send(Changes(routes=routes, pools=pools))
        if not self._settled and changes:
            # What was read at the start stays: later collections need not walk it, and a small change stays cheap.
            self._settled = True
            gc.collect()
            gc.freeze()

    def _reread(self, files: set[str]) -> None:
        """Compiles the frontends anew whose users files changed."""
        compiled = self._builder.reread(files)
        self._tell(compiled.problems, compiled.solved)
        if compiled:
            self._send(Changes(routes=dict(compiled.routes)))

    def _send(self, changes: Changes) -> None:
        self.revision += 1
        _LOG.debug("%d routes and %d pools change", len(changes.routes), len(changes.pools))
        self._link.change(changes)

    def _answered(self) -> None:
        self._aggregator.look_again()
        refused = tuple(self._applier.refused.values())
        if refused != self._refused:
            self._refused = refused
            self.revision += 1
            self._tell(*self._builder.refused(refused))
        if self._link.health is not self._health:
            self._health = self._link.health
            self.revision += 1
            self._tell(*self._builder.ailing(self._health))

    def _tell(self, problems: Iterable[Problem], solved: Iterable[Problem]) -> None:
        _log(problems, solved)
        for listener in self._listeners.values():
            listener.tell(problems, solved)


def _inbox(orders: Orders) -> Inbox | None:
    """Of the REST provider; what it holds outlives this process where there is a state directory."""
    if orders.static.rest is None:
        return None
    state_dir = orders.settings.state_dir
    return Inbox(Path(state_dir) / KEPT_PUT if state_dir else None)


def _log(problems: Iterable[Problem], solved: Iterable[Problem]) -> None:
    for problem in problems:
        _LOG.log(logging.ERROR if problem.severity is Severity.ERROR else logging.WARNING, "%s", problem)
    for problem in solved:
        _LOG.info("Solved: %s", problem)


def _end_on_fault(done: "asyncio.Task[None]", stop: asyncio.Event) -> None:
    """A fault in one of our own tasks ends the process: the supervisor starts a whole one."""
    if not done.cancelled() and done.exception() is not None:
        stop.set()
