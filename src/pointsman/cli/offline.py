"""A configuration read once, without serving anything: what `check` and `explain` look at."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pointsman.compiler import PlanBuilder, compile_entry_points, conditions_of, start_errors, static_problems
from pointsman.config.load import Loaded, load
from pointsman.config.users_files import read_lines
from pointsman.explain import Known
from pointsman.model.dynamic import Change, Frontend
from pointsman.model.plan import EntryPoint, Plan
from pointsman.model.problem import Problem
from pointsman.providers.protocol import Keeper, Meant, Provider
from pointsman.runtime import registry

_READ_S = 60.0


class Offline(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that follows from a configuration and the files it names."""

    loaded: Loaded
    plan: Plan
    frontends: tuple[tuple[str, str, Frontend], ...] = ()
    """Provider, name and frontend."""
    entry_points: Mapping[str, EntryPoint] = {}
    """Empty when one of them cannot be started with."""
    keepers: Mapping[str, Keeper] = {}
    """By provider."""
    problems: tuple[Problem, ...]
    fatal: bool = False
    """The configuration cannot be started with: the plan is empty."""

    def known(self) -> Known:
        """For explanations."""
        return Known(
            entry_points=self.entry_points,
            routes=self.plan.routes,
            pools=self.plan.pools,
            frontends=lambda: self.frontends,
            problems=lambda: self.problems,
            meant=self._meant,
        )

    def _meant(self, host: str, path: str) -> Iterable[tuple[str, Meant]]:
        return ((name, one) for name, keeper in self.keepers.items() for one in keeper.meant(host, path))


def read(words: Sequence[str], environ: Mapping[str, str]) -> Offline:
    """Reads flags, environment, files and manifests; a cluster is not asked."""
    loaded = load(words, environ)
    if loaded.fatal:
        return Offline(loaded=loaded, plan=Plan(), problems=(*loaded.fatal, *loaded.problems), fatal=True)
    return compiled(loaded)


def compiled(loaded: Loaded) -> Offline:
    """What follows from a static configuration."""
    static, builder = loaded.static, PlanBuilder(conditions_of(loaded.static), read_lines)
    errors = start_errors(static, read_lines)
    providers = _providers(loaded)
    changes, silent = asyncio.run(_read(providers))
    for name, change in changes.items():
        builder.apply(name, change)
    keepers = {name: provider for name, provider in providers.items() if isinstance(provider, Keeper)}
    located = [_located(problem, keepers.values()) for problem in builder.problems()]
    return Offline(
        loaded=loaded,
        plan=builder.plan(1),
        frontends=tuple(
            (name, key, frontend)
            for name, change in changes.items()
            for key, frontend in change.frontends.items()
            if frontend is not None
        ),
        entry_points={} if errors else compile_entry_points(static, read_lines),
        keepers=keepers,
        problems=(*loaded.problems, *errors, *static_problems(static, read_lines), *silent, *located),
    )


def _located(problem: Problem, keepers: Iterable[Keeper]) -> Problem:
    """With file and line, where its origin is an object that was read from a file."""
    place = next((found for keeper in keepers if (found := keeper.origin(problem.origin))), "")
    return msgspec.structs.replace(problem, origin=f"{place}: {problem.origin}") if place else problem


def _providers(loaded: Loaded) -> dict[str, Provider]:
    """Those that read files."""
    kubernetes, makers = loaded.static.kubernetes, registry.makers(loaded.static)
    cluster = kubernetes is not None and not kubernetes.manifests
    return {name: make() for name, make in makers.items() if name != "kubernetes" or not cluster}


async def _read(providers: Mapping[str, Provider]) -> tuple[dict[str, Change], list[Problem]]:
    """Lets each report once."""
    changes, problems = dict[str, Change](), list[Problem]()
    for name, provider in providers.items():
        change = await _first(provider)
        if change is None:
            problems.append(Problem(object=f"provider {name}", message=f"did not report within {_READ_S:g} s"))
        else:
            changes[name] = change
    return changes, problems


async def _first(provider: Provider) -> Change | None:
    said: asyncio.Queue[Change] = asyncio.Queue()
    running = asyncio.create_task(provider.run(said.put_nowait))
    try:
        async with asyncio.timeout(_READ_S):
            return await said.get()
    except TimeoutError:
        return None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
