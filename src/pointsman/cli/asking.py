"""Asks the proxy's own router about requests, by a plan."""

import subprocess
import tempfile
from collections.abc import Mapping, Sequence

import msgspec

from pointsman.cli.proxy import NoProxy, find
from pointsman.model.plan import Explanation, Plan, Question

_SECONDS = 600


class AskError(Exception):
    """There is no answer; says why."""


def ask(plan: Plan, questions: Sequence[Question], environ: Mapping[str, str]) -> list[Explanation]:
    """An explanation for each question, in order. Raises AskError."""
    if not questions:
        return []
    try:
        proxy = find(environ)
    except NoProxy as error:
        raise AskError(str(error)) from error
    lines = b"".join(msgspec.json.encode(question) + b"\n" for question in questions)
    with tempfile.NamedTemporaryFile(prefix="pointsman-plan-", suffix=".json") as file:
        file.write(msgspec.json.encode(plan))
        file.flush()
        command = (str(proxy), "explain", "--plan", file.name, "--batch")
        try:
            done = subprocess.run(command, input=lines, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AskError(f"{proxy}: {error}") from error
    answers = done.stdout.splitlines()
    if done.returncode or len(answers) != len(questions):
        raise AskError(done.stderr.decode(errors="replace").strip() or f"{proxy} ended with code {done.returncode}")
    return [msgspec.json.decode(line, type=Explanation) for line in answers]
