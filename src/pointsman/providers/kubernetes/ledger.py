"""Named results that remember what changed since they were last published."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Ledger(Generic[T]):
    """Values by name; `take` tells the difference to the last `take`, however often a value went to and fro."""

    def __init__(self) -> None:
        self.values: dict[str, T] = {}
        self._before: dict[str, T | None] = {}

    def put(self, name: str, value: T | None) -> None:
        """Sets a value; None removes it."""
        old = self.values.get(name)
        if old == value:
            return
        self._before.setdefault(name, old)
        if value is None:
            del self.values[name]
        else:
            self.values[name] = value

    def take(self) -> dict[str, T | None]:
        """What is different since the last call; None: removed."""
        before, self._before = self._before, {}
        return {name: new for name, old in before.items() if (new := self.values.get(name)) != old}
