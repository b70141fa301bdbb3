"""docs/compat.md: every option, flag, annotation and rule of Traefik 1.7 and what became of it, from the code's tables.

`make golden` writes the page; `python tools/compat_page.py` prints how much of it is the same or better.
"""

from collections.abc import Iterator
from typing import NamedTuple

import compat_notes

from pointsman.cli.main import COMMANDS
from pointsman.config import unsupported
from pointsman.config.compact import OPTIONS
from pointsman.config.flags import SHORT
from pointsman.config.schema import walk
from pointsman.config.sections import sections
from pointsman.model.dynamic import Dynamic
from pointsman.model.options import Mark
from pointsman.providers.kubernetes.annotations import CLASS_KEY, TABLE, State
from pointsman.rules.names import NAMES

SAME, BETTER, PARTLY, MISSING = "same", "better", "in part", "not supported"
_GOOD = (SAME, BETTER)
_INTRODUCTION = """\
# Traefik 1.7, name by name

Every option, flag, annotation and rule of Traefik 1.7 with its state. The page is made from the tables that the program
itself reads its options with (`make golden`), so it cannot promise what is not there. What differs on purpose, and why:
[compatibility](compatibility.md). Every option with its default: [configuration](configuration.md).

- **same**: status, body, headers and what the server receives are those of 1.7.
- **better**: the same, and more; the note says what.
- **in part**, **not supported**: the note says why. Giving it is reported by name at the start, never passed over.
"""


class Row(NamedTuple):
    """One name of 1.7."""

    name: str
    state: str
    note: str
    outside: str = ""
    """`TLS`, `ACME` or `provider`: not counted, as those are another matter."""


def page() -> str:
    """The whole page as Markdown."""
    parts = dict(_parts())
    rows = [row for found in parts.values() for row in found]
    lines = [_INTRODUCTION, f"Of what is not TLS, ACME or another provider: {share(rows)} same or better.", ""]
    for title, found in parts.items():
        lines += [f"## {title}", "", f"{share(found)} same or better.", "", "| | state | |", "| --- | --- | --- |"]
        lines += [_line(row) for row in found]
        lines.append("")
    return "\n".join(lines)


def share(rows: list[Row]) -> str:
    """`N of M (P %)` of the rows that count."""
    counted = [row for row in rows if not row.outside]
    good = sum(row.state in _GOOD for row in counted)
    percent = 100 * good / len(counted) if counted else 100.0
    return f"{good} of {len(counted)} ({percent:.1f} %)"


def rows() -> list[Row]:
    """Every row of the page."""
    return [row for _, found in _parts() for row in found]


def _parts() -> Iterator[tuple[str, list[Row]]]:
    options = {row.name: row for row in _options()}
    yield "Static options (TOML, flags)", [*options.values(), *_sections_without_effect()]
    yield "Entry points as flags", list(_compact(options))
    yield "Flags of one letter, commands", list(_commands())
    yield "Rules", [_row(name, SAME) for name in (*NAMES, *compat_notes.RULES)]
    yield "Frontends, backends and certificates (files, REST)", list(_dynamic())
    yield "Annotations of Ingresses and Services", list(_annotations())


def _line(row: Row) -> str:
    outside = {"TLS": "TLS: ", "ACME": "ACME: ", "provider": "other provider: ", "": ""}[row.outside]
    note = (outside + row.note).strip().removesuffix(":").replace("|", "\\|")
    return f"| `{row.name}` | {row.state} | {note} |"


def _row(name: str, state: str, note: str = "", outside: str = "") -> Row:
    better = compat_notes.BETTER.get(name)
    if better is not None and state == SAME:
        return Row(name, BETTER, better, outside)
    if state == MISSING and not outside:
        note = compat_notes.WHY.get(name, "not yet" if not note else f"not yet; {note}")
    return Row(name, state, note, outside)


def _options() -> Iterator[Row]:
    for section in sections():
        for option in section.options:
            marks = section.marks | option.marks
            path = (*section.path, option.name)
            if Mark.OURS in marks:
                continue
            state = MISSING if Mark.LATER in marks else PARTLY if Mark.PARTLY in marks else SAME
            note = "deprecated in 1.7" if Mark.DEPRECATED in marks else ""
            outside = "TLS" if path[-1] in compat_notes.TLS_OPTIONS or "tls" in path or "clientCA" in path else ""
            yield _row(".".join(path), state, note, outside)


def _sections_without_effect() -> Iterator[Row]:
    for name, _ in unsupported.flags():
        head = name.split(".", maxsplit=1)[0]
        outside = compat_notes.OUTSIDE.get(head, "")
        yield _row(name, SAME if name in compat_notes.IDLE else MISSING, compat_notes.IDLE.get(name, ""), outside)


def _compact(options: dict[str, Row]) -> Iterator[Row]:
    yield _row("Name", SAME)
    yield _row("TLS", options["entryPoints.NAME.tls.minVersion"].state, outside="TLS")
    for name, path in OPTIONS.items():
        long = "entryPoints.NAME." + path.rstrip("?")
        target = options.get(long) or options[long.replace("certFile", "NAME.certFile")]
        yield _row(name, target.state, f"`{path.rstrip('?')}`", target.outside)


def _commands() -> Iterator[Row]:
    for letter, name in compat_notes.SHORT.items():
        yield _row(f"-{letter}", SAME if SHORT.get(letter) == name else MISSING, f"`--{name}`")
    for name in compat_notes.COMMANDS:
        known = name == "traefik" or name in COMMANDS
        yield _row(name, SAME if known else MISSING, outside=compat_notes.OUTSIDE.get(name, ""))


def _dynamic() -> Iterator[Row]:
    for path, option in walk(Dynamic):
        if Mark.OURS in option.marks or Mark.INTERNAL in option.marks:
            continue
        name = ".".join(path)
        if name in ("frontends", "backends"):
            continue
        tls = path[0] == "tls" or any(part.lower() in ("tls", "passtlscert", "passtlsclientcert") for part in path)
        yield _row(name, MISSING if tls else SAME, "deprecated in 1.7" if name in compat_notes.OLD else "", _tls(tls))


def _annotations() -> Iterator[Row]:
    yield _row(CLASS_KEY, SAME)
    for row in TABLE:
        tls = row.name in compat_notes.TLS_ANNOTATIONS
        state = SAME if row.state is State.IMPLEMENTED and not tls else MISSING
        yield _row(row.name, state, f"or `{row.legacy}`" if row.legacy else "", _tls(tls))


def _tls(tls: bool) -> str:
    return "TLS" if tls else ""


if __name__ == "__main__":
    print(f"{share(rows())} same or better")
