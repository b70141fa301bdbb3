"""`pointsman check`: what is wrong with a configuration and its rule files or manifests, without serving anything."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence

import msgspec

from pointsman.compiler import PlanBuilder, conditions_of, start_errors, static_problems
from pointsman.config.load import Loaded, load
from pointsman.config.users_files import read_lines
from pointsman.model.dynamic import Change
from pointsman.model.plan import without_secrets
from pointsman.model.problem import Problem, Severity
from pointsman.providers.protocol import Provider
from pointsman.runtime import registry

_READ_S = 60.0


class _Options(msgspec.Struct, frozen=True):
    as_json: bool
    plan: bool
    rest: list[str]


def check(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """0 when nothing is wrong (warnings aside), else 1.

    `--json` prints the problems as JSON, `--plan` the plan that a proxy would be given.
    """
    options = _options(arguments)
    loaded = load(options.rest, environ)
    if loaded.fatal:
        return _report((*loaded.fatal, *loaded.problems), options)
    builder = PlanBuilder(conditions_of(loaded.static), read_lines)
    problems = [*loaded.problems, *start_errors(loaded.static, read_lines), *static_problems(loaded.static, read_lines)]
    problems += asyncio.run(_read(loaded, builder))
    problems += builder.problems()
    if options.plan:
        sys.stdout.write(
            msgspec.json.format(msgspec.json.encode(without_secrets(builder.plan(1))), indent=2).decode() + "\n"
        )
        _lines(problems, sys.stderr.isatty(), sys.stderr)
        return int(_wrong(problems))
    return _report(problems, options)


def _options(arguments: Sequence[str]) -> _Options:
    own = {"--json", "--plan"}
    return _Options("--json" in arguments, "--plan" in arguments, [word for word in arguments if word not in own])


async def _read(loaded: Loaded, builder: PlanBuilder) -> list[Problem]:
    """Lets each provider that reads files report once."""
    problems = []
    for name, make in registry.makers(loaded.static).items():
        kubernetes = loaded.static.kubernetes
        if name == "kubernetes" and kubernetes is not None and not kubernetes.manifests:
            continue
        change = await _first(make())
        if change is None:
            problems.append(Problem(object=f"provider {name}", message=f"did not report within {_READ_S:g} s"))
        else:
            builder.apply(name, change)
    return problems


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


def _wrong(problems: Sequence[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def _report(problems: Sequence[Problem], options: _Options) -> int:
    if options.as_json:
        print(json.dumps(msgspec.to_builtins(problems), indent=2, ensure_ascii=False))
    else:
        _lines(problems, sys.stdout.isatty(), sys.stdout)
        errors = sum(problem.severity is Severity.ERROR for problem in problems)
        print(f"{errors} errors, {len(problems) - errors} warnings" if problems else "Nothing is wrong")
    return int(_wrong(problems))


def _lines(problems: Sequence[Problem], terminal: bool, stream: object) -> None:
    red, yellow, plain = ("\033[31m", "\033[33m", "\033[0m") if terminal and "NO_COLOR" not in os.environ else ("",) * 3
    for problem in problems:
        colour = red if problem.severity is Severity.ERROR else yellow
        print(f"{colour}{problem.severity}{plain}: {problem}", file=stream)  # type: ignore[call-overload]
