"""Tree to struct, for any struct of the model. Every mistake is found in one pass; none raises."""

import difflib
import typing

import msgspec

from pointsman.config import scalars
from pointsman.config.schema import Group, ListOf, MapOf, One, Option, Shape, options, walk
from pointsman.config.tree import Entry, Leaf, Node, Off, Origin, Sequence, Table
from pointsman.model.options import Mark
from pointsman.model.problem import Problem, Severity
from pointsman.model.values import split_list

S = typing.TypeVar("S", bound=msgspec.Struct)

_OBJECTS = {"frontends": "frontend", "backends": "backend"}
_SHOWN = 200
IGNORED = " and is ignored"
"""How the message about an unknown key ends; for those who refuse it instead."""


def decode(tree: Table, into: type[S]) -> tuple[S, list[Problem]]:
    """The struct that a tree describes, and what is wrong with the tree.

    Keys match option names in any letter case; the keys of maps are kept as written. A value of the wrong type is an
    error and leaves the default in place; an unknown key is a warning; a bare or empty section has its defaults.
    """
    decoder = _Decoder(into)
    return typing.cast(S, decoder.group(tree, into, ())), decoder.problems


class _Decoder:
    """One pass over one tree."""

    def __init__(self, root: type[msgspec.Struct]) -> None:
        self.root = root
        self.problems: list[Problem] = []

    def group(self, table: Table, struct: type[msgspec.Struct], path: tuple[str, ...]) -> msgspec.Struct:
        known = {option.name.casefold(): option for option in options(struct)}
        seen: dict[str, Entry] = {}
        values: dict[str, object] = {}
        for entry in table.entries:
            option = known.get(entry.key.casefold())
            if option is None:
                self._unknown(entry, struct, path)
            elif option.name in seen:
                first = seen[option.name]
                message = f"is given twice, first as `{first.key}` at {first.origin}"
                self._wrong((*path, entry.key), entry.origin, message)
            else:
                seen[option.name] = entry
                self._field(entry, option, path, values)
        for option in known.values():
            if option.default is msgspec.NODEFAULT and option.attribute not in values:
                values[option.attribute] = _zero(option.shape)
                if option.name not in seen:
                    self._wrong((*path, option.name), table.origin, "is required and missing")
        return struct(**values)

    def _field(self, entry: Entry, option: Option, path: tuple[str, ...], values: dict[str, object]) -> None:
        here = (*path, option.name)
        node, secret = entry.node, Mark.SECRET in option.marks
        if isinstance(node, Off):
            return
        if Mark.LISTED in option.marks and isinstance(node, Sequence):
            node = _numbered(node)
        before = len(self.problems)
        value = self._value(node, option.shape, here, secret)
        if len(self.problems) == before or isinstance(option.shape, (Group, MapOf)):
            values[option.attribute] = value

    def _value(self, node: Node, shape: Shape, path: tuple[str, ...], secret: bool) -> object:
        match shape:
            case Group():
                return self.group(self._table(node, path), shape.struct, path)
            case MapOf():
                entries = self._table(node, path).entries
                return {e.key: self._value(e.node, shape.value, (*path, e.key), secret) for e in entries}
            case ListOf():
                return tuple(
                    self._value(item, shape.item, (*path, str(number)), secret)
                    for number, item in enumerate(self._items(node, path, secret), 1)
                )
            case One():
                return self._one(node, shape, path, secret)

    def _table(self, node: Node, path: tuple[str, ...]) -> Table:
        if isinstance(node, Table):
            return node
        if not isinstance(node, Off):
            remedy = f"write a table: `[{'.'.join(path)}]`"
            self._wrong(path, node.origin, f"is {scalars.kind_of(node)}, but must be a table", remedy)
        return Table((), node.origin)

    def _items(self, node: Node, path: tuple[str, ...], secret: bool) -> tuple[Node, ...]:
        if isinstance(node, Sequence):
            return node.items
        if isinstance(node, Leaf) and node.text:
            return tuple(Leaf(part, node.origin, text=True) for part in split_list(str(node.value)))
        remedy = ""
        if isinstance(node, Leaf) and isinstance(node.value, str) and not secret:
            remedy = f'write `["{node.value[:_SHOWN]}"]`'
        self._wrong(path, node.origin, f"is {scalars.kind_of(node)}, but must be a list", remedy)
        return ()

    def _one(self, node: Node, shape: One, path: tuple[str, ...], secret: bool) -> object:
        try:
            return scalars.read(node, shape)
        except ValueError as error:
            shown = str(node.value) if isinstance(node, Leaf) and not secret else ""
            self._wrong(path, node.origin, str(error), value=shown)
            return scalars.zero(shape)

    def _unknown(self, entry: Entry, struct: type[msgspec.Struct], path: tuple[str, ...]) -> None:
        remedy = suggestion(entry.key, struct, self.root)
        object_, key = _name((*path, entry.key))
        self.problems.append(
            Problem(
                object=object_,
                origin=str(entry.origin),
                key=key,
                message=f"is not an option{IGNORED}",
                remedy=remedy,
                severity=Severity.WARNING,
            )
        )

    def _wrong(self, path: tuple[str, ...], origin: Origin, message: str, remedy: str = "", *, value: str = "") -> None:
        object_, key = _name(path)
        self.problems.append(
            Problem(object=object_, origin=str(origin), key=key, value=value[:_SHOWN], message=message, remedy=remedy)
        )


def suggestion(key: str, struct: type[msgspec.Struct], root: type[msgspec.Struct]) -> str:
    """`did you mean …?` for an unknown key: a sibling that is near, else any option; empty if none is."""
    anywhere: dict[str, str] = {}
    for path, option in walk(root):
        anywhere.setdefault(option.name.casefold(), ".".join(path))
    siblings = {option.name.casefold(): option.name for option in options(struct)}
    folded = key.casefold()
    cutoff = 0.9 if folded in anywhere else 0.6
    near = difflib.get_close_matches(folded, siblings, n=1, cutoff=cutoff)
    if near:
        return f"did you mean `{siblings[near[0]]}`?"
    far = difflib.get_close_matches(folded, anywhere, n=1, cutoff=0.8)
    return f"did you mean `{anywhere[far[0]]}`?" if far else ""


def _name(path: tuple[str, ...]) -> tuple[str, str]:
    """Object and key of a path: frontends and backends are objects, any other option stands for itself."""
    if len(path) > 1 and path[0] in _OBJECTS:
        return f"{_OBJECTS[path[0]]} {path[1]}", ".".join(path[2:])
    return ".".join(path), ""


def _numbered(node: Sequence) -> Table:
    """A list of tables as a map whose keys are the positions from 1."""
    entries = tuple(Entry(str(number), item, item.origin) for number, item in enumerate(node.items, 1))
    return Table(entries, node.origin)


def _zero(shape: Shape) -> object:
    match shape:
        case One():
            return scalars.zero(shape)
        case ListOf():
            return ()
        case MapOf():
            return {}
        case Group():
            return shape.struct()
