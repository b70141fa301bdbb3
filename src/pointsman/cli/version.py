"""`pointsman version`: the shape of Traefik 1.7's, with our values."""

import importlib.metadata
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from pointsman import __version__
from pointsman.api.handlers import CODENAME

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def show() -> int:
    """Prints version, codename, interpreter, time of installation, platform."""
    machine = platform.machine()
    for name, value in (
        ("Version", f"v{__version__}"),
        ("Codename", CODENAME),
        ("Python version", platform.python_version()),
        ("Built", _built()),
        ("OS/Arch", f"{sys.platform}/{_MACHINES.get(machine, machine)}"),
    ):
        print(f"{name + ':':<15} {value}")
    return 0


def _built() -> str:
    """When this package was installed; its own files' time in a checkout."""
    try:
        recorded = importlib.metadata.distribution("pointsman").locate_file("pointsman/__init__.py")
        path = Path(str(recorded))
    except importlib.metadata.PackageNotFoundError:
        path = Path(__file__)
    if not path.exists():
        path = Path(__file__)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%d_%I:%M:%S%p")
