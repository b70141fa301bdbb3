"""YAML as Kubernetes and Traefik 1.7 read it: limits on depth and aliases, no tags that run code, line numbers.

Built on the C parser's events, so that neither nesting nor aliases can exhaust the stack or memory.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import yaml

MAX_DEPTH = 100
MAX_NODES = 2_000_000
"""Nodes of one text, aliases counted as often as they are used."""

_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp")}
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLS = {
    word: value
    for value, words in ((True, ("yes", "on", "true")), (False, ("no", "off", "false")))
    for text in words
    for word in (text, text.capitalize(), text.upper())
}
_INTEGER = re.compile(r"[-+]?(0x[0-9a-fA-F]+|0o?[0-7]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

Value = object
"""None, a scalar as the reader's `scalar` function gives it, `list[Value]` or `dict[str, Value]`."""


class YamlError(ValueError):
    """Text that is refused; `line` counts from 1, 0 when unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class Document(NamedTuple):
    """One document of a text and the line on which it starts."""

    line: int
    value: Value


def typed(text: str, plain: bool) -> Value:
    """Scalars as kubectl reads them (YAML 1.1 words, a bare y or n is text; dates stay text, huge numbers too)."""
    if not plain:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    return float(text) if len(text) <= 64 and _FLOAT.fullmatch(text) else text


def _integer(text: str) -> int | float | str:
    if len(text) > 40:
        return text
    digits = text.lstrip("+-")
    base = 0 if digits[:2] in ("0x", "0o") else 8 if digits[0] == "0" else 10
    value = int(digits, base)
    return -value if text[0] == "-" else value


def textual(text: str, plain: bool) -> Value:
    """Scalars as they are written; only a plain null is None."""
    return None if plain and text in _NULLS else text


def documents(
    text: str | bytes, scalar: Callable[[str, bool], Value] = typed, unique: bool = True
) -> Iterator[Document]:
    """The documents of a text. `unique`: a key given twice is an error, else the last one counts. Raises YamlError."""
    builder = _Builder(scalar, unique)
    try:
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        for event in events:
            document = builder.take(event)
            if document is not None:
                yield document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(error.problem or "not YAML", mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise YamlError(str(error).split("\n", maxsplit=1)[0]) from None


def single(text: str, scalar: Callable[[str, bool], Value] = textual) -> Value:
    """The first document of a short text (an annotation), None when it is empty. Raises YamlError."""
    for document in documents(text, scalar, unique=False):
        return document.value
    return None


class _Open:
    """A collection that is being filled."""

    def __init__(self, event: yaml.CollectionStartEvent) -> None:
        self.anchor: str | None = event.anchor
        self.line: int = _line(event)
        self.items: list[Value] = []
        self.entries: dict[str, Value] = {}
        self.inherited: dict[str, Value] = {}
        """From the merge key `<<`; the collection's own entries win."""
        self.merges = False
        self.is_map = isinstance(event, yaml.MappingStartEvent)
        self.key: str | None = None
        self.nodes = 1


class _Builder:
    def __init__(self, scalar: Callable[[str, bool], Value], unique: bool) -> None:
        self._scalar = scalar
        self._unique = unique
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._document: Document | None = None
        self._line = 0
        self._nodes = 0

    def take(self, event: yaml.Event) -> Document | None:
        """Feeds one event; returns a document when it is complete."""
        match event:
            case yaml.ScalarEvent():
                self._scalar_event(event)
            case yaml.CollectionStartEvent():
                self._open(event)
            case yaml.CollectionEndEvent():
                top = self._stack.pop()
                value = {**top.inherited, **top.entries} if top.is_map else top.items
                self._add(value, top.nodes, top.anchor, top.line)
            case yaml.AliasEvent():
                line = _line(event)
                if event.anchor not in self._anchors:
                    raise YamlError(f"unknown or recursive alias *{event.anchor}", line)
                self._add(*self._anchors[event.anchor], None, line)
            case yaml.DocumentStartEvent():
                self._anchors = {}
                self._document = None
            case yaml.DocumentEndEvent():
                return self._document
        return None

    def _scalar_event(self, event: yaml.ScalarEvent) -> None:
        line = _line(event)
        _check_tag(event.tag, line)
        plain = event.implicit[0]
        top = self._stack[-1] if self._stack else None
        if top is not None and top.is_map and top.key is None and not event.anchor:
            top.key = event.value
            top.merges = plain and event.value == "<<"
            top.nodes += 1
            return
        self._add(self._scalar(event.value, plain), 1, event.anchor, line)

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        line = _line(event)
        _check_tag(event.tag, line)
        if len(self._stack) >= MAX_DEPTH:
            raise YamlError(f"nested deeper than {MAX_DEPTH}", line)
        self._stack.append(_Open(event))

    def _add(self, value: Value, nodes: int, anchor: str | None, line: int) -> None:
        if anchor:
            self._anchors[anchor] = (value, nodes)
        self._nodes += 1
        if nodes > MAX_NODES or self._nodes > MAX_NODES:
            raise YamlError(f"more than {MAX_NODES} values (aliases counted as often as they are used)", line)
        if not self._stack:
            self._document = Document(line, value)
            return
        top = self._stack[-1]
        top.nodes += nodes
        if not top.is_map:
            top.items.append(value)
        elif top.key is None:
            if not isinstance(value, str):
                raise YamlError("a key must be text", line)
            top.key = value
        else:
            self._entry(top, top.key, value, line)
            top.key = None

    def _entry(self, top: _Open, key: str, value: Value, line: int) -> None:
        if top.merges and isinstance(value, dict):
            top.inherited = {**value, **top.inherited}
            return
        if self._unique and key in top.entries:
            raise YamlError(f"the key {key!r} is given twice", line)
        top.entries[key] = value


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark else 0


def _check_tag(tag: str | None, line: int) -> None:
    if tag is not None and tag not in _TAGS and tag != "!":
        raise YamlError(f"the tag {tag!r} is not allowed", line)
