"""A configuration read once, without serving anything: what `check` and `explain` look at."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from pointsman.compiler import PlanBuilder, conditions_of, start_errors, static_problems
from pointsman.config.load import Loaded, load
from pointsman.config.users_files import read_lines
from pointsman.explain.decision import Known
from pointsman.model.dynamic import Change, Frontend
from pointsman.model.plan import Plan
from pointsman.model.problem import Problem
from pointsman.providers.protocol import Provider
from pointsman.runtime import registry

_READ_S = 60.0


class Offline(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that follows from a configuration and the files it names."""

    loaded: Loaded
    plan: Plan
    frontends: tuple[tuple[str, str, Frontend], ...] = ()
    """Provider, name and frontend."""
    problems: tuple[Problem, ...]
    fatal: bool = False
    """The configuration cannot be started with: the plan is empty."""

    def known(self) -> Known:
        """For explanations."""
        return Known(
            routes=self.plan.routes,
            pools=self.plan.pools,
            frontends=lambda: self.frontends,
            problems=lambda: self.problems,
        )


def read(words: Sequence[str], environ: Mapping[str, str]) -> Offline:
    """Reads flags, environment, files and manifests; a cluster is not asked."""
    loaded = load(words, environ)
    if loaded.fatal:
        return Offline(loaded=loaded, plan=Plan(), problems=(*loaded.fatal, *loaded.problems), fatal=True)
    return compiled(loaded)


def compiled(loaded: Loaded) -> Offline:
    """What follows from a static configuration."""
    builder = PlanBuilder(conditions_of(loaded.static), read_lines)
    problems = [*loaded.problems, *start_errors(loaded.static, read_lines), *static_problems(loaded.static, read_lines)]
    changes, silent = asyncio.run(_read(loaded))
    for name, change in changes.items():
        builder.apply(name, change)
    return Offline(
        loaded=loaded,
        plan=builder.plan(1),
        frontends=tuple(
            (name, key, frontend)
            for name, change in changes.items()
            for key, frontend in change.frontends.items()
            if frontend is not None
        ),
        problems=(*problems, *silent, *builder.problems()),
    )


async def _read(loaded: Loaded) -> tuple[dict[str, Change], list[Problem]]:
    """Lets each provider that reads files report once."""
    changes, problems = dict[str, Change](), list[Problem]()
    for name, make in registry.makers(loaded.static).items():
        kubernetes = loaded.static.kubernetes
        if name == "kubernetes" and kubernetes is not None and not kubernetes.manifests:
            continue
        change = await _first(make())
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
