"""What a struct says about its fields: names, shapes, marks, documentation. Read by decoder, flags, help and page."""

import ast
import enum
import functools
import inspect
import sys
import types
import typing
from collections.abc import Iterator

import msgspec

from pointsman.model.options import Mark


class Kind(enum.Enum):
    """What a single value is, in the words of a message."""

    STRING = "a string"
    BOOL = "`true` or `false`"
    INTEGER = "a whole number"
    NUMBER = "a number"
    DURATION = "a duration"
    BYTES = "a size"


class One(msgspec.Struct, frozen=True):
    """A single value; `choices` names all that are allowed, if only some are."""

    kind: Kind
    choices: tuple[str, ...] = ()


class ListOf(msgspec.Struct, frozen=True):
    """A list."""

    item: "Shape"


class MapOf(msgspec.Struct, frozen=True):
    """A table whose keys are the user's names."""

    value: "Shape"


class Group(msgspec.Struct, frozen=True):
    """A table with the fields of a struct."""

    struct: type[msgspec.Struct]


Shape = One | ListOf | MapOf | Group


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a struct, as its user sees it."""

    name: str
    """Outside name, e.g. `logLevel`."""
    attribute: str
    """Name of the Python attribute."""
    shape: Shape
    marks: frozenset[Mark]
    default: object
    """msgspec.NODEFAULT = required."""
    owner: type[msgspec.Struct]
    """The struct it is a field of."""

    @property
    def doc(self) -> str:
        """Its documentation; empty where the sources are not at hand."""
        return documentation(self.owner.__module__).get(self.owner.__name__, {}).get(self.attribute, "")


_PLAIN = {str: Kind.STRING, bool: Kind.BOOL, int: Kind.INTEGER, float: Kind.NUMBER}
_MARKED = {Mark.DURATION: Kind.DURATION, Mark.BYTES: Kind.BYTES}


@functools.cache
def options(struct: type[msgspec.Struct]) -> tuple[Option, ...]:
    """The fields of a struct that a configuration can give, in order."""
    found = []
    for field in msgspec.structs.fields(struct):
        shape, marks = _shape(field.type)
        if shape is not None and Mark.INTERNAL not in marks:
            default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
            found.append(
                Option(
                    name=field.encode_name,
                    attribute=field.name,
                    shape=shape,
                    marks=marks,
                    default=default,
                    owner=struct,
                )
            )
    return tuple(found)


def walk(struct: type[msgspec.Struct], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Option]]:
    """Every option below a struct with its path; a user's name in a path is `NAME`."""
    for option in options(struct):
        here = (*path, option.name)
        yield here, option
        shape = option.shape
        if isinstance(shape, MapOf):
            here, shape = (*here, "NAME"), shape.value
        elif isinstance(shape, ListOf):
            shape = shape.item
        if isinstance(shape, Group):
            yield from walk(shape.struct, here)


@functools.cache
def documentation(module: str) -> dict[str, dict[str, str]]:
    """By class and field: the string below a field, its lines joined. Read from the source, when first asked for."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, SyntaxError):
        return {}
    return {each.name: _below_fields(each.body) for each in tree.body if isinstance(each, ast.ClassDef)}


def _below_fields(body: list[ast.stmt]) -> dict[str, str]:
    docs, name = {}, ""
    for statement in body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and name:
            docs[name], name = " ".join(str(statement.value.value).split()), ""
    return docs


def _shape(annotation: object) -> tuple[Shape | None, frozenset[Mark]]:
    """Shape and marks of an annotation; None where no configuration can express it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        marks = frozenset(mark for mark in arguments[1:] if isinstance(mark, Mark))
        shape, inner = _shape(arguments[0])
        kind = next((_MARKED[mark] for mark in marks if mark in _MARKED), None)
        return (One(kind) if kind else shape), marks | inner
    if origin in (types.UnionType, typing.Union):
        rest = [argument for argument in arguments if argument is not type(None)]
        return _shape(rest[0]) if len(rest) == 1 else (None, frozenset())
    if origin is typing.Literal:
        return One(Kind.STRING, arguments), frozenset()
    if origin is tuple or origin is dict:
        inner_shape, marks = _shape(arguments[0] if origin is tuple else arguments[1])
        if inner_shape is None:
            return None, marks
        return (ListOf(inner_shape) if origin is tuple else MapOf(inner_shape)), marks
    if not isinstance(annotation, type):
        return None, frozenset()
    if annotation in _PLAIN:
        return One(_PLAIN[annotation]), frozenset()
    if issubclass(annotation, msgspec.Struct):
        return Group(annotation), frozenset()
    return None, frozenset()
