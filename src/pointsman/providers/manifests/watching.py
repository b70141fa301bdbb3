"""When to look at the folder again: soon after a change in it, and every second in any case."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import watchfiles

_REGULAR_MS = 1000
"""Covers what notifications can't tell: linked files, a folder that appears or is replaced, remote disks."""
_BURST_MS = 50
_QUIET_MS = 10


async def ticks(folder: Path) -> AsyncGenerator[None, None]:
    """Yields at once, then whenever something may have changed, until cancelled. False alarms are normal."""
    while True:
        identity = _identity(folder)
        yield
        if identity is None:
            await asyncio.sleep(_REGULAR_MS / 1000)
            continue
        try:
            changes = watchfiles.awatch(
                folder,
                watch_filter=None,
                debounce=_BURST_MS,
                step=_QUIET_MS,
                rust_timeout=_REGULAR_MS,
                yield_on_timeout=True,
                ignore_permission_denied=True,
            )
            async with aclosing(changes):
                async for _ in changes:
                    yield
                    if _identity(folder) != identity:
                        break
        except (OSError, RuntimeError):
            await asyncio.sleep(_REGULAR_MS / 1000)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return (found.st_dev, found.st_ino)
