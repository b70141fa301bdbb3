"""What the supervisor's side tells a controller when it starts it: a file of JSON in the private state directory."""

import contextlib
import os
from pathlib import Path

import msgspec

from pointsman.model.plan import Settings
from pointsman.model.problem import Problem
from pointsman.model.static import Static

KEPT_PUT = "rest.json"
"""In the state directory: what was PUT last. It outlives the controller but, compat(1.7), not the whole product."""


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a controller needs to know; read once."""

    static: Static
    settings: Settings
    problems: tuple[Problem, ...] = ()
    """Of the static configuration; logged already, shown by the API."""


def write(path: Path, orders: Orders) -> None:
    """Writes the file. Raises OSError."""
    replace(path, msgspec.json.encode(orders))


def replace(path: Path, content: bytes) -> None:
    """Puts a file in place whole, for this user only: it may hold a token, and somebody may be reading the old one."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return  # A full disk must not keep a child from starting again.
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    fresh.replace(path)


def read(path: Path) -> Orders:
    """Reads the file. Raises OSError or msgspec.MsgspecError."""
    return msgspec.json.decode(path.read_bytes(), type=Orders)


def log_path(static: Static) -> str:
    """The file of the product's own log; empty = standard output."""
    log = static.traefik_log
    return (log.file_path if log is not None else "") or static.traefik_logs_file
