"""Runs the proxy until it is killed: `python -m support.cluster.old DIRECTORY API_PORT PORT TOKEN`."""

import asyncio
import contextlib
import json
import logging
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from support.cluster.old import target
from support.cluster.old.translation import Object, to_old, to_today

log = logging.getLogger("old")
NOT_FOUND = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
FORBIDDEN = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}
ENDLESS_S = 3600
OURS = ("host", "connection", "content-length", "transfer-encoding", "accept-encoding")
CALLER = ("authorization", "impersonate-")
"""How the names of fields begin that say who calls."""


class Request:
    """One request as it arrived."""

    def __init__(self, line: str, fields: dict[str, str], body: bytes) -> None:
        self.method, self.target, _ = line.split(" ")
        self.fields, self.body = fields, body
        self.path = urlsplit(self.target).path
        self.watch = "watch=1" in self.target or "watch=true" in self.target


class Proxy:
    """Answers with what today's API server says, translated."""

    def __init__(self, upstream: httpx2.AsyncClient, token: str) -> None:
        self.upstream, self.token = upstream, token

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one client connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, httpx2.TransportError):
            while request := await _read(reader):
                await self._answer(request, writer)
                await writer.drain()
        writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/apis":
            return _reply(writer, 200, target.groups(await self._today(request, "/apis")))
        version = request.path.removeprefix("/apis/").rstrip("/")
        if listed := target.resources(version):
            return _reply(writer, 200, listed)
        if target.is_hidden(request.path):
            return _reply(writer, 404, NOT_FOUND | {"message": f"the server does not have {request.path}"})
        found = target.parse(request.method, request.target)
        if found is None:
            return await self._pass(request, writer, None)
        review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        asked = await self._today(request, review, found.review())
        if not asked.get("status", {}).get("allowed"):
            message = f"{found.resource} in {found.version} is forbidden: cannot {found.verb}"
            return _reply(writer, 403, FORBIDDEN | {"message": message})
        return await self._pass(request, writer, found)

    async def _today(self, request: Request, path: str, body: Object | None = None) -> Object:
        """What today's API server answers the caller. With a body, a POST."""
        caller = {name: value for name, value in request.fields.items() if name.startswith(CALLER)}
        headers = {"Accept": "application/json"} | caller
        answer = await self.upstream.request("GET" if body is None else "POST", path, json=body, headers=headers)
        found: Object = answer.json()
        return found

    async def _pass(self, request: Request, writer: asyncio.StreamWriter, found: target.Target | None) -> None:
        path, body = request.target, request.body
        headers = {name: value for name, value in request.fields.items() if name not in OURS}
        if found is not None:
            query = urlsplit(request.target).query
            path = f"{found.today()}?{query}" if query else found.today()
            if found.verb in ("create", "update", "patch"):
                body = json.dumps(to_today(json.loads(body), found.version, found.resource)).encode()
            headers = {name: value for name, value in headers.items() if not name.startswith(CALLER)}
            headers |= {"authorization": f"Bearer {self.token}", "accept": "application/json"}
        timeout = ENDLESS_S if request.watch else 30
        async with self.upstream.stream(request.method, path, content=body, headers=headers, timeout=timeout) as answer:
            kind = answer.headers.get("content-type", "application/json")
            if request.watch and answer.status_code == 200:
                return await _stream(writer, kind, answer.aiter_lines(), found)
            data = await answer.aread()
            if found is not None:
                data = json.dumps(to_old(json.loads(data), found.version, found.resource)).encode()
            return _send(writer, answer.status_code, kind, data)


async def _stream(
    writer: asyncio.StreamWriter, kind: str, lines: AsyncIterator[str], found: target.Target | None
) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head.encode())
    async for line in lines:
        if found is not None:
            line = json.dumps(to_old(json.loads(line), found.version, found.resource))  # noqa: PLW2901
        data = line.encode() + b"\n"
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await writer.drain()
    writer.write(b"0\r\n\r\n")


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    return Request(head[0], fields, await reader.readexactly(int(fields.get("content-length", "0"))))


def _reply(writer: asyncio.StreamWriter, status: int, body: Object) -> None:
    _send(writer, status, "application/json", json.dumps(body).encode())


def _send(writer: asyncio.StreamWriter, status: int, kind: str, data: bytes) -> None:
    head = f"HTTP/1.1 {status} Any\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data)


async def serve(directory: Path, api_port: int, port: int, token: str) -> None:
    """Listens with the API server's own certificate."""
    upstream = httpx2.AsyncClient(
        base_url=f"https://127.0.0.1:{api_port}",
        verify=ssl.create_default_context(cafile=str(directory / "ca.crt")),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        trust_env=False,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "api.crt", directory / "api.key")
    proxy = Proxy(upstream, token)
    server = await asyncio.start_server(proxy.connection, "127.0.0.1", port, ssl=context, reuse_port=True)
    await server.serve_forever()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
