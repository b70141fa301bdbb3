"""Edits of one map that keep its order, and its comments where the map remembers any."""

from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.tokens import CommentToken

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
    """Removes an entry and its own comment; comment lines around it stay. Says whether there was one."""
    if name not in node:
        return False
    if isinstance(node, CommentedMap):
        where = position(node, name)
        lines = _lines_after(node, name)
        lines = _lines_before(_take_comment(node, name)) + lines
        if lines and where:
            _append(node, list(node)[where - 1], lines)
        elif lines and len(node) > 1:
            _prepend(node, list(node)[1], lines)
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
    if _is_block(value):
        return _last_token(value, _last_key(value)) or _own_token(node, key)
    return _own_token(node, key)


def _is_block(value: Any) -> bool:
    return isinstance(value, CommentedMap | CommentedSeq) and bool(value) and not value.fa.flow_style()


def _last_key(value: CommentedMap | CommentedSeq) -> Any:
    return list(value)[-1] if isinstance(value, CommentedMap) else len(value) - 1


def _own_token(node: CommentedMap | CommentedSeq, key: Any) -> Any:
    tokens = node.ca.items.get(key)
    if not tokens:
        return None
    return tokens[2 if isinstance(node, CommentedMap) else 0]


def _lines_after(node: CommentedMap, name: str) -> str:
    token = _last_token(node, name)
    return token.value.partition("\n")[2] if token is not None else ""


def _lines_before(tokens: Any) -> str:
    return "".join(" " * token.start_mark.column + token.value for token in (tokens and tokens[1]) or ())


def _append(node: CommentedMap, name: str, lines: str) -> None:
    token = _last_token(node, name)
    if token is not None:
        token.value = token.value.rstrip("\n") + "\n" + lines
        return
    owner: CommentedMap | CommentedSeq = node
    key: Any = name
    while _is_block(owner[key]):
        owner = owner[key]
        key = _last_key(owner)
    made = CommentToken("\n" + lines, CommentMark(0), None)
    owner.ca.items[key] = [None, None, made, None] if isinstance(owner, CommentedMap) else [made, None]


def _prepend(node: CommentedMap, name: str, lines: str) -> None:
    column = CommentMark(node.lc.col)
    tokens = node.ca.items.setdefault(name, [None, None, None, None])
    before = [CommentToken(line.strip() + "\n", column, None) for line in lines.splitlines()]
    tokens[1] = before + (tokens[1] or [])
