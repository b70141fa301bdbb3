"""Users files of basic and digest authentication, read within limits."""

import os
import stat

_BYTES = 8 << 20
_REGULAR = "is not a regular file"


def read_lines(path: str) -> tuple[str, ...] | str:
    """The lines of a file, trimmed, without blank ones and comments (`#`); or why it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return _REGULAR
            content = file.read(_BYTES + 1)
    except (OSError, ValueError) as error:
        return f"cannot be read: {(error.strerror if isinstance(error, OSError) else None) or error}"
    if len(content) > _BYTES:
        return f"is larger than {_BYTES >> 20} MiB"
    try:
        lines = [line.strip() for line in content.decode().split("\n")]
    except UnicodeDecodeError as error:
        return f"is not UTF-8 (byte {error.start + 1})"
    return tuple(line for line in lines if line and not line.startswith("#"))


def signature(path: str) -> tuple[int, ...]:
    """What to compare to notice a change; empty where there is no such file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
