"""What goes into a migration and what comes out of it."""

import enum
from collections.abc import Callable, MutableMapping
from typing import Any

import msgspec

Node = MutableMapping[str, Any]
"""One map of a manifest: a plain dict, or one of the round-trip reader that remembers its comments."""


class Outcome(enum.StrEnum):
    """What became of an object."""

    SAME = "same"
    CHANGED = "changed"
    NOT_SUPPORTED = "not supported"
    """Left as it was: today's API would refuse it, or it would mean something else."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the user may choose."""

    image: str = "pointsman:latest"
    """Takes the place of Traefik 1's images."""


class ObjectReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one object, and why."""

    line: int
    """Where its document starts, from 1; of an item of a `kind: List`, where the item does."""
    object: str
    """`Kind namespace/name`, as in Problems; no namespace where the manifest gives none."""
    outcome: Outcome
    notes: tuple[str, ...] = ()
    """Changes made; or what to know of an object that is the same; or what is not supported."""
    remedy: str = ""
    """What to do when it is not supported, as an imperative sentence."""

    def __str__(self) -> str:
        notes = f": {', '.join(self.notes)}" if self.notes else ""
        return f"{self.outcome}: {self.object}{notes}{f'; {self.remedy}' if self.remedy else ''}"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A text after its migration; equal to the input where nothing had to change."""

    text: str
    objects: tuple[ObjectReport, ...] = ()


class Fault(ValueError):
    """A text that can't be read as manifests; `line` counts from 1, 0 when unknown."""

    def __init__(self, message: str, line: int = 0, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.remedy = remedy


class Unsupported(Exception):
    """An object that can't be rewritten; `remedy` says what to do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


Rule = Callable[[Node, Options], list[str]]
"""Rewrites the object in place and says what it changed; nothing said means nothing changed. Raises Unsupported.

A rule applied to its own output changes nothing.
"""


def mapping(node: Node, *names: str) -> Node | None:
    """The map at a path of names; None when any step is missing or something else."""
    found: object = node
    for name in names:
        found = found.get(name) if isinstance(found, MutableMapping) else None
    return found if isinstance(found, MutableMapping) else None


def mappings(node: Node | None, name: str) -> list[Node]:
    """The maps in a list; empty when it is missing or something else."""
    found = node.get(name) if node is not None else None
    return [item for item in found if isinstance(item, MutableMapping)] if isinstance(found, list) else []


def strings(node: Node, name: str) -> list[str]:
    """The texts in a list; empty when it is missing or something else."""
    found = node.get(name)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
