"""TOML text to Tree: values by the standard library, positions by our own scanner."""

import re
import tomllib
import typing

from pointsman.config.toml_positions import Places, Position, places
from pointsman.config.tree import Entry, Leaf, Node, Origin, Sequence, Table
from pointsman.model.problem import Problem

_MAX_DEPTH = 64
_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:{_PART}[ \t]*\.[ \t]*){{{_MAX_DEPTH}}}", re.MULTILINE)
"""A key of more parts than any option has; reading one costs tomllib the square of its length."""
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class TomlError(ValueError):
    """The text is not TOML. `origin` is where; `line` is the text of that line."""

    def __init__(self, message: str, origin: Origin, line: str = "") -> None:
        super().__init__(message)
        self.message, self.origin, self.line = message, origin, line


def parse(text: str, place: str) -> Table:
    """The tree of a TOML document; every node and key carries `place:line:column`. Raises TomlError."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    too_long = _LONG_KEY.search(text)
    if too_long:
        raise TomlError("has a key of too many parts", Origin(place, text.count("\n", 0, too_long.end()) + 1, 1))
    try:
        document = tomllib.loads(text)
        found = places(text)
        return typing.cast(Table, _node(document, (), found, place))
    except tomllib.TOMLDecodeError as error:
        raise _syntax(str(error), text, place) from None
    except RecursionError:
        raise TomlError("is nested too deeply", Origin(place)) from None
    except ValueError:  # Python reads no more than 4300 digits.
        raise TomlError("holds a number of too many digits", Origin(place)) from None


def problem(error: TomlError) -> Problem:
    """What to tell the user about a text that is not TOML, with the line concerned; nothing that may be a secret."""
    return Problem(
        object="TOML syntax",
        origin=str(error.origin),
        value=_public(error.line),
        message=error.message[:1].lower() + error.message[1:],
    )


def _public(line: str) -> str:
    """A line without what may be a secret: a value whose key says so."""
    key, equals, _ = line.partition("=")
    hidden = equals and re.search("token|password|secret|users|key|auth", key, re.IGNORECASE)
    return f"{key.strip()} = ..." if hidden else line.strip()[:200]


def _node(value: object, path: tuple[str | int, ...], found: Places, place: str) -> Node:
    if len(path) > _MAX_DEPTH:
        raise RecursionError
    origin = _origin(found.values.get(path, Position(1, 1)), place)
    if isinstance(value, dict):
        entries = []
        for key, below in value.items():
            here = (*path, key)
            at = _origin(found.keys.get(here, found.values.get(here, Position(1, 1))), place)
            entries.append(Entry(key, _node(below, here, found, place), at))
        return Table(tuple(entries), origin)
    if isinstance(value, list):
        return Sequence(tuple(_node(item, (*path, at), found, place) for at, item in enumerate(value)), origin)
    return Leaf(typing.cast(typing.Any, value), origin)


def _origin(position: Position, place: str) -> Origin:
    return Origin(place, position.line, position.column)


def _syntax(message: str, text: str, place: str) -> TomlError:
    lines = text.split("\n")
    found = _AT.search(message)
    line, column = (int(found[1]), int(found[2])) if found and found[1] else (len(lines), len(lines[-1]) + 1)
    said = _AT.sub("", message)
    return TomlError(said, Origin(place, line, column), lines[line - 1] if line <= len(lines) else "")
