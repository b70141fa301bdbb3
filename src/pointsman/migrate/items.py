"""The objects in a document: one, or those of a list; their names and lines."""

from collections.abc import Iterator
from typing import Any

import yaml

from pointsman.migrate.model import Node, mapping


def things(value: Any) -> Iterator[Node]:
    """The objects of one document: itself, or the items of a `kind: List`."""
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return
    items = value.get("items")
    if value["kind"] == "List" and isinstance(items, list):
        for item in items:
            yield from things(item)
        return
    yield value


def lines(text: str, first: int, count: int) -> list[int]:
    """Where each of the `count` objects of a document starts: items of a list where they are, else at line `first`."""
    if count < 2:
        return [first] * count
    waiting, found = list[yaml.Node | None]([yaml.compose(text, Loader=yaml.CSafeLoader)]), list[int]()
    while waiting:
        node = waiting.pop()
        entries = {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
        kind, items = entries.get("kind"), entries.get("items")
        if kind is not None and kind.value == "List" and isinstance(items, yaml.SequenceNode):
            waiting += reversed(items.value)
        elif node is not None and isinstance(kind, yaml.ScalarNode):
            found.append(first + node.start_mark.line)
    return found if len(found) == count else [first] * count


def name(thing: Node) -> str:
    """Kind, namespace and name, as Problems have them."""
    meta = mapping(thing, "metadata") or {}
    namespace, own = meta.get("namespace"), meta.get("name") or meta.get("generateName") or "(no name)"
    return f"{thing['kind']} {namespace}/{own}" if namespace else f"{thing['kind']} {own}"
