"""Tree: what was written, and where, before anybody knows what it means.

Every source (TOML, environment, flags) becomes a `Table`; `overlay` puts one over the other, key by key.
"""

import datetime

import msgspec

Scalar = str | int | float | bool | datetime.datetime | datetime.date | datetime.time


class Origin(msgspec.Struct, frozen=True):
    """Where something was written: a file with line and column (from 1), a flag, or an environment variable."""

    place: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.place}:{self.line}:{self.column}" if self.line else self.place


class Leaf(msgspec.Struct, frozen=True):
    """A value. `text`: it came as text whose type only the schema knows (flags, environment)."""

    value: Scalar
    origin: Origin
    text: bool = False


class Off(msgspec.Struct, frozen=True):
    """A section that was switched off by name (`--retry=false`)."""

    origin: Origin


class Sequence(msgspec.Struct, frozen=True):
    """A list."""

    items: tuple["Node", ...]
    origin: Origin


class Entry(msgspec.Struct, frozen=True):
    """A key and what it was given; `origin` is the key's."""

    key: str
    node: "Node"
    origin: Origin


class Table(msgspec.Struct, frozen=True):
    """Keys as they were written. `whole`: replaces what lies under it instead of being merged with it."""

    entries: tuple[Entry, ...]
    origin: Origin
    whole: bool = False

    def find(self, key: str) -> Entry | None:
        """The entry of that name: letter for letter if there is one, else in any letter case."""
        exact = next((entry for entry in self.entries if entry.key == key), None)
        folded = key.casefold()
        return exact or next((entry for entry in self.entries if entry.key.casefold() == folded), None)


Node = Leaf | Off | Sequence | Table


def overlay(base: Table, over: Table) -> Table:
    """`over` put upon `base`: its tables are merged into those of the same name, anything else replaces."""
    if over.whole:
        return over
    merged = {entry.key: entry for entry in base.entries}
    for entry in over.entries:
        under = base.find(entry.key)
        if under is None:
            merged[entry.key] = entry
            continue
        node = entry.node
        if isinstance(node, Table) and isinstance(under.node, Table):
            node = overlay(under.node, node)
        origin = under.origin if isinstance(node, Table) and not node.whole else entry.origin
        merged[under.key] = Entry(under.key, node, origin)
    return Table(tuple(merged.values()), base.origin)


def insert(table: Table, path: tuple[str, ...], node: Node) -> Table:
    """The table with `node` at `path`, overlaying what is there."""
    for key in reversed(path):
        node = Table((Entry(key, node, node.origin),), node.origin)
    return overlay(table, node) if isinstance(node, Table) else table
