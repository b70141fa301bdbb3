"""`rule := part (";" part)*`, `part := Name ":" arg ("," arg)*`: text to parts.

compat(1.7): splitting knows no quotes or braces: `;` and `,` split inside regular expressions too, and a run of `:`
counts as one.
"""

from collections.abc import Iterator

import msgspec

from pointsman.rules.faults import RuleFault
from pointsman.rules.names import LITERAL_NAMES, NAMES, unknown_name

_SPACE = "".join(
    map(chr, (*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000))
)
"""White space as Unicode defines it, which is what 1.7 trims; `str.strip()` trims four control characters more."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One `Name:arguments` of a rule."""

    name: str
    arguments: tuple[str, ...]
    position: int = 0
    """Characters before the part in its rule."""
    literal: bool = False
    """The one argument is taken as it is: no template, no splitting."""


def parse(rule: str) -> tuple[Part, ...] | RuleFault:
    """The parts of a rule in written order, or the first fault."""
    parts = []
    for position, text in _pieces(rule, ";"):
        part = _part(position, text)
        if isinstance(part, RuleFault):
            return part
        parts.append(part)
    if not parts:
        return RuleFault(message="the rule is empty", remedy="write one such as `PathPrefix:/`")
    return tuple(parts)


def parse_literal(rule: str) -> Part | RuleFault:
    """The one part of a literal rule: all text after the first `:` is its argument."""
    name, colon, argument = rule.partition(":")
    name = name.strip(_SPACE)
    if name not in LITERAL_NAMES:
        return unknown_name(name, rule, 0, LITERAL_NAMES)
    if not colon or not argument:
        return _missing(name, 0)
    return Part(name=name, arguments=(argument,), literal=True)


def _part(position: int, text: str) -> Part | RuleFault:
    words = [word for _, word in _pieces(text, ":")]
    position += len(text) - len(text.lstrip(_SPACE))
    if not words:
        return RuleFault(message="a name is missing before `:`", position=position, remedy="write `Name:argument`")
    name = words[0].strip(_SPACE)
    if name not in NAMES:
        return unknown_name(name, text.strip(_SPACE), position, NAMES)
    arguments = tuple(piece.strip(_SPACE) for _, piece in _pieces(":".join(words[1:]), ","))
    if not any(arguments):
        return _missing(name, position)
    return Part(name=name, arguments=arguments, position=position)


def _missing(name: str, position: int) -> RuleFault:
    return RuleFault(message=f"`{name}` has no argument", position=position, remedy=f"write `{name}:argument`")


def _pieces(text: str, separator: str) -> Iterator[tuple[int, str]]:
    """Non-empty pieces between separators, each with its offset."""
    offset = 0
    for piece in text.split(separator):
        if piece:
            yield offset, piece
        offset += len(piece) + 1
