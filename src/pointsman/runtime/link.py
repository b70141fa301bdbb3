"""The connection to the proxy: carries the applier's messages down and the proxy's answers up."""

import asyncio
import logging
import socket
from collections.abc import Callable

from pointsman.model.plan import Applied, Draining, Hello, Rejected
from pointsman.runtime import frames
from pointsman.runtime.applier import Applier, Changes

_LOG = logging.getLogger("pointsman")


class Link:
    """One applier and the proxy that is there at the moment, if any.

    `on_answer` is called after each answer of the proxy, when the applier has taken note of it.
    """

    def __init__(self, applier: Applier, on_answer: Callable[[], None]) -> None:
        self._applier = applier
        self._on_answer = on_answer
        self._writer: asyncio.StreamWriter | None = None

    def change(self, changes: Changes) -> None:
        """Takes changes in and sends what can be sent now."""
        self._applier.change(changes)
        self._send()

    async def serve(self, end: socket.socket) -> None:
        """Talks to one proxy until it is gone or talks nonsense."""
        reader, writer = await asyncio.open_unix_connection(sock=end)
        self._writer = writer
        try:
            while (message := await frames.receive(reader)) is not None:
                self._take(message)
                self._send()
        except frames.BadFrame as error:
            _LOG.error("The link to the proxy is given up: %s", error)
        finally:
            if self._writer is writer:
                self._writer = None
                self._applier.cut()
            writer.close()

    def _take(self, message: Hello | Applied | Rejected | Draining) -> None:
        match message:
            case Hello():
                _LOG.debug("Proxy %d is there, with generation %d", message.pid, message.generation)
                self._applier.hello(message)
            case Applied():
                self._applier.applied(message)
                _LOG.debug("Generation %d is in force", message.generation)
            case Rejected():
                _LOG.error(
                    "The proxy refused a change and keeps generation %d: %s", message.generation, message.message
                )
                self._applier.rejected(message)
            case Draining():
                _LOG.debug("The proxy is stopping")
                self._applier.cut()
        self._on_answer()

    def _send(self) -> None:
        message = self._applier.next() if self._writer is not None else None
        if message is not None and self._writer is not None:
            self._writer.write(frames.encode(message))
