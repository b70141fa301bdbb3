"""Text of one rule file to its frontends, backends and certificates, object by object."""

from collections.abc import Mapping

import msgspec

from pointsman.config.decode import decode
from pointsman.config.toml import TomlError, parse
from pointsman.config.tree import Table
from pointsman.model.dynamic import Backend, Dynamic, Frontend
from pointsman.model.problem import Problem, Severity

_SECTIONS = ("frontends", "backends", "tls")


def decode_rules(text: str, place: str, last: Dynamic, *, part_of_static: bool) -> Dynamic | Problem:
    """What a file says; or the Problem that makes it unreadable as a whole.

    An object with a mistake keeps the form it had in `last`. A new backend is left out; a new frontend whose rules are
    known answers 404 itself, so that its requests do not reach a less protected one. `part_of_static`: the file is the
    main one, whose other options are none of our business.
    """
    template = None if part_of_static else _template_line(text)
    if template is not None:
        return Problem(
            object=f"file {place}",
            origin=f"{place}:{template}",
            message="holds a Go template (`{{`), which is not supported: what it said before stays in force",
            remedy="write the values out, e.g. with a tool that renders the file before it is mounted",
        )
    try:
        tree = parse(text, place)
    except TomlError as error:
        origin = f"{error.origin.place}:{error.origin.line}" if error.origin.line else place
        message = f"is not TOML: {error.message}; what it said before stays in force"
        return Problem(object=f"file {place}", origin=origin, message=message)
    if part_of_static:
        tree = Table(tuple(entry for entry in tree.entries if entry.key.casefold() in _SECTIONS), tree.origin)
    dynamic, problems = decode(tree, Dynamic)
    return _isolate(dynamic, problems, _origins(tree), last)


def _isolate(dynamic: Dynamic, problems: list[Problem], origins: Mapping[str, str], last: Dynamic) -> Dynamic:
    broken: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.severity is Severity.ERROR:
            broken.setdefault(problem.object, []).append(problem)
    frontends: dict[str, Frontend] = {}
    for name, frontend in dynamic.frontends.items():
        mistakes = broken.get(f"frontend {name}")
        if mistakes is None:
            frontends[name] = msgspec.structs.replace(frontend, origin=origins.get(name, ""))
        elif name in last.frontends:
            frontends[name] = last.frontends[name]
        elif not any(_concerns_rules(problem) for problem in mistakes):
            refuse = f"{mistakes[0].key} is broken"
            frontends[name] = msgspec.structs.replace(frontend, origin=origins.get(name, ""), refuse=refuse)
    backends: dict[str, Backend] = {}
    for name, backend in dynamic.backends.items():
        if f"backend {name}" not in broken:
            backends[name] = backend
        elif name in last.backends:
            backends[name] = last.backends[name]
    return Dynamic(frontends=frontends, backends=backends, tls=dynamic.tls, problems=tuple(problems))


def _concerns_rules(problem: Problem) -> bool:
    """Whether nobody knows which requests the frontend is for."""
    return problem.key in ("", "routes") or problem.key.startswith("routes.")


def _origins(tree: Table) -> dict[str, str]:
    """`file:line` of each frontend."""
    section = tree.find("frontends")
    if section is None or not isinstance(section.node, Table):
        return {}
    return {entry.key: f"{entry.origin.place}:{entry.origin.line}" for entry in section.node.entries}


def _template_line(text: str) -> int | None:
    """The first line with `{{` outside comments, from 1."""
    if "{{" not in text:
        return None
    for number, line in enumerate(text.splitlines(), 1):
        if "{{" in line and not line.lstrip().startswith("#"):
            return number
    return None
