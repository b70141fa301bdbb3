"""Waiting for something to become true, with a bound."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(probe: Callable[[], T | None], *, within: float = 20.0, every: float = 0.02, what: str = "") -> T:
    """Calls `probe` until it answers something true and returns that; an OSError counts as not yet."""
    end = time.monotonic() + within
    last: object = None
    while True:
        try:
            found = probe()
            if found:
                return found
            last = found
        except OSError as error:
            last = error
        if time.monotonic() >= end:
            raise AssertionError(f"{what or probe}: not within {within} s (last: {last!r})")
        time.sleep(every)
