"""Cluster DNS: A queries for SERVICE.NAMESPACE.svc.cluster.local; anything else does not exist."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

from support.cluster.node import sockets
from support.cluster.node.settings import DNS_ADDRESS

LookUp = Callable[[str, str], list[str] | None]
"""(namespace, service) -> addresses, or None if there is no such service."""
HEADER_BYTES = 12
NO_SUCH_NAME = 3
ANSWER, QUESTION = b"\xc0\x0c\0\1\0\1\0\0\0\x05\0\4", b"\0\1"


class Dns(asyncio.DatagramProtocol):
    """Answers from the node's own Services, with a time to live of 5 s."""

    def __init__(self, look_up: LookUp) -> None:
        self.look_up = look_up
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self.transport is not None
        try:
            self.transport.sendto(answer(data, self.look_up), addr)
        except IndexError:
            return  # cut short: no query

    @classmethod
    async def serve(cls, look_up: LookUp) -> None:
        """Listens on the address that pods find in their resolv.conf."""
        listening = sockets.bound(socket.SOCK_DGRAM, (DNS_ADDRESS, 53))
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: cls(look_up), sock=listening)


def answer(query: bytes, look_up: LookUp) -> bytes:
    """The datagram that answers a query. Raises IndexError when it is cut short."""
    labels, position = [], HEADER_BYTES
    while size := query[position]:
        labels.append(query[position + 1 : position + 1 + size].decode(errors="replace").lower())
        position += 1 + size
    question = query[HEADER_BYTES : position + 5]
    found = None
    if len(labels) == 5 and labels[2:] == ["svc", "cluster", "local"]:
        found = look_up(labels[1], labels[0])
    addresses = found or [] if question[-4:-2] == QUESTION else []
    flags = 0x8580 | (NO_SUCH_NAME if found is None else 0)
    header = query[:2] + struct.pack("!HHHHH", flags, 1, len(addresses), 0, 0)
    return header + question + b"".join(ANSWER + socket.inet_aton(address) for address in addresses)
