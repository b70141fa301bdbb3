"""Edits of one map that keep its order, and its comments where the map remembers any."""

from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from pointsman.migrate.model import Node


def insert(node: Node, position: int, name: str, value: object) -> None:
    """Adds an entry at a position; at the end when the position is past it."""
    if isinstance(node, CommentedMap):
        node.insert(position, name, value)
        return
    later = list(node.items())[position:]
    for old, _ in later:
        del node[old]
    node[name] = value
    node.update(later)


def position(node: Node, name: str) -> int:
    """Where an entry stands; past the end when there is none."""
    names = list(node)
    return names.index(name) if name in names else len(names)


def rename(node: Node, old: str, new: str) -> None:
    """Gives an entry another name, in its place and with its comments."""
    if old not in node:
        return
    where, value = position(node, old), node[old]
    comment = _take_comment(node, old)
    del node[old]
    insert(node, where, new, value)
    _give_comment(node, new, comment)


def move(source: Node, old: str, target: Node, new: str) -> None:
    """Moves an entry to the end of another map, with its comments."""
    comment = _take_comment(source, old)
    target[new] = source[old]
    del source[old]
    _give_comment(target, new, comment)


def drop(node: Node, name: str) -> bool:
    """Removes an entry and its own comment; comment lines after it stay. Says whether there was one."""
    if name not in node:
        return False
    if isinstance(node, CommentedMap):
        where = position(node, name)
        lines = _lines_after(node, name)
        if lines and where:
            _append(node, list(node)[where - 1], lines)
        _take_comment(node, name)
    del node[name]
    return True


def like(node: Node) -> Node:
    """An empty map of the same sort and style."""
    if not isinstance(node, CommentedMap):
        return {}
    made = CommentedMap()
    if node.fa.flow_style():
        made.fa.set_flow_style()
    return made


def listed(node: Node, values: list[str]) -> list[str]:
    """A short list for that map, on one line."""
    if not isinstance(node, CommentedMap):
        return list(values)
    made = CommentedSeq(values)
    made.fa.set_flow_style()
    return made


def _take_comment(node: Node, name: str) -> Any:
    return node.ca.items.pop(name, None) if isinstance(node, CommentedMap) else None


def _give_comment(node: Node, name: str, comment: Any) -> None:
    if isinstance(node, CommentedMap) and comment is not None:
        node.ca.items[name] = comment


def _last_token(node: CommentedMap | CommentedSeq, key: Any) -> Any:
    """The comment that ends the entry: the reader hangs the lines before the next entry on it."""
    value = node[key]
    if isinstance(value, CommentedMap) and value:
        return _last_token(value, list(value)[-1]) or _own_token(node, key)
    if isinstance(value, CommentedSeq) and value:
        return _last_token(value, len(value) - 1) or _own_token(node, key)
    return _own_token(node, key)


def _own_token(node: CommentedMap | CommentedSeq, key: Any) -> Any:
    tokens = node.ca.items.get(key)
    if not tokens:
        return None
    return tokens[2 if isinstance(node, CommentedMap) else 0]


def _lines_after(node: CommentedMap, name: str) -> str:
    token = _last_token(node, name)
    return token.value.partition("\n")[2] if token is not None else ""


def _append(node: CommentedMap, name: str, lines: str) -> None:
    token = _last_token(node, name)
    if token is not None:
        token.value = token.value.rstrip("\n") + "\n" + lines
        return
    owner: CommentedMap | CommentedSeq = node
    key: Any = name
    while isinstance(owner[key], CommentedMap | CommentedSeq) and owner[key]:
        owner = owner[key]
        key = list(owner)[-1] if isinstance(owner, CommentedMap) else len(owner) - 1
    if isinstance(owner, CommentedMap):
        owner.yaml_set_comment_before_after_key(key, after=None)
        from ruamel.yaml.error import CommentMark
        from ruamel.yaml.tokens import CommentToken

        owner.ca.items[key] = [None, None, CommentToken("\n" + lines, CommentMark(0), None), None]
