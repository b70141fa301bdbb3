"""`pointsman check`: what is wrong with a configuration and its rule files or manifests, without serving anything."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

import msgspec

from pointsman.cli import check_changes, offline
from pointsman.cli.asking import AskError
from pointsman.cli.explain_view import counted
from pointsman.model.plan import without_secrets
from pointsman.model.problem import Problem, Severity


class _Options(msgspec.Struct, frozen=True, kw_only=True):
    as_json: bool
    plan: bool
    old: str
    replay: str
    rest: list[str]


def check(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """0 when nothing is wrong (warnings aside), 1 when something is, 2 when it could not be found out.

    `--json` prints as JSON, `--plan` the plan that a proxy would be given; `--diff OLD` what the change from OLD does;
    `--replay LOG` which recorded requests go elsewhere.
    """
    try:
        options = _options(arguments)
        found = offline.read(("check", *options.rest), environ)
        _refuse_words(found)
        if options.plan:
            _print_plan(found)
            return int(_wrong(found.problems))
        if (options.old or options.replay) and not found.fatal:
            return _changes(options, found, environ)
    except (check_changes.ChangesError, AskError) as error:
        print(f"pointsman check: {error}", file=sys.stderr)
        return 2
    return _report(found, options)


def _refuse_words(found: offline.Offline) -> None:
    """A file name without its flag must not look like a configuration without faults. Raises ChangesError."""
    if found.loaded.arguments:
        word = found.loaded.arguments[0]
        flag = "--kubernetes.manifests" if Path(word).is_dir() else "--configFile"
        raise check_changes.ChangesError(f"{word!r} belongs to no option; did you mean {flag}={word}?")


def _options(arguments: Sequence[str]) -> _Options:
    own: dict[str, str] = {}
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name in {"--diff", "--replay"}:
            own[name] = value if equals else next(words, "")
            if not own[name]:
                raise check_changes.ChangesError(f"{name} wants a file or folder")
        else:
            rest.append(word)
    switches = {"--json", "--plan"}
    return _Options(
        as_json="--json" in rest,
        plan="--plan" in rest,
        old=own.get("--diff", ""),
        replay=own.get("--replay", ""),
        rest=[word for word in rest if word not in switches],
    )


def _print_plan(found: offline.Offline) -> None:
    text = msgspec.json.format(msgspec.json.encode(without_secrets(found.plan)), indent=2).decode()
    sys.stdout.write(text + "\n")
    _lines(found.problems, sys.stderr)


def _changes(options: _Options, found: offline.Offline, environ: Mapping[str, str]) -> int:
    old = check_changes.old_plan(options.old, found.loaded, environ) if options.old else None
    told = check_changes.Told(
        difference=check_changes.difference(old, found.plan, environ) if old is not None else None,
        replay=check_changes.replay(options.replay, old, found, environ) if options.replay else None,
    )
    if options.as_json:
        document = {"problems": msgspec.to_builtins(found.problems), **msgspec.to_builtins(told)}
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        check_changes.show(told)
        _report(found, options)
    return int(_wrong(found.problems))


def _wrong(problems: Sequence[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def _report(found: offline.Offline, options: _Options) -> int:
    problems = found.problems
    if options.as_json:
        print(json.dumps(msgspec.to_builtins(problems), indent=2, ensure_ascii=False))
    else:
        _lines(problems, sys.stdout)
        errors = sum(problem.severity is Severity.ERROR for problem in problems)
        counts = f"{counted(errors, 'error')}, {counted(len(problems) - errors, 'warning')}"
        routers = "" if found.fatal else f"; {counted(len(found.plan.routes), 'router')} in force{_unread(found)}"
        print(f"{counts if problems else 'Nothing is wrong'}{routers}")
    return int(_wrong(problems))


def _unread(found: offline.Offline) -> str:
    """Says what is not looked at, so that nobody takes silence for consent."""
    kubernetes = found.loaded.static.kubernetes
    if kubernetes is not None and not kubernetes.manifests:
        return "; the cluster is not asked: give its objects with --kubernetes.manifests=FOLDER"
    away = sum(1 for keeper in found.keepers.values() for _ in keeper.kept_away())
    return f"; {counted(away, 'Ingress', 'es')} not taken, by class, namespace or labels" if away else ""


def _lines(problems: Sequence[Problem], stream: TextIO) -> None:
    coloured = stream.isatty() and "NO_COLOR" not in os.environ
    red, yellow, plain = ("\033[31m", "\033[33m", "\033[0m") if coloured else ("",) * 3
    for problem in problems:
        colour = red if problem.severity is Severity.ERROR else yellow
        print(f"{colour}{problem.severity}{plain}: {problem}", file=stream)
