"""Demo servers: every one says who it is and what it received.

Run as a process, it serves all of them on ports that it prints, and ends when its standard input does, so that it never
outlives the demo. With `NAME PORT` it is one of them in a pod: it serves until SIGTERM, and for a while after.
"""

import asyncio
import json
import re
import signal
import socket
import sys

CHEESES = ("stilton", "cheddar", "wensleydale")
GAMES = ("gm-v1", "gm-v2")
REPLICAS = 2
_GAME = re.compile(r"/([^/]+)/gm/call")
_BODY_BYTES = 1 << 20
_DRAIN_S = 3.0
"""How long a pod that was told to end still answers: until nobody sends it anything."""


def answer(name: str, who: str, request_line: str, headers: list[str]) -> tuple[int, str]:
    """Status and text of the answer of the replica `who` of service `name`."""
    if name in GAMES:
        path = request_line.split(" ")[1].partition("?")[0]
        game = _GAME.fullmatch(path)
        if game is None:
            return 404, f"{name}: 404 not Found!\n"
        return 200, "\n".join([f"{name}: game {game[1]}", *headers]) + "\n"
    return 200, "\n".join([f"{who}: {request_line}", *headers]) + "\n"


async def _serve(name: str, who: str, address: tuple[str, int], ending: asyncio.Event) -> tuple[asyncio.Server, int]:
    """Starts a server; once `ending` is set, its answers end their connections. Returns it and its port."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                request_line, *headers = head.rstrip("\r\n").split("\r\n")
                await _skip_body(reader, headers)
                status, text = answer(name, who, request_line, headers)
                body = text.encode("latin-1")
                reason = "OK" if status == 200 else "Not Found"
                start = f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\n"
                close = "Connection: close\r\n" if ending.is_set() else ""
                writer.write(f"{start}{close}Content-Length: {len(body)}\r\n\r\n".encode())
                if not request_line.startswith("HEAD "):
                    writer.write(body)
                await writer.drain()
                if close:
                    break
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError, IndexError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connection, *address)
    return server, server.sockets[0].getsockname()[1]


async def _skip_body(reader: asyncio.StreamReader, headers: list[str]) -> None:
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
    if "transfer-encoding" in fields:
        while size := int((await reader.readline()).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readline()
        return
    left = int(fields.get("content-length", "0"))
    while left > 0:
        left -= len(await reader.readexactly(min(left, _BODY_BYTES)))


async def _main() -> None:
    ports: dict[str, list[int]] = {}
    servers = []
    for name in (*CHEESES, *GAMES):
        for replica in range(1, REPLICAS + 1):
            server, port = await _serve(name, f"{name}-{replica}", ("127.0.0.1", 0), asyncio.Event())
            servers.append(server)
            ports.setdefault(name, []).append(port)
    print(json.dumps(ports), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _pod(name: str, port: int) -> None:
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    server, _ = await _serve(name, socket.gethostname(), ("0.0.0.0", port), ending)  # noqa: S104 - a pod's address
    await ending.wait()
    await asyncio.sleep(_DRAIN_S)
    server.close()


if __name__ == "__main__":
    asyncio.run(_pod(sys.argv[1], int(sys.argv[2])) if len(sys.argv) == 3 else _main())
