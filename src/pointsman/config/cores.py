"""How many cores this process may use: what `threads = 0` stands for."""

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = _CGROUP) -> int:
    """The cores that we may be scheduled on, or fewer if the container's CPU limit is lower; at least 1."""
    allowed = len(os.sched_getaffinity(0))
    limit = _limit(cgroup)
    return max(1, allowed if limit is None else min(allowed, math.ceil(limit)))


def _limit(cgroup: Path) -> float | None:
    """CPU time per time of our control group, version 2 or 1; None = unlimited or unknown."""
    try:
        if (cgroup / "cpu.max").exists():
            quota, period = (cgroup / "cpu.max").read_text().split()
        else:
            quota = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text()
        return float(quota) / float(period) if float(quota) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None  # `max`, no control group, or none that we can read
