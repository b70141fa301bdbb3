"""Options given as text by name (flags and environment): which names there are, and what a text under one means."""

import functools

import msgspec

from pointsman.config import unsupported
from pointsman.config.compact import entry_point
from pointsman.config.schema import Group, Kind, ListOf, MapOf, One, Shape, walk
from pointsman.config.tree import Entry, Leaf, Node, Off, Origin, Table
from pointsman.model.problem import Problem
from pointsman.model.static import Static
from pointsman.model.values import parse_bool


class Named(msgspec.Struct, frozen=True):
    """An option that a flag or variable can give."""

    path: tuple[str, ...]
    shape: Shape

    @property
    def bare(self) -> bool:
        """Stands without a value: booleans and sections."""
        return isinstance(self.shape, Group) or self.shape == One(Kind.BOOL)

    @property
    def listed(self) -> bool:
        """Every repetition adds to it, instead of replacing it."""
        return isinstance(self.shape, ListOf | MapOf)


@functools.cache
def by_name() -> dict[str, Named]:
    """Every option that has one name (none below a user's name), by its dotted name in lower case."""
    named = {}
    for path, option in walk(Static):
        shape = option.shape
        if "NAME" in path or (isinstance(shape, ListOf) and isinstance(shape.item, Group)):
            continue
        named[".".join(path).casefold()] = Named(path, shape)
    for name, needs_value in unsupported.flags():
        named.setdefault(name.casefold(), Named(tuple(name.split(".")), One(Kind.STRING if needs_value else Kind.BOOL)))
    return named


def node(named: Named, texts: list[str], origin: Origin) -> tuple[Node, list[Problem]]:
    """The node for all texts given under one name, in order."""
    shape, last = named.shape, texts[-1]
    match shape:
        case Group():
            try:
                return (Table((), origin) if parse_bool(last or "true") else Off(origin)), []
            except ValueError:
                return Leaf(last, origin, text=True), []
        case MapOf(value=Group()):
            return _entry_points(texts, origin)
        case MapOf():
            return _pairs(texts, origin), []
        case ListOf():
            return Leaf(",".join(texts), origin, text=True), []
        case One():
            return Leaf((last or "true") if named.bare else last, origin, text=True), []


def _entry_points(texts: list[str], origin: Origin) -> tuple[Node, list[Problem]]:
    """Compact entry points; they replace all those of the file."""
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    for text in texts:
        entry, found = entry_point(text, origin)
        problems += found
        if entry is not None:
            entries[entry.key] = entry
    return Table(tuple(entries.values()), origin, whole=True), problems


def _pairs(texts: list[str], origin: Origin) -> Table:
    """`A=keep B=drop`, separated by blanks; they replace the whole map."""
    entries: dict[str, Entry] = {}
    for word in " ".join(texts).split():
        key, _, value = word.partition("=")
        entries[key] = Entry(key, Leaf(value, origin, text=True), origin)
    return Table(tuple(entries.values()), origin, whole=True)
