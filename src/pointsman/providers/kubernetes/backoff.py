"""How long to wait after a failure."""

import random
from collections.abc import Callable


class Backoff:
    """Doubles from `first_s` up to `most_s`; each wait is shortened at random by up to a half: clients spread out."""

    def __init__(self, first_s: float = 0.5, most_s: float = 5.0, rand: Callable[[], float] = random.random) -> None:
        self._first_s, self._most_s, self._rand = first_s, most_s, rand
        self._next_s = first_s

    def next(self) -> float:
        """Seconds to wait now."""
        wait, self._next_s = self._next_s, min(self._most_s, self._next_s * 2)
        return wait * (1 - self._rand() / 2)

    def reset(self) -> None:
        """Things work again."""
        self._next_s = self._first_s
