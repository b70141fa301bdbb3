"""TCP connections passed on in user space: half-close, back pressure and resets are kept."""

import asyncio
import socket
import struct
from typing import cast

import msgspec

from support.cluster.node import sockets


class Target(msgspec.Struct, frozen=True, order=True):
    """Where connections go, and from which network namespace (None: the node's)."""

    address: str
    port: int
    namespace_fd: int | None = None


class Half(asyncio.Protocol):
    """One side of a relayed connection."""

    def __init__(self, peer: "Half | None" = None) -> None:
        self.peer = peer
        self.transport: asyncio.Transport | None = None
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def other(self) -> asyncio.Transport:
        assert self.peer is not None
        assert self.peer.transport is not None
        return self.peer.transport

    def data_received(self, data: bytes) -> None:
        self.other.write(data)

    def eof_received(self) -> bool:
        self.ended = True
        if self.other.can_write_eof():
            self.other.write_eof()
        if self.peer is not None and self.peer.ended and self.transport is not None:
            self.transport.close()
            self.other.close()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if self.peer is None or self.peer.transport is None:
            return
        if error:
            reset(self.peer.transport)
        else:
            self.peer.transport.close()

    def pause_writing(self) -> None:
        self.other.pause_reading()

    def resume_writing(self) -> None:
        if not self.other.is_closing():
            self.other.resume_reading()


class Entering(Half):
    """The client's side: chooses a target that accepts, then lets the bytes through."""

    def __init__(self, listener: "Listener") -> None:
        super().__init__()
        self.listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        cast(asyncio.Transport, transport).pause_reading()
        self.connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        assert self.transport is not None
        for target in self.listener.choices():
            try:
                self.peer = await asyncio.wait_for(self._leave(target), 5)
            except (OSError, TimeoutError):
                continue
            if self.transport.is_closing():
                self.other.close()
            else:
                self.transport.resume_reading()
            return
        reset(self.transport)

    async def _leave(self, target: Target) -> Half:
        loop = asyncio.get_running_loop()
        leaving = sockets.unconnected(target.namespace_fd)
        try:
            await loop.sock_connect(leaving, (target.address, target.port))
        except BaseException:
            leaving.close()
            raise
        _, half = await loop.create_connection(lambda: Half(self), sock=leaving)
        return half


class Listener:
    """One listening address and the targets its connections are shared among, in turn."""

    def __init__(self, targets: list[Target]) -> None:
        self.targets = targets
        self.turn = 0
        self.server: asyncio.Server | None = None

    def choices(self) -> list[Target]:
        """Every target once, beginning with the one whose turn it is."""
        self.turn += 1
        start = self.turn % max(1, len(self.targets))
        return self.targets[start:] + self.targets[:start]

    async def open(self, address: sockets.Address, namespace_fd: int | None) -> None:
        """Listens, in the given namespace. Raises OSError."""
        listening = sockets.bound(socket.SOCK_STREAM, address, namespace_fd)
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: Entering(self), sock=listening, backlog=1024)

    def close(self) -> None:
        """Listens no more; relayed connections go on."""
        if self.server is not None:
            self.server.close()


def reset(transport: asyncio.Transport) -> None:
    """Ends a connection with RST."""
    ending = transport.get_extra_info("socket")
    if ending is not None and ending.fileno() >= 0:
        ending.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
