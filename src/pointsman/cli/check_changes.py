"""What a change of configuration does: routes against an older state, and recorded requests against both."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import track

from pointsman.cli import offline
from pointsman.cli.asking import ask
from pointsman.cli.explain_view import counted, table, terminal
from pointsman.compiler import conditions_of
from pointsman.config.load import Loaded
from pointsman.explain import Difference, compare, moved, requests, sample
from pointsman.explain.difference import destination
from pointsman.model.plan import Explanation, Plan, Question, without_secrets
from pointsman.model.static import FileProvider

_BATCH = 5_000
"""Requests asked about at once."""
_SHOWN = 200
"""Lines of each sort that a terminal gets."""


class ChangesError(Exception):
    """The older state, or the log, cannot be read; says why."""


class Moved(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Recorded requests that end elsewhere; equal ones are told once."""

    request: str
    was: str
    now: str
    count: int


class Replay(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of the recorded requests."""

    requests: int
    unread: int
    """Lines that are no requests."""
    moved: tuple[Moved, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for."""

    difference: Difference | None = None
    replay: Replay | None = None


def old_plan(place: str, loaded: Loaded, environ: Mapping[str, str]) -> Plan:
    """A plan that `check --plan` printed, or what follows from an older folder or file in place of today's.

    Raises ChangesError.
    """
    path = Path(place)
    if not path.exists():
        raise ChangesError(f"--diff: {place} does not exist")
    if path.suffix == ".json" and path.is_file():
        try:
            return msgspec.json.decode(path.read_bytes(), type=Plan)
        except (OSError, msgspec.MsgspecError) as error:
            raise ChangesError(f"--diff: {place} is no plan of this version: {error}") from error
    static = loaded.static
    if static.kubernetes is not None and static.kubernetes.manifests and path.is_dir():
        old = msgspec.structs.replace(static, kubernetes=msgspec.structs.replace(static.kubernetes, manifests=place))
    elif static.file is not None:
        file = FileProvider(directory=place) if path.is_dir() else FileProvider(filename=place)
        old = msgspec.structs.replace(static, file=file)
    else:
        remedy = "give a plan of `check --plan`, or what takes the place of kubernetes.manifests or [file]"
        raise ChangesError(f"--diff: {place}: {remedy}")
    return offline.compiled(msgspec.structs.replace(loaded, static=old)).plan


def difference(old: Plan, new: Plan, environ: Mapping[str, str]) -> Difference:
    """Routes added, removed, changed, moved, shadowed. Raises AskError."""
    changes, same = compare(without_secrets(old), without_secrets(new))
    asked = dict.fromkeys((key, sample(route)) for plan in (new, old) for key, route in plan.routes.items())
    questions = [question for _, question in asked]
    elsewhere = moved(list(asked), ask(old, questions, environ), ask(new, questions, environ))
    known = {change.route for change in changes if change.change == "removed"}
    changes += [change for change in elsewhere if change.route not in known]
    return Difference(routes=tuple(changes), same=same)


def replay(log: str, old: Plan | None, found: offline.Offline, environ: Mapping[str, str]) -> Replay:
    """Requests of a JSON access log by both plans; without an older one, against the frontends the log names.

    Raises ChangesError, AskError.
    """
    entry_point = conditions_of(found.loaded.static).default_entry_points[0]
    try:
        lines = Path(log).read_text(errors="replace").splitlines()
    except OSError as error:
        raise ChangesError(f"--replay: {log}: {error.strerror}") from error
    read = list(requests.from_logs(lines, entry_point))
    asked = [(number, one) for number, one in read if isinstance(one, Question)]
    if not asked:
        wrong = next((f"{log}:{number}: {one}" for number, one in read), f"{log}: holds no line")
        raise ChangesError(f"--replay: {wrong}")
    ends = Counter[tuple[str, str, str]]()
    console = Console(stderr=True)
    batches = [asked[start : start + _BATCH] for start in range(0, len(asked), _BATCH)]
    for batch in track(batches, "asking", console=console, disable=not console.is_terminal, transient=True):
        questions = [question for _, question in batch]
        now = ask(found.plan, questions, environ)
        was = ask(old, questions, environ) if old is not None else [None] * len(questions)
        for (number, question), before, after in zip(batch, was, now, strict=True):
            first, second = _ends((before, old), (after, found.plan), lines[number - 1])
            if first != second:
                ends[f"{question.method} {question.host}{question.path}", first, second] += 1
    return Replay(
        requests=len(asked),
        unread=len(read) - len(asked),
        moved=tuple(Moved(request=r, was=w, now=n, count=c) for (r, w, n), c in ends.most_common()),
    )


def _ends(
    before: tuple[Explanation | None, Plan | None], after: tuple[Explanation, Plan], line: str
) -> tuple[str, str]:
    found, plan = before
    if found is not None and plan is not None:
        return destination(found, plan), destination(*after)
    said = msgspec.json.decode(line)
    frontend = said.get("FrontendName", "")
    fit = after[0].matches[0].route.partition("/")[2] if after[0].matches else "backend not found"
    return str(frontend), fit if frontend else ""


def show(told: Told) -> None:
    """In the terminal."""
    out = terminal()
    if told.difference is not None:
        _show_difference(out, told.difference)
    if told.replay is not None:
        _show_replay(out, told.replay)


def _show_difference(out: Console, difference: Difference) -> None:
    styles = {"added": "green", "removed": "red", "changed": "yellow", "moved": "magenta", "shadowed": "magenta"}
    rows = [
        (f"[{styles[one.change]}]{one.change}[/]", escape(one.route), escape("\n".join(one.details)))
        for one in difference.routes[:_SHOWN]
    ]
    if rows:
        out.print(table("", ("change", "route", "what"), rows))
    _left(out, len(difference.routes))
    counts = Counter(one.change for one in difference.routes)
    out.print(
        ", ".join([*(f"{counts[name]} {name}" for name in styles if counts[name]), f"{difference.same} the same"])
    )


def _show_replay(out: Console, replay: Replay) -> None:
    rows = [(str(one.count), escape(one.request), escape(one.was), escape(one.now)) for one in replay.moved[:_SHOWN]]
    if rows:
        out.print(table("", ("times", "request", "was", "now"), rows))
    _left(out, len(replay.moved))
    unread = f"; {counted(replay.unread, 'line')} passed over, no requests" if replay.unread else ""
    elsewhere = sum(one.count for one in replay.moved)
    out.print(f"{counted(replay.requests, 'request')}; {elsewhere or 'none'} of them elsewhere now{unread}")


def _left(out: Console, count: int) -> None:
    if count > _SHOWN:
        out.print(f"… and {count - _SHOWN} more; --json has all", style="dim")
