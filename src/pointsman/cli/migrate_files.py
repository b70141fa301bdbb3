"""Which files `pointsman migrate` reads, and where each goes."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

_SUFFIXES = (".yaml", ".yml", ".json")
_MAX_BYTES = 16 << 20
_MAX_FILES = 10_000


class PlaceError(Exception):
    """A path that can't be read or written; the text says why."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One file to read and where its result goes."""

    source: Path | None
    """None: standard input."""
    target: Path | None = None
    """None: nowhere new."""
    is_manifest: bool = True
    """By its name; other files of a folder are copied as they are."""

    @property
    def shown(self) -> str:
        """For the report."""
        return str(self.source) if self.source is not None else "-"


def places(paths: Sequence[str], output: str | None) -> Iterator[Place]:
    """Every file under the paths. Folders' files that aren't manifests count only with an output. Raises PlaceError."""
    out = Path(output) if output else None
    taken = dict[Path, Place]()
    for path in paths:
        for place in _under(path, out, len(paths) == 1):
            if place.target is not None and place.target in taken:
                raise PlaceError(f"{taken[place.target].shown} and {place.shown} would both become {place.target}")
            if place.target is not None:
                taken[place.target] = place
            yield place


def _under(path: str, out: Path | None, alone: bool) -> Iterator[Place]:
    if path == "-":
        yield Place(source=None, target=_inside(out, "stdin.yaml", alone))
        return
    source = Path(path)
    if not source.is_dir():
        if not source.exists():
            raise PlaceError(f"{path} does not exist")
        target = _inside(out, source.name, alone)
        _check_apart(source, target)
        yield Place(source=source, target=target)
        return
    root = None if out is None else out if alone else out / source.resolve().name
    _check_apart(source, root)
    for count, file in enumerate(_files(source)):
        if count >= _MAX_FILES:
            raise PlaceError(f"{path} holds more than {_MAX_FILES} files")
        manifest = file.name.lower().endswith(_SUFFIXES)
        if manifest or root is not None:
            target = root / file.relative_to(source) if root is not None else None
            yield Place(source=file, target=target, is_manifest=manifest)


def _inside(out: Path | None, name: str, alone: bool) -> Path | None:
    if out is None:
        return None
    return out if alone and not out.is_dir() and not str(out).endswith("/") else out / name


def _check_apart(source: Path, target: Path | None) -> None:
    if target is None:
        return
    here, there = _resolved(source), _resolved(target)
    if here == there or here in there.parents or (there in here.parents and source.is_dir() and there.is_file()):
        raise PlaceError(f"{target} is inside of {source}; give another place, or --in-place")


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # Links in a circle are a RuntimeError before Python 3.13.
        raise PlaceError(f"{path}: its links lead in a circle") from None


def _files(folder: Path) -> Iterator[Path]:
    """Regular files, sorted; names that begin with a dot are left out, linked folders are not entered."""

    def fail(error: OSError) -> None:
        raise PlaceError(f"{error.filename}: {error.strerror}")

    for place, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            if not name.startswith(".") and path.is_file():
                yield path


def read(place: Place) -> bytes:
    """A file's content, up to 16 MiB. Raises PlaceError."""
    if place.source is None:
        content = sys.stdin.buffer.read(_MAX_BYTES + 1)
    else:
        try:
            with open(place.source, "rb") as file:
                content = file.read(_MAX_BYTES + 1)
        except OSError as error:
            raise PlaceError(f"{place.shown}: {error.strerror}") from None
    if len(content) > _MAX_BYTES:
        raise PlaceError(f"{place.shown} is larger than {_MAX_BYTES >> 20} MiB")
    return content


def show(content: bytes) -> None:
    """Writes to standard output. Raises PlaceError when there is none."""
    if sys.stdout is None:
        raise PlaceError("standard output is closed; give -o OUT")
    sys.stdout.buffer.write(content)


def write(target: Path, content: bytes, like: Path | None) -> None:
    """Writes a file at once or not at all, with the mode of `like`. Raises PlaceError."""
    target = _resolved(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            if like is not None:
                shutil.copymode(like, fresh)
            else:
                os.chmod(fresh, 0o644)
            os.replace(fresh, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(fresh)
            raise
    except OSError as error:
        raise PlaceError(f"{target}: {error.strerror}") from None
