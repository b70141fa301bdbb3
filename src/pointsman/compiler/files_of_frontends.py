"""Which frontends were compiled from which users files, so that they follow when a file changes."""

from collections.abc import Iterable

from pointsman.compiler.conditions import ReadLines
from pointsman.compiler.users_of_backends import Key


class FilesOfFrontends:
    """Notes what is read; `read_lines` reads."""

    def __init__(self, read_lines: ReadLines) -> None:
        self._read_lines = read_lines
        self._files: dict[Key, set[str]] = {}

    def reader(self, key: Key) -> ReadLines:
        """Reads for one frontend, whose files so far are forgotten."""
        self.forget(key)

        def read(path: str) -> tuple[str, ...] | str:
            self._files.setdefault(key, set()).add(path)
            return self._read_lines(path)

        return read

    def forget(self, key: Key) -> None:
        """The frontend is gone, or compiled anew."""
        self._files.pop(key, None)

    def all(self) -> frozenset[str]:
        """Every file that was read."""
        return frozenset(path for paths in self._files.values() for path in paths)

    def readers(self, paths: Iterable[str]) -> list[Key]:
        """The frontends that were compiled from any of these, sorted."""
        wanted = set(paths)
        return sorted(key for key, files in self._files.items() if files & wanted)
