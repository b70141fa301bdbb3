"""Files to text, within limits: only regular files of sane size and number, in UTF-8."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FILE_BYTES = 8 << 20
"""Largest file that is read: some 50,000 frontends."""
TOTAL_BYTES = 64 << 20
"""All files of a directory tree together."""
FILES = 10_000
"""Most files in one directory tree."""
DEPTH = 32
"""Deepest subdirectory."""
_SUFFIXES = (".toml", ".tmpl")


class Signature(NamedTuple):
    """Changes whenever a file's content or mode does."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


class Unreadable(Exception):
    """Why a file or directory cannot be read; a clause for the user."""


def read_text(path: Path) -> str:
    """The content of a regular file. Raises Unreadable; never blocks on pipes and devices."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be read: {_reason(error)}") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreadable("is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(FILE_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {_reason(error)}") from error
    finally:
        os.close(descriptor)
    if len(content) > FILE_BYTES:
        raise Unreadable(f"is larger than {FILE_BYTES >> 20} MiB")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 (byte {error.start + 1})") from error


def signature(path: Path) -> Signature | None:
    """What to compare to notice a change; None where there is no such file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return Signature(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def rule_files(directory: Path) -> list[Path]:
    """All `*.toml` and `*.tmpl` below a directory in the order of their names. Raises Unreadable.

    compat(1.7): linked directories are not entered. Names with two leading dots are Kubernetes' own copies.
    """
    files: list[Path] = []
    for path in _walk(directory, 0):
        files.append(path)
        if len(files) > FILES:
            raise Unreadable(f"has more than {FILES} rule files")
    return files


def _walk(directory: Path, depth: int) -> Iterator[Path]:
    if depth > DEPTH:
        raise Unreadable(f"has more than {DEPTH} levels of directories")
    try:
        with os.scandir(directory) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise Unreadable(f"cannot be read: {_reason(error)}") from error
    for entry in found:
        if entry.name.startswith(".."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(directory / entry.name, depth + 1)
        elif entry.name.endswith(_SUFFIXES):
            yield directory / entry.name


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
