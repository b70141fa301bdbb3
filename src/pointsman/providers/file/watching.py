"""When to look at the files again: soon after something near them changed, and regularly in any case."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from pathlib import Path

import watchfiles

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
        try:
            changes = watchfiles.awatch(
                *(name for name, _, _ in watched),
                watch_filter=None,
                debounce=_BURST_MS,
                step=_QUIET_MS,
                rust_timeout=int(_REGULAR_S * 1000),
                yield_on_timeout=True,
                recursive=False,
            )
            async with aclosing(changes):
                async for _ in changes:
                    yield
                    if await asyncio.to_thread(_surroundings, path, directory=directory) != watched:
                        break
        except (OSError, RuntimeError) as error:
            # Gone meanwhile, or no notifications to be had (inotify limits): look regularly instead.
            _LOG.debug("Cannot watch %s: %s", path, error)
            await asyncio.sleep(_REGULAR_S)
            yield


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
