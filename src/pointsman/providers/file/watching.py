"""When to look at the files again: soon after something near them changed, and regularly in any case."""

import asyncio
import logging
import os
import threading
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path

from watchfiles._rust_notify import RustNotify

_LOG = logging.getLogger("pointsman")
_REGULAR_S = 1.0
"""Covers what notifications cannot: a change between reading and watching, a replaced directory, remote disks."""
_BURST_MS = 200
_QUIET_MS = 20
_LINKS = 16

Watched = frozenset[tuple[str, int, int]]
"""Directories by path, device and inode: a replaced one is another."""


async def ticks(path: Path, *, directory: bool) -> AsyncGenerator[None, None]:
    """Yields whenever the file or directory may have changed, until cancelled. False alarms are common."""
    while True:
        watched = await asyncio.to_thread(_surroundings, path, directory=directory)
        notify = _listen(watched)
        if notify is None:
            await asyncio.sleep(_REGULAR_S)
            yield
            continue
        stop = threading.Event()
        try:
            # What changed before the notifications began is seen now; from here on nothing is missed.
            yield
            while await asyncio.to_thread(_surroundings, path, directory=directory) == watched:
                await asyncio.to_thread(notify.watch, _BURST_MS, _QUIET_MS, int(_REGULAR_S * 1000), stop)
                yield
        finally:
            # Not closed here: the thread that waits on it may still hold it for a moment.
            stop.set()


def _listen(watched: Watched) -> RustNotify | None:
    """Notifications for these directories; None where there are none to be had: gone meanwhile, or inotify's limits."""
    if not watched:
        return None
    try:
        return RustNotify([name for name, _, _ in watched], False, False, 0, False, False)
    except (OSError, RuntimeError) as error:
        _LOG.debug("No notifications of changed files: %s", error)
        return None


def _surroundings(path: Path, *, directory: bool) -> Watched:
    """The directories in which a change can concern `path`: its own, and those its links lead through."""
    places = set(_chain(path))
    if directory:
        places.update(_tree(path))
    return frozenset(found for place in places if (found := _identify(place)) is not None)


def _chain(path: Path) -> Iterable[Path]:
    """The directory of `path`, and of each file that it links to, one after the other."""
    for _ in range(_LINKS):
        path = Path(os.path.normpath(path.absolute()))
        yield path.parent
        yield Path(os.path.realpath(path.parent))
        try:
            path = path.parent / os.readlink(path)
        except OSError:
            return


def _tree(directory: Path) -> Iterable[Path]:
    for place, names, _ in os.walk(directory):
        names[:] = [name for name in names if not name.startswith("..")]
        yield Path(place).absolute()


def _identify(place: Path) -> tuple[str, int, int] | None:
    try:
        found = os.stat(place)
    except OSError:
        return None
    return (str(place), found.st_dev, found.st_ino)
