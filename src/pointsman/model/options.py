"""What a static option is besides its type: the base struct, and the marks that decoder, help and messages read.

An option is a field; its documentation is the string below it. Marks are `Annotated` metadata, so that
`Later[Secret[str]]` is a plain `str` to the type checker.
"""

import enum
from typing import Annotated, TypeVar

import msgspec

T = TypeVar("T")


class Mark(enum.Enum):
    """One thing to know about an option beyond its type."""

    DURATION = "duration"
    """Integer nanoseconds, written as Go durations (`1m30s`) or bare seconds."""
    BYTES = "bytes"
    """Integer bytes, written as a number or with a unit (`64KiB`)."""
    SECRET = "secret"  # noqa: S105 – the name of the mark
    """Never shown: not in messages, not in the API, not in `bug`."""
    LATER = "later"
    """An option of Traefik 1.7 that has no effect yet; giving it is reported by name."""
    PARTLY = "partly"
    """An option of Traefik 1.7 that has a part of its effect; giving it is reported by name."""
    OURS = "ours"
    """Unknown to Traefik 1.7."""
    DEPRECATED = "deprecated"
    """Traefik 1.7 keeps it for older files; another option replaces it."""
    INTERNAL = "internal"
    """Set by the program; no configuration can give it."""
    LISTED = "listed"
    """A map that files write as a list of tables (`[[tls]]`); the keys are the positions, from 1."""


Duration = Annotated[int, Mark.DURATION]
Bytes = Annotated[int, Mark.BYTES]
Secret = Annotated[T, Mark.SECRET]
Later = Annotated[T, Mark.LATER]
Partly = Annotated[T, Mark.PARTLY]
Ours = Annotated[T, Mark.OURS]
Deprecated = Annotated[T, Mark.DEPRECATED]
Internal = Annotated[T, Mark.INTERNAL]
Listed = Annotated[T, Mark.LISTED]

SECOND = 1_000_000_000
"""Nanoseconds."""


class Section(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of every section of the static configuration; outside names are Traefik 1.7's."""
