"""Finding and reading configuration files: regular files of bounded size, UTF-8, nothing that could block."""

import errno
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

MAX_BYTES = 1 << 20
"""Largest configuration file."""
FILE_NAME = "traefik.toml"

_VARIABLE = re.compile(r"\$(?:\{([^}]*)\}|(\w+))", re.ASCII)


class ReadError(ValueError):
    """Why a file cannot be used; a phrase that follows its name."""


def read(path: str | Path, limit: int = MAX_BYTES) -> str:
    """The text of a configuration file of at most `limit` bytes. Raises ReadError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ReadError("is not a regular file")
            content = opened.read(limit + 1)
    except OSError as error:
        raise ReadError(f"cannot be read: {cause(error)}") from None
    except ValueError as error:
        raise error if isinstance(error, ReadError) else ReadError("is not a valid path") from None
    if len(content) > limit:
        raise ReadError(f"is larger than {limit} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise ReadError(f"is not UTF-8: byte {column} of line {line}") from None


def cause(error: OSError) -> str:
    """The system's words for an error, in lower case."""
    return "it does not exist" if error.errno == errno.ENOENT else (error.strerror or str(error)).lower()


def named(path: str, environ: Mapping[str, str]) -> Path:
    """The file that `--configFile` names: variables are filled in, a directory stands for its `traefik.toml`."""
    filled = Path(_VARIABLE.sub(lambda found: environ.get(found[1] or found[2] or "", ""), path))
    return filled / FILE_NAME if _is_directory(filled) else filled


def usual(environ: Mapping[str, str]) -> Path | None:
    """The first that exists of /etc/traefik, $HOME/.traefik and the working directory."""
    home = environ.get("HOME", "")
    folders = [Path("/etc/traefik"), *([Path(home) / ".traefik"] if home else []), Path()]
    return next((folder / FILE_NAME for folder in folders if _exists(folder / FILE_NAME)), None)


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists() and not path.is_dir()
    except PermissionError:
        return False
