"""A minimal HTTP/1.1 server on a Unix socket. Its only client is our own proxy, so what is unusual is refused."""

import asyncio
import contextlib
import http
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from pointsman.api import bodies

_HEAD_BYTES = 64 << 10
_IDLE_S = 120.0
_WITH_BODY = frozenset({"PUT"})
_WRITE_S = 20.0
"""A proxy that takes nothing for this long has hung."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler sees: method, path and query as they were sent, and headers in lower case."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}
    body: bytes = b""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler answers."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    headers: dict[str, str] = {}


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """An answer without an end: its pieces are sent as they come, and the connection is closed behind the last."""

    content_type: str
    pieces: AsyncIterator[bytes]
    headers: dict[str, str] = {}


Answer = Response | Stream
Handler = Callable[[Request], Awaitable[Answer]]


class BadRequest(Exception):
    """Refused; the connection is closed."""


async def serve(path: str, handler: Handler) -> asyncio.Server:
    """Listens on `path`, readable by this user only. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    old = os.umask(0o177)
    try:
        listening.bind(path)
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(old)

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _exchange(reader, writer, handler):
                pass
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return await asyncio.start_unix_server(connection, sock=listening, limit=_HEAD_BYTES)


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> bool:
    """One request and its answer; whether another may follow."""
    request = Request(method="GET", path="")
    answer: Answer
    try:
        async with asyncio.timeout(_IDLE_S):
            head = await reader.readuntil(b"\r\n\r\n")
        request = _parse(head)
        if request.method in _WITH_BODY:
            request = msgspec.structs.replace(request, body=await bodies.read(reader, writer, request.headers))
        answer, again = await handler(request), request.headers.get("connection", "").lower() != "close"
    except bodies.TooLarge:
        answer, again = Response(status=413, body=b"the body is too large\n"), False
    except (BadRequest, bodies.BadFraming, asyncio.LimitOverrunError) as error:
        answer, again = Response(status=400, body=f"{error}\n".encode()), False
    if isinstance(answer, Stream):
        await _stream(writer, answer)
        return False
    writer.write(_head(answer.status, answer, length=len(answer.body), again=again))
    if request.method != "HEAD":
        writer.write(answer.body)
    await writer.drain()
    return again


async def _stream(writer: asyncio.StreamWriter, stream: Stream) -> None:
    writer.write(_head(200, stream, length=None, again=False))
    async with contextlib.aclosing(stream.pieces) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            async with asyncio.timeout(_WRITE_S):
                await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


def _parse(head: bytes) -> Request:
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or parts[2] not in {"HTTP/1.1", "HTTP/1.0"}:
        raise BadRequest("not an HTTP/1 request line")
    headers: dict[str, str] = {}
    for line in lines[1:-2]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequest("not a header line")
        headers[name.lower()] = value.strip()
    if parts[0] not in _WITH_BODY and (headers.get("content-length", "0") != "0" or "transfer-encoding" in headers):
        raise BadRequest("a body is not accepted here")
    path, _, query = parts[1].partition("?")
    if not path.startswith("/"):
        raise BadRequest("not an absolute path")
    return Request(method=parts[0], path=path, query=query, headers=headers)


def _head(status: int, answer: Answer, *, length: int | None, again: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}",
        f"Content-Type: {answer.content_type}",
        "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    if not again:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
