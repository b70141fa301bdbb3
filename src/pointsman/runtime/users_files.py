"""Notices when users files change."""

import asyncio
from collections.abc import Callable, Iterable

from pointsman.config.users_files import signature

PERIOD_S = 1.0


async def follow(files: Callable[[], Iterable[str]], changed: Callable[[set[str]], None]) -> None:
    """Calls `changed` with those of the files that are different, until cancelled.

    One that is new here counts as different: it may have changed since it was read.
    """
    known: dict[str, tuple[int, ...]] = {}
    while True:
        await asyncio.sleep(PERIOD_S)
        paths = tuple(files())
        if not paths:
            known.clear()
            continue
        now = await asyncio.to_thread(lambda paths: {path: signature(path) for path in paths}, paths)
        different = {path for path, seen in now.items() if known.get(path) != seen}
        known = now
        if different:
            changed(different)
