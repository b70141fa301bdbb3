"""How many cores a process may use: its affinity, and the quota of its control group."""

import math
import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable(quota: Path = _QUOTA) -> int:
    """At least 1; a quota of one and a half cores counts as two."""
    cores = len(os.sched_getaffinity(0))
    try:
        limit, period = quota.read_text().split()
        return max(1, min(cores, math.ceil(int(limit) / int(period))))
    except (OSError, ValueError, ZeroDivisionError):  # No such group, or `max`.
        return cores
