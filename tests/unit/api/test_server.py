import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pointsman.api import server
from pointsman.api.server import Answer, Request, Response, Stream


async def pieces() -> AsyncIterator[bytes]:
    yield b"one"
    yield b"two"


async def echo(request: Request) -> Answer:
    if request.path == "/stream":
        return Stream(content_type="text/event-stream", pieces=pieces())
    return Response(body=f"{request.method} {request.path} {request.headers.get('x-a', '')}".encode() + request.body)


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[str]:
    socket = str(tmp_path / "s")
    serving = await server.serve(socket, echo)
    yield socket
    serving.close()


async def exchange(path: str, wire: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(wire)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


async def test_only_this_user_may_ask(path: str) -> None:
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


async def test_requests_on_one_connection_are_answered_in_order(path: str) -> None:
    wire = b"GET /a?x=1 HTTP/1.1\r\nHost: h\r\nX-A:  v \r\n\r\nHEAD /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    first, second = (await exchange(path, wire)).split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert first.endswith(b"\r\n\r\nGET /a v")
    assert b"Content-Length: 8\r\n" in first
    assert second.endswith(b"Connection: close\r\n\r\n")


@pytest.mark.parametrize(
    "wire",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET a HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nA b\r\n\r\n",
        b"GET / HTTP/1.1\r\nA : b\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_unusual_is_refused_and_the_connection_closed(path: str, wire: bytes) -> None:
    answer = await exchange(path, wire)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in answer


async def test_an_old_socket_is_replaced(path: str) -> None:
    again = await server.serve(path, echo)
    assert (await exchange(path, b"GET /x HTTP/1.1\r\n\r\n")).endswith(b"GET /x ")
    again.close()


async def test_a_stream_is_sent_in_pieces_and_ends_the_connection(path: str) -> None:
    answer = await exchange(path, b"GET /stream HTTP/1.1\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert b"Connection: close" in head
    assert body == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


async def test_the_query_is_told_apart(path: str) -> None:
    assert (await exchange(path, b"GET /x?y=1 HTTP/1.1\r\n\r\n")).endswith(b"GET /x ")


@pytest.mark.parametrize(
    "wire",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: 1\r\n\r\n",
    ],
)
async def test_a_put_has_a_body_and_the_connection_goes_on(path: str, wire: bytes) -> None:
    answer = await exchange(path, b"PUT /a HTTP/1.1\r\n" + wire + b"GET /b HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b"\r\n\r\nPUT /a hello" in answer
    assert answer.endswith(b"GET /b ")


async def test_who_waits_for_leave_to_send_a_body_gets_it(path: str) -> None:
    answer = await exchange(path, b"PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("framing", "status"),
    [
        (b"Content-Length: 16777217\r\n\r\n", b"413"),
        (b"Transfer-Encoding: chunked\r\n\r\n1000001\r\n", b"413"),
        (b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", b"400"),
        (b"Content-Length: -1\r\n\r\n", b"400"),
    ],
)
async def test_bodies_that_are_too_large_or_have_no_clear_end_close_the_connection(
    path: str, framing: bytes, status: bytes
) -> None:
    answer = await exchange(path, b"PUT /a HTTP/1.1\r\n" + framing)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"Connection: close" in answer
