"""One frontend while it is compiled, and what its parts may come to."""

from typing import Protocol

import msgspec

from pointsman.compiler.conditions import Conditions, ReadLines
from pointsman.compiler.pool_state import PoolState
from pointsman.compiler.report import Report
from pointsman.model.dynamic import Frontend


class Backends(Protocol):
    """The backends of one provider."""

    def state(self, backend: str) -> PoolState:
        """What became of it."""

    def passes_host(self, backend: str, entry_points: frozenset[str]) -> bool:
        """Whether a frontend on one of these entry points that uses it passes the client's Host."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A frontend and what surrounds it."""

    provider: str
    name: str
    frontend: Frontend
    entry_points: tuple[str, ...]
    """Those that serve it."""
    backends: Backends
    conditions: Conditions
    read_lines: ReadLines
    report: Report


class Skip(msgspec.Struct, frozen=True):
    """An option that the frontend cannot do without is broken, and it restricts nobody: the frontend is not served."""
