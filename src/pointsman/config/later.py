"""Options that were given although they have no effect yet, or only a part of it: named, so none passes silently."""

import msgspec

from pointsman.config.schema import Group, ListOf, MapOf, Option, Shape, options
from pointsman.config.tree import Leaf, Node, Off, Sequence, Table
from pointsman.config.unsupported import report
from pointsman.model.options import Mark
from pointsman.model.problem import Problem

_OFF = frozenset({"", "0", "false", "f", "0s"})


def reports(table: Table, struct: type[msgspec.Struct], path: tuple[str, ...] = ()) -> list[Problem]:
    """A Problem for each option in the tree that is marked LATER or PARTLY and is not merely switched off."""
    known = {option.name.casefold(): option for option in options(struct)}
    problems: list[Problem] = []
    for entry in table.entries:
        option = known.get(entry.key.casefold())
        if option is not None:
            problems += _report(entry.node, option, (*path, option.name), str(entry.origin))
    return problems


def _report(node: Node, option: Option, path: tuple[str, ...], origin: str) -> list[Problem]:
    if Mark.LATER in option.marks:
        return [] if _is_off(node) else [report(".".join(path), origin)]
    below = _below(node, option.shape, path)
    if Mark.PARTLY in option.marks and not _is_off(node):
        return [report(".".join(path), origin, partly=True), *below]
    return below


def _below(node: Node, shape: Shape, path: tuple[str, ...]) -> list[Problem]:
    match shape, node:
        case Group(), Table():
            return reports(node, shape.struct, path)
        case MapOf(), Table():
            return [found for e in node.entries for found in _below(e.node, shape.value, (*path, e.key))]
        case ListOf(), Sequence():
            return [found for item in node.items for found in _below(item, shape.item, path)]
    return []


def _is_off(node: Node) -> bool:
    if isinstance(node, Leaf):
        return str(node.value).casefold() in _OFF
    return isinstance(node, Off) or (isinstance(node, Sequence) and not node.items)
