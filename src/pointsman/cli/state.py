"""The state directory: what a controller and a proxy are told at their start, the admin socket, the plan in force."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pointsman.cli.errors import StartError
from pointsman.runtime import orders

ORDERS = "orders.json"
SETTINGS = "settings.json"
ADMIN_SOCKET = "admin.sock"


@contextlib.contextmanager
def directory(configured: str) -> Iterator[Path]:
    """The configured directory, or a private one that is gone afterwards; ours alone. Raises StartError."""
    path = _made(configured) if configured else _private()
    try:
        lock = _locked(path)
        try:
            yield path
        finally:
            os.close(lock)
    finally:
        if not configured:
            shutil.rmtree(path, ignore_errors=True)


def write(state: Path, told: orders.Orders) -> None:
    """Writes what children read; also before a restart, in case a cleaner of old files came by. Raises OSError."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    orders.write(state / ORDERS, told)
    orders.replace(state / SETTINGS, msgspec.json.encode(told.settings))


def _made(configured: str) -> Path:
    path = Path(configured).absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"cannot make the state directory {path}: {error.strerror}") from error
    return path


def _private() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="pointsman-"))
    except OSError as error:
        cause = error.strerror or str(error)
        remedy = "mount a writable /tmp, or set stateDir"
        raise StartError(f"no directory for temporary files ({cause}); {remedy}") from error


def _locked(path: Path) -> int:
    """Two instances must not write one plan; a lock also keeps systemd's cleaner away."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StartError(f"cannot open the state directory {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StartError(f"the state directory {path} is in use; give each instance a stateDir of its own") from error
    except OSError:
        pass  # A file system without locks.
    return descriptor
