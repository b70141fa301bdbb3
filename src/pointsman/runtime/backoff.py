"""Keeps a provider running: one that fails starts again after a pause and takes no other down."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

_LOG = logging.getLogger("pointsman")

FIRST_S = 1.0
LONGEST_S = 30.0
_STEADY_S = 60.0


async def keep(name: str, attempt: Callable[[], Awaitable[None]], failed: Callable[[Exception, float], None]) -> None:
    """Awaits `attempt()` until it returns; after an error calls `failed(error, pause)`, waits and tries again."""
    loop = asyncio.get_running_loop()
    pause = FIRST_S
    while True:
        started = loop.time()
        try:
            await attempt()
        except Exception as error:
            if loop.time() - started >= _STEADY_S:
                pause = FIRST_S
            _LOG.exception("Provider %s failed and starts again in %g s", name, pause)
            failed(error, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_S)
        else:
            _LOG.debug("Provider %s has nothing more to say", name)
            return
