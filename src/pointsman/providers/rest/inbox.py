"""Where the API leaves what was PUT, and the provider finds it."""

import asyncio
import contextlib
import logging
import os
from pathlib import Path

from pointsman.model.dynamic import Dynamic
from pointsman.providers.rest.decoding import Refused, decode_configuration

_LOG = logging.getLogger("pointsman")

__all__ = ["Inbox", "Refused"]


class Inbox:
    """What was said last; it outlives restarts of the provider, and in `kept`, a private file, those of the process."""

    def __init__(self, kept: Path | None = None) -> None:
        self.current = Dynamic()
        self._kept = kept
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        if kept is not None:
            with contextlib.suppress(OSError, Refused):
                self.current = decode_configuration(kept.read_bytes()) or Dynamic()

    async def put(self, body: bytes) -> Dynamic:
        """Takes a whole configuration, in the order of arrival, and returns it. Raises Refused: then nothing changes.

        compat(1.7): a body without any section is answered like another, and changes nothing.
        """
        async with self._turn:
            said = await asyncio.to_thread(decode_configuration, body)
            if said is None:
                return Dynamic()
            self.current = said
            self._news.set()
            await asyncio.to_thread(self._keep, body)
            return said

    async def news(self) -> None:
        """Waits until something was put since the last call."""
        await self._news.wait()
        self._news.clear()

    def _keep(self, body: bytes) -> None:
        if self._kept is None:
            return
        fresh = self._kept.with_name(self._kept.name + ".new")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
            fresh.replace(self._kept)
        except OSError as error:
            _LOG.warning("What was PUT would not outlive the controller: %s cannot be written: %s", fresh, error)
