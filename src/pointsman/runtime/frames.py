"""Messages on the controller-proxy link: four bytes of big-endian length, then JSON."""

import asyncio

import msgspec

from pointsman.model.plan import Downward, Upward

LARGEST = 256 << 20
"""Largest message either side accepts, in bytes."""

_DECODER: msgspec.json.Decoder[Upward] = msgspec.json.Decoder(Upward)
_ENCODER = msgspec.json.Encoder()


class BadFrame(Exception):
    """The peer sent something that is no message; the link is of no more use."""


def encode(message: Downward) -> bytes:
    """The frame of a message."""
    body = _ENCODER.encode(message)
    if len(body) > LARGEST:
        raise BadFrame(f"a message of {len(body)} bytes is larger than the proxy takes ({LARGEST})")
    return len(body).to_bytes(4, "big") + body


async def receive(reader: asyncio.StreamReader) -> Upward | None:
    """The next message, or None when the peer has closed. Raises BadFrame."""
    try:
        size = int.from_bytes(await reader.readexactly(4), "big")
        if size > LARGEST:
            raise BadFrame(f"the proxy announced a message of {size} bytes")
        body = await reader.readexactly(size)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    try:
        return _DECODER.decode(body)
    except msgspec.MsgspecError as error:
        raise BadFrame(f"the proxy sent a message that cannot be read: {error}") from error
