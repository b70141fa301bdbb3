"""Bodies of requests to the API: read whole, within bounds."""

import asyncio
from collections.abc import Mapping

LONGEST = 16 << 20
"""In bytes."""
_WAIT_S = 60.0


class TooLarge(Exception):
    """The body is larger than LONGEST; the connection cannot be used any more."""


class BadFraming(Exception):
    """Nobody can say where the body ends."""


async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: Mapping[str, str]) -> bytes:
    """The body that the headers announce. Raises TooLarge, BadFraming, TimeoutError, IncompleteReadError."""
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    async with asyncio.timeout(_WAIT_S):
        coding = headers.get("transfer-encoding", "").lower()
        if coding:
            if coding != "chunked" or "content-length" in headers:
                raise BadFraming("the framing of the body is not clear")
            return await _chunks(reader)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise BadFraming("Content-Length is no number")
        if int(length) > LONGEST:
            raise TooLarge
        return await reader.readexactly(int(length))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        line = (await reader.readuntil(b"\r\n"))[:-2].partition(b";")[0].strip()
        try:
            size = int(line, 16)
        except ValueError:
            raise BadFraming("a chunk has no size") from None
        if size < 0 or len(body) + size > LONGEST:
            raise TooLarge
        if size == 0:
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass
            return bytes(body)
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise BadFraming("a chunk does not end where it should")
