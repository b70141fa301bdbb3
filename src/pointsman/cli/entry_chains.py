"""Asks the proxy whether it can build what entry points do to requests: only it knows its regular expressions."""

import subprocess
import tempfile
from pathlib import Path

import msgspec

from pointsman.model.plan import Plan, RedirectRegex, Refuse, Route, RouteProblem, Settings
from pointsman.model.problem import Problem

_SECONDS = 30


def refused(settings: Settings, executable: Path) -> tuple[Problem, ...]:
    """What forbids to start with these entry points. compat(1.7): a bad regular expression does."""
    routes = {
        name: Route(
            provider="", name=name, entry_points=(name,), priority=1, middlewares=point.middlewares, action=Refuse()
        )
        for name, point in settings.entry_points.items()
        if any(isinstance(each, RedirectRegex) for each in point.middlewares)
    }
    return tuple(map(_problem, _checked(Plan(routes=routes), executable))) if routes else ()


def _checked(plan: Plan, executable: Path) -> list[RouteProblem]:
    """What the proxy says; nothing when it says nothing that is understood: it will say so itself when it starts."""
    with tempfile.NamedTemporaryFile(prefix="pointsman-plan-", suffix=".json") as file:
        file.write(msgspec.json.encode(plan))
        file.flush()
        try:
            done = subprocess.run(  # noqa: S603
                (str(executable), "check", file.name), capture_output=True, timeout=_SECONDS, check=False
            )
            return [msgspec.json.decode(line, type=RouteProblem) for line in done.stdout.splitlines()]
        except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError):
            return []


def _problem(problem: RouteProblem) -> Problem:
    return Problem(
        object=f"entry point {problem.route}",
        origin="static configuration",
        key=problem.key,
        value=problem.value[:200],
        message=problem.message,
        remedy="correct `redirect.regex`",
    )
