"""The Problems in force, by the object that has them."""

from collections.abc import Mapping

from pointsman.model.problem import Problem

Entry = tuple[str, str, str]
"""(kind, provider or key, name)."""


class Ledger:
    """Problems by entry, and what changed since a mark. One mark at a time."""

    def __init__(self) -> None:
        self._entries: dict[Entry, tuple[Problem, ...]] = {}
        self._before: dict[Entry, tuple[Problem, ...]] = {}
        self._sorted: tuple[Problem, ...] | None = None

    def mark(self) -> None:
        """From here on `since` counts."""
        self._before = {}

    def put(self, entry: Entry, problems: tuple[Problem, ...]) -> None:
        """Replaces the Problems of an entry."""
        old = self._entries.get(entry, ())
        if old == problems:
            return
        self._before.setdefault(entry, old)
        self._sorted = None
        if problems:
            self._entries[entry] = problems
        else:
            del self._entries[entry]

    def replace(self, kind: str, entries: Mapping[Entry, tuple[Problem, ...]]) -> None:
        """Replaces all entries of a kind."""
        gone = [entry for entry in self._entries if entry[0] == kind and entry not in entries]
        for entry in gone:
            self.put(entry, ())
        for entry, problems in entries.items():
            self.put(entry, problems)

    def since(self) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
        """(new, gone) Problems since the mark, in the order of their entries' changes."""
        new: list[Problem] = []
        gone: list[Problem] = []
        for entry, before in self._before.items():
            now = self._entries.get(entry, ())
            new += [problem for problem in now if problem not in before]
            gone += [problem for problem in before if problem not in now]
        return tuple(new), tuple(gone)

    def all(self) -> tuple[Problem, ...]:
        """Every Problem, by entry."""
        if self._sorted is None:
            self._sorted = tuple(problem for _, found in sorted(self._entries.items(), key=_entry) for problem in found)
        return self._sorted


def _entry(item: tuple[Entry, tuple[Problem, ...]]) -> Entry:
    return item[0]
