"""Facts about the machine and processes: core count, CPU model, versions, CPU time and memory of a process tree."""

import os
import platform
import re
import subprocess
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def facts() -> dict[str, object]:
    """What a reader needs to judge a result: cores, CPU, kernel."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return {"cores": os.cpu_count(), "cpu": model.group(1) if model else "unknown", "kernel": platform.release()}


def version(*command: str) -> str:
    """First line a program prints about its version."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().splitlines()[0]


def children(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += children(int(child))
    return found


def named(pid: int, name: str) -> list[int]:
    """Descendants of `pid` whose executable is called `name`."""
    return [p for p in children(pid) if Path(f"/proc/{p}/comm").read_text().strip() == name[:15]]


def cpu_seconds(pids: list[int]) -> float:
    """User and system time the processes have used, in seconds (resolution: one clock tick)."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def resident_mb(pids: list[int]) -> float:
    """Resident memory in MB."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
