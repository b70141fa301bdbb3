"""A minimal HTTP/1.1 server on a Unix socket. Its only client is our own proxy, so what is unusual is refused."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable

import msgspec

_HEAD_BYTES = 64 << 10
_IDLE_S = 120.0
_REASONS = {
    200: "OK",
    301: "Moved Permanently",
    302: "Found",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler sees: the method, the path as it was sent without its query, and headers in lower case."""

    method: str
    path: str
    headers: dict[str, str] = {}


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler answers."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    headers: dict[str, str] = {}


Handler = Callable[[Request], Response]


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
    try:
        async with asyncio.timeout(_IDLE_S):
            head = await reader.readuntil(b"\r\n\r\n")
        request = _parse(head)
        response, again = handler(request), request.headers.get("connection", "").lower() != "close"
    except (BadRequest, asyncio.LimitOverrunError) as error:
        request = Request(method="GET", path="")
        response, again = Response(status=400, body=f"{error}\n".encode()), False
    writer.write(_head(response, again=again))
    if request.method != "HEAD":
        writer.write(response.body)
    await writer.drain()
    return again


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
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        raise BadRequest("a body is not accepted here")
    path = parts[1].partition("?")[0]
    if not path.startswith("/"):
        raise BadRequest("not an absolute path")
    return Request(method=parts[0], path=path, headers=headers)


def _head(response: Response, *, again: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Status')}",
        f"Content-Type: {response.content_type}",
        f"Content-Length: {len(response.body)}",
        *(f"{name}: {value}" for name, value in response.headers.items()),
    ]
    if not again:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
