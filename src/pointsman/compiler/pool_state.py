"""What became of a backend."""

import enum


class PoolState(enum.Enum):
    """Whether it can be used, in the words of a message."""

    READY = "ready"
    BROKEN = "is broken"
    MISSING = "does not exist"
