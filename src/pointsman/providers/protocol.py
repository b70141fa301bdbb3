"""What every provider is, and what those that read a whole configuration at a time need."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar, runtime_checkable

import msgspec

from pointsman.model.dynamic import Change, Dynamic
from pointsman.model.problem import Problem

Publish = Callable[[Change], None]
"""Takes a provider's next Change; never blocks, never fails."""

_T = TypeVar("_T")


class Provider(Protocol):
    """A source of Dynamic configuration."""

    name: str
    """First half of every plan key, and the name in the API."""

    async def run(self, publish: Publish) -> None:
        """Publishes a first Change, even an empty one, and then each difference, until cancelled.

        Returns when there is nothing left to watch. After an exception it is started anew and its first Change is
        everything again.
        """


@runtime_checkable
class Listener(Protocol):
    """A provider that wants to know what is wrong with its objects, at any stage."""

    def tell(self, new: Iterable[Problem], solved: Iterable[Problem]) -> None:
        """Problems that have begun, and that are over; never blocks, never fails."""


class Meant(msgspec.Struct, frozen=True, kw_only=True):
    """An object that asks for the requests of a host and path."""

    object: str
    """As in a Problem: `Kind namespace/name`."""
    origin: str = ""
    """Where it was read: a file with line, or nothing."""
    kept_away: str = ""
    """Why the provider leaves it to others; empty: it is taken, and what became of it is in its Problems."""
    remedy: str = ""


@runtime_checkable
class Keeper(Protocol):
    """A provider that knows more objects than it publishes."""

    def meant(self, host: str, path: str) -> Iterable[Meant]:
        """Objects that a request may have been meant for, the nearest first; from any thread, at any time.

        `host` is in lower case and without a port.
        """

    def kept_away(self) -> Iterable[Meant]:
        """All objects that it leaves to others."""

    def origin(self, name: str) -> str:
        """File and line of an object, by the name that Problems give it; empty when it came from no file."""


def diff(old: Dynamic, new: Dynamic) -> Change:
    """The Change that leads from one whole configuration to another."""
    return Change(
        frontends=_difference(old.frontends, new.frontends),
        backends=_difference(old.backends, new.backends),
        tls=_difference(old.tls, new.tls),
        problems={
            key: found or () for key, found in _difference(_grouped(old.problems), _grouped(new.problems)).items()
        },
    )


def _difference(old: Mapping[str, _T], new: Mapping[str, _T]) -> dict[str, _T | None]:
    changes: dict[str, _T | None] = dict.fromkeys(key for key in old if key not in new)
    changes.update({key: value for key, value in new.items() if old.get(key) != value})
    return changes


def _grouped(problems: Iterable[Problem]) -> dict[str, tuple[Problem, ...]]:
    grouped: dict[str, list[Problem]] = {}
    for problem in problems:
        grouped.setdefault(problem.object, []).append(problem)
    return {key: tuple(found) for key, found in grouped.items()}
