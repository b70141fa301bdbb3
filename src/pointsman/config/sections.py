"""The static options section by section, as help and reference page list them."""

from collections.abc import Iterator

import msgspec

from pointsman.config.schema import Group, Kind, ListOf, MapOf, One, Option, Shape, options
from pointsman.model.options import Mark
from pointsman.model.static import Static
from pointsman.model.values import show_duration

NAME = "NAME"
"""Stands in a path for a name that the user chooses."""

_PLACEHOLDERS = {
    Kind.STRING: "TEXT",
    Kind.BOOL: "BOOL",
    Kind.INTEGER: "N",
    Kind.NUMBER: "X",
    Kind.DURATION: "DURATION",
    Kind.BYTES: "SIZE",
}


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A table of options."""

    path: tuple[str, ...]
    """Empty for the global options."""
    doc: str
    marks: frozenset[Mark]
    """Its own and those of the sections around it."""
    options: tuple[Option, ...]
    """Without its subsections."""
    switched: bool = False
    """Off until it is named."""

    @property
    def is_flag(self) -> bool:
        """Flags and variables can give its options one by one."""
        return NAME not in self.path


def sections() -> Iterator[Section]:
    """The global options, then every section with its subsections after it."""
    return _walk(Static, Section(path=(), doc="Global options", marks=frozenset(), options=()))


def _walk(struct: type[msgspec.Struct], here: Section) -> Iterator[Section]:
    plain = tuple(option for option in options(struct) if _group(option.shape) is None)
    yield msgspec.structs.replace(here, options=plain)
    for option in options(struct):
        below = _group(option.shape)
        if below is not None:
            named = () if isinstance(option.shape, Group) else (NAME,) if isinstance(option.shape, MapOf) else ()
            path = (*here.path, option.name, *named)
            switched = option.default is None
            marks = here.marks | option.marks
            yield from _walk(below, Section(path=path, doc=option.doc, marks=marks, options=(), switched=switched))


def _group(shape: Shape) -> type[msgspec.Struct] | None:
    """The struct of a section, also of one that occurs several times."""
    inner = shape.value if isinstance(shape, MapOf) else shape.item if isinstance(shape, ListOf) else shape
    return inner.struct if isinstance(inner, Group) else None


def placeholder(shape: Shape) -> str:
    """What to write as a value, in capitals."""
    match shape:
        case One(choices=choices) if choices:
            return "|".join(choices)
        case One(kind=kind):
            return _PLACEHOLDERS[kind]
        case ListOf():
            return "A,B"
        case _:
            return "'A=x B=y'"


def shown_default(option: Option) -> str:
    """The default in the user's spelling; empty where it says nothing: nothing, none, off."""
    value = option.default
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, int) and Mark.DURATION in option.marks:
        return show_duration(value) if value else ""
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    return str(value) if isinstance(value, str | int) and value else ""


def notes(marks: frozenset[Mark]) -> tuple[str, ...]:
    """What else to know about an option with these marks, in a word or two each."""
    said = {
        Mark.OURS: "not in Traefik",
        Mark.DEPRECATED: "deprecated",
        Mark.LATER: "no effect yet",
        Mark.PARTLY: "in part yet",
    }
    return tuple(words for mark, words in said.items() if mark in marks)
