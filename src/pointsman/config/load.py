"""Flags, environment and file to Static: flags win over environment, over the file, over defaults, key by key."""

from collections.abc import Mapping, Sequence

import msgspec

from pointsman.config import env, files, flags, later, toml, unsupported
from pointsman.config.checks import Finding, check
from pointsman.config.decode import IGNORED, decode
from pointsman.config.settle import settle
from pointsman.config.tree import Entry, Leaf, Node, Origin, Table, overlay
from pointsman.model.problem import Problem, Severity
from pointsman.model.static import Static

_FOR_FILE_PROVIDER = ("frontends", "backends", "tls")


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line, the environment and the configuration file say together."""

    static: Static
    """Settled; not to be used when `fatal` is not empty."""
    problems: tuple[Problem, ...] = ()
    """To be shown at start; none of them forbids it."""
    fatal: tuple[Problem, ...] = ()
    """Forbid to start."""
    command: str = ""
    """First word that is no flag; empty = run."""
    arguments: tuple[str, ...] = ()
    """Words after the command that are no flags."""
    help: bool = False
    """`--help` was given; then nothing was read."""


def load(argv: Sequence[str], environ: Mapping[str, str]) -> Loaded:
    """Reads the words after the program's name, the environment, and the file they name. Never raises for bad input."""
    words = flags.parse(argv)
    command, arguments = (words.arguments[0], words.arguments[1:]) if words.arguments else ("", ())
    if words.help:
        return Loaded(static=Static(), command=command, arguments=arguments, help=True)
    from_environ, problems = env.parse(environ)
    above = overlay(from_environ, words.tree)
    from_file, read_from, unread = _file(above, environ)
    found = _static(overlay(from_file, above), read_from, complete=not unread)
    fatal = [*words.problems, *problems, *unread, *found.fatal]
    return Loaded(
        static=found.static,
        problems=(*(each for each in fatal if each.severity is Severity.WARNING), *found.problems),
        fatal=tuple(each for each in fatal if each.severity is Severity.ERROR),
        command=command,
        arguments=arguments,
    )


def _file(above: Table, environ: Mapping[str, str]) -> tuple[Table, str, list[Problem]]:
    """The tree of the configuration file, its path, and why it could not be read."""
    entry = above.find("configFile")
    given = str(entry.node.value) if entry and isinstance(entry.node, Leaf) else ""
    path = files.named(given, environ) if given else files.usual(environ)
    nothing = Table((), Origin("defaults"))
    if path is None:
        return nothing, "", []
    try:
        return toml.parse(files.read(path), str(path)), str(path), []
    except files.ReadError as error:
        origin = str(entry.origin) if entry and given else ""
        return nothing, "", [Problem(object=str(path), origin=origin, key="", message=str(error))]
    except toml.TomlError as error:
        return nothing, "", [toml.problem(error)]


def _static(tree: Table, read_from: str, *, complete: bool) -> Loaded:
    """The static configuration of a merged tree; what does not fit together is only told if the tree is complete."""
    mine, unknown_here = unsupported.set_aside(tree)
    static, found = decode(_without(mine, _FOR_FILE_PROVIDER), Static)
    static = msgspec.structs.replace(static, config_file=read_from)
    strict = static.security == "strict"
    wrong = [each for each in found if each.severity is Severity.ERROR or strict]
    findings: list[Finding] = []
    if complete and not wrong:
        given, static = static, settle(static)
        findings = list(check(given, static, lambda key: _origin(tree, key)))
    refused = [
        msgspec.structs.replace(each, severity=Severity.ERROR, message=each.message.removesuffix(IGNORED))
        for each in wrong
    ]
    return Loaded(
        static=static,
        problems=(
            *(each for each in found if each not in wrong),
            *unknown_here,
            *later.reports(mine, Static),
            *(each.problem for each in findings if not each.fatal),
        ),
        fatal=(*refused, *(each.problem for each in findings if each.fatal)),
    )


def _without(table: Table, keys: Sequence[str]) -> Table:
    kept = tuple(entry for entry in table.entries if entry.key.casefold() not in keys)
    return Table(kept, table.origin)


def _origin(tree: Table, key: str) -> str:
    """Where a dotted option was given; else the nearest section above it; empty if that is nowhere."""
    node: Node = tree
    origin = ""
    for part in key.split("."):
        entry: Entry | None = node.find(part) if isinstance(node, Table) else None
        if entry is None:
            break
        node, origin = entry.node, str(entry.origin)
    return origin
