"""Finds and reads the manifest files of a folder, within limits. Blocking; runs in a thread."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

SUFFIXES = (".yaml", ".yml", ".json")
MAX_BYTES = 16 << 20
"""Of one file."""
MAX_FILES = 10_000
MAX_FOLDERS = 10_000


class FileError(Exception):
    """A file or folder that can't be read; the text says why."""


class Signature(msgspec.Struct, frozen=True):
    """Tells one content of a file from another without reading it."""

    device: int
    inode: int
    size: int
    changed_ns: int


def manifest_paths(folder: Path) -> list[Path]:
    """Paths of the folder and its sub-folders that look like manifests, sorted; or the one file. Raises FileError.

    Links are followed, each folder is entered once. Names that begin with a dot are left out: a mounted ConfigMap keeps
    its versions in `..data`.
    """
    if os.path.isfile(folder):
        return [folder]
    found: list[Path] = []
    for path in _walk(folder):
        found.append(path)
        if len(found) > MAX_FILES:
            raise FileError(f"more than {MAX_FILES} manifest files")
    return sorted(found)


def _walk(folder: Path) -> Iterator[Path]:
    waiting, seen = [folder], set[tuple[int, int]]()
    while waiting:
        place = waiting.pop()
        try:
            identity = os.stat(place)
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError as error:
            if place == folder:
                raise FileError(error.strerror or str(error)) from None
            continue
        if (identity.st_dev, identity.st_ino) in seen:
            continue
        seen.add((identity.st_dev, identity.st_ino))
        if len(seen) > MAX_FOLDERS:
            raise FileError(f"more than {MAX_FOLDERS} folders")
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                waiting.append(Path(entry.path))
            elif entry.name.lower().endswith(SUFFIXES):
                yield Path(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def signature(path: Path) -> Signature:
    """What the file is like now. Raises FileError for what isn't a regular file of acceptable size."""
    try:
        found = os.stat(path)
    except OSError as error:
        raise FileError(error.strerror or str(error)) from None
    if not stat.S_ISREG(found.st_mode):
        raise FileError("is not a regular file")
    if found.st_size > MAX_BYTES:
        raise FileError(f"is larger than {MAX_BYTES >> 20} MiB")
    return Signature(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def read(path: Path) -> bytes:
    """The file's content. Raises FileError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileError("is not a regular file")
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileError(error.strerror or str(error)) from None
    if len(content) > MAX_BYTES:
        raise FileError(f"is larger than {MAX_BYTES >> 20} MiB")
    return content
