"""Environment to Tree: `POINTSMAN_SECTION__KEY=value`, read only where that is the name of an option."""

from collections.abc import Mapping

from pointsman.config.given import by_name, node
from pointsman.config.tree import Origin, Table, insert
from pointsman.model.problem import Problem

_PREFIX = "POINTSMAN_"


def parse(environ: Mapping[str, str]) -> tuple[Table, list[Problem]]:
    """The tree of all variables that name an option; the others are somebody else's and are not looked at.

    `__` separates section and key; single `_` are ignored, so that `POINTSMAN_LOG_LEVEL` is `logLevel`.
    """
    tree = Table((), Origin("environment"))
    problems: list[Problem] = []
    for variable in sorted(environ):
        named = by_name().get(option_name(variable))
        if named is not None:
            below, found = node(named, [environ[variable]], Origin(variable))
            tree = insert(tree, named.path, below)
            problems += found
    return tree, problems


def option_name(variable: str) -> str:
    """The dotted, lower-case option that a variable would name; empty without our prefix."""
    if not variable.startswith(_PREFIX):
        return ""
    return variable.removeprefix(_PREFIX).replace("__", ".").replace("_", "").casefold()
