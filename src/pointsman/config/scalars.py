"""One written value to one Python value of the kind that the schema wants."""

import datetime
from collections.abc import Callable

from pointsman.config.schema import Kind, One
from pointsman.config.tree import Leaf, Node, Off, Scalar, Sequence
from pointsman.model import values

_READERS: dict[Kind, Callable[[str], Scalar]] = {
    Kind.STRING: str,
    Kind.BOOL: values.parse_bool,
    Kind.INTEGER: values.parse_int,
    Kind.NUMBER: values.parse_float,
    Kind.DURATION: values.parse_duration_or_seconds,
    Kind.BYTES: values.parse_size,
}
_TYPES = {str: "a string", bool: "a boolean", int: "a whole number", float: "a number with a fraction"}
_ZEROS: dict[Kind, Scalar] = {Kind.STRING: "", Kind.BOOL: False, Kind.NUMBER: 0.0}


def read(node: Node, shape: One) -> Scalar:
    """The value of a leaf; ValueError says what it is and must be."""
    if not isinstance(node, Leaf):
        raise ValueError(f"is {kind_of(node)}, but must be {shape.kind.value}")
    value = _READERS[shape.kind](str(node.value)) if node.text else _typed(node, shape.kind)
    if shape.kind is Kind.DURATION and isinstance(value, int) and value < 0:
        raise ValueError("must not be negative")
    return _chosen(str(value), shape.choices) if shape.choices else value


def zero(shape: One) -> Scalar:
    """What stands for a value that could not be read."""
    return shape.choices[0] if shape.choices else _ZEROS.get(shape.kind, 0)


def kind_of(node: Node) -> str:
    """What was written, in the words of a message."""
    if isinstance(node, Leaf):
        if isinstance(node.value, (datetime.date, datetime.time)):
            return "a date or time"
        return _TYPES.get(type(node.value), "a value")
    if isinstance(node, Off):
        return "switched off"
    return "a list" if isinstance(node, Sequence) else "a table"


def _typed(node: Leaf, kind: Kind) -> Scalar:
    """A value whose syntax already had a type: no conversions but those that Traefik 1.7 makes."""
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        values.parse_int(str(value) if abs(value) < 10**32 else "9" * 32)
    match kind, value:
        case (Kind.BOOL, bool()) | (Kind.STRING, str()):
            return value
        case Kind.DURATION | Kind.BYTES, str():
            return _READERS[kind](value)
        case Kind.INTEGER | Kind.BYTES | Kind.DURATION | Kind.NUMBER, int() if not isinstance(value, bool):
            return values.seconds(value) if kind is Kind.DURATION else float(value) if kind is Kind.NUMBER else value
        case Kind.NUMBER, float():
            return values.parse_float(repr(value))
    raise ValueError(f"is {kind_of(node)}, but must be {kind.value}")


def _chosen(value: str, choices: tuple[str, ...]) -> str:
    for choice in choices:
        if choice.casefold() == value.casefold():
            return choice
    raise ValueError("must be one of " + ", ".join(f"`{choice}`" for choice in choices))
