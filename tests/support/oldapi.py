"""A Kubernetes API server of old (extensions/v1beta1 Ingress only) whose faults a test can order.

It keeps objects, versions and history as the real one does: lists with pages, watches from a version, compaction.
"""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Object = dict[str, Any]
PATHS = {
    "ingresses": "/apis/extensions/v1beta1",
    "services": "/api/v1",
    "endpoints": "/api/v1",
    "secrets": "/api/v1",
}
RESOURCES = {"/apis/extensions/v1beta1": ["ingresses", "ingresses/status"]}


class Request:
    """One request as it arrived."""

    def __init__(self, target: str, headers: dict[str, str]) -> None:
        parts = urlsplit(target)
        self.path = parts.path
        self.query = dict(parse_qsl(parts.query))
        self.headers = headers

    @property
    def watch(self) -> bool:
        return "watch" in self.query

    @property
    def plural(self) -> str:
        """The collection asked for; empty for anything else."""
        words = self.path.split("/")
        return next((word for word in reversed(words[-2:]) if word in PATHS), "")


class Fault:
    """An answer given instead of the right one, to the next `times` requests that `when` picks."""

    def __init__(self, when: Callable[[Request], bool], status: int, times: int, headers: dict[str, str]) -> None:
        self.when, self.status, self.times, self.headers = when, status, times, headers


class OldApi:
    """`async with OldApi() as api:` serves on `api.url`; `put`, `delete` change objects as a user would."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._reserved = socket.socket()
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._reserved.bind(("127.0.0.1", 0))
        self.port: int = self._reserved.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.version = 1
        self.compacted = 0
        self.token = ""
        """Requests with any other token are answered 401; empty: all are let in."""
        self.forbidden: set[str] = set()
        """Collections answered 403."""
        self.page_size = 0
        """> 0: lists are never longer, whatever limit is asked for."""
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.open_watches: dict[str, list[asyncio.StreamWriter]] = {plural: [] for plural in PATHS}
        self._objects: dict[str, dict[tuple[str, str], Object]] = {plural: {} for plural in PATHS}
        self._history: list[tuple[int, str, str, Object]] = []
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "OldApi":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._reserved.close()

    async def start(self) -> None:
        """Listens on the address it has reserved."""
        self._server = await asyncio.start_server(
            self._connection, "127.0.0.1", self.port, ssl=self._tls, reuse_port=True
        )

    async def stop(self) -> None:
        """Stops listening and cuts every connection; the address refuses connections meanwhile."""
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def put(self, plural: str, manifest: Object) -> None:
        """Creates or replaces an object and tells the watchers."""
        key = self._key(manifest)
        word = "MODIFIED" if key in self._objects[plural] else "ADDED"
        await self._record(plural, word, manifest)

    async def delete(self, plural: str, name: str, namespace: str = "default") -> None:
        """Deletes an object and tells the watchers."""
        await self._record(plural, "DELETED", self._objects[plural][namespace, name])

    def forget(self, plural: str, name: str, namespace: str = "default") -> None:
        """Loses an object without an event: what a watcher sees that slept through a compaction."""
        self.version += 1
        del self._objects[plural][namespace, name]

    def compact(self) -> None:
        """Drops the history: watches from before now, and lists half read, are gone (410)."""
        self.version += 1
        self.compacted = self.version
        self._history.clear()

    def cut(self, plural: str) -> None:
        """Ends the open watches of a collection in the middle of a line."""
        for writer in self.open_watches[plural]:
            writer.transport.abort()

    def finish(self, plural: str) -> None:
        """Ends the open watches of a collection in order, as after `timeoutSeconds`."""
        for writer in self.open_watches[plural]:
            writer.write(b"0\r\n\r\n")
            writer.close()

    def send(self, plural: str, line: bytes) -> None:
        """Writes raw bytes into the open watches of a collection."""
        for writer in self.open_watches[plural]:
            writer.write(_chunk(line))

    def fail(self, when: Callable[[Request], bool], status: int, *, times: int = 1, **headers: str) -> Fault:
        """Orders a wrong answer, or with status 0 none at all; header names with `_` for `-`."""
        fault = Fault(when, status, times, {name.replace("_", "-"): value for name, value in headers.items()})
        self.faults.append(fault)
        return fault

    def asked(self, plural: str, *, watch: bool) -> list[Request]:
        """The requests so far for a collection."""
        return [request for request in self.requests if request.plural == plural and request.watch == watch]

    async def until(self, test: Callable[[], bool]) -> None:
        """Waits until a request, a watch or a change makes the test true."""
        async with self._changed:
            await self._changed.wait_for(test)

    async def watched(self, *plurals: str) -> None:
        """Waits until each collection has an open watch."""
        await self.until(lambda: all(self.open_watches[plural] for plural in plurals or PATHS))

    @staticmethod
    def _key(manifest: Object) -> tuple[str, str]:
        return manifest["metadata"].get("namespace", "default"), manifest["metadata"]["name"]

    async def _record(self, plural: str, word: str, manifest: Object) -> None:
        self.version += 1
        namespace, name = self._key(manifest)
        meta = manifest["metadata"] | {"namespace": namespace, "resourceVersion": str(self.version)}
        stored = manifest | {"metadata": meta}
        if word == "DELETED":
            del self._objects[plural][namespace, name]
        else:
            self._objects[plural][namespace, name] = stored
        self._history.append((self.version, plural, word, stored))
        await self._wake()

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while request := await _read(reader):
                self.requests.append(request)
                await self._wake()
                await self._answer(request, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        for fault in self.faults:
            if fault.times and fault.when(request):
                fault.times -= 1
                if not fault.status:
                    await asyncio.Event().wait()
                return await _reply(writer, fault.status, _status(fault.status, "ordered"), fault.headers)
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return await _reply(writer, 401, _status(401, "Unauthorized"))
        if request.path in RESOURCES:
            return await _reply(writer, 200, {"resources": [{"name": name} for name in RESOURCES[request.path]]})
        plural = request.plural
        if not plural or not request.path.startswith(PATHS[plural] + "/"):
            return await _reply(writer, 404, _status(404, "the server could not find the requested resource"))
        if plural in self.forbidden:
            return await _reply(writer, 403, _status(403, f"{plural} is forbidden"))
        if request.watch:
            return await self._watch(request, writer)
        if not request.path.endswith(plural):
            return await self._one(request, writer)
        return await self._list(request, writer)

    async def _one(self, request: Request, writer: asyncio.StreamWriter) -> None:
        *_, namespace, _, name = request.path.split("/")
        item = self._objects[request.plural].get((namespace, name))
        await _reply(writer, 200 if item else 404, item or _status(404, "not found"))

    async def _list(self, request: Request, writer: asyncio.StreamWriter) -> None:
        moment, start = self.version, 0
        if token := request.query.get("continue"):
            moment, start = map(int, token.split("."))
            if moment < self.compacted:
                return await _reply(writer, 410, _status(410, "The provided continue parameter is too old"))
        items = self._visible(request)
        limit = int(request.query.get("limit", 0))
        if self.page_size and limit:
            limit = min(limit, self.page_size)
        end = start + limit if limit else len(items)
        meta = {"resourceVersion": str(moment)} | ({"continue": f"{moment}.{end}"} if end < len(items) else {})
        return await _reply(writer, 200, {"metadata": meta, "items": items[start:end]})

    def _visible(self, request: Request) -> list[Object]:
        words = request.path.split("/")
        namespace = words[words.index("namespaces") + 1] if "namespaces" in words else ""
        found = self._objects[request.plural]
        return [item for key, item in sorted(found.items()) if namespace in ("", key[0])]

    async def _watch(self, request: Request, writer: asyncio.StreamWriter) -> None:
        plural, version = request.plural, int(request.query.get("resourceVersion") or self.version)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        if version < self.compacted:
            error = {"type": "ERROR", "object": _status(410, f"too old resource version: {version}")}
            writer.write(_chunk(json.dumps(error).encode() + b"\n") + b"0\r\n\r\n")
            return await writer.drain()
        self.open_watches[plural].append(writer)
        await self._wake()
        try:
            while not writer.transport.is_closing():
                for number, owner, word, item in list(self._history):
                    if number > version and owner == plural:
                        version = number
                        writer.write(_chunk(json.dumps({"type": word, "object": item}).encode() + b"\n"))
                await writer.drain()
                async with self._changed:
                    await self._changed.wait()
        finally:
            self.open_watches[plural].remove(writer)

    async def bookmark(self, plural: str) -> None:
        """Tells the watchers of a collection the current version, without an object."""
        item = {"kind": "Any", "metadata": {"resourceVersion": str(self.version)}}
        self.send(plural, json.dumps({"type": "BOOKMARK", "object": item}).encode() + b"\n")


async def _read(reader: asyncio.StreamReader) -> Request | None:
    with contextlib.suppress(asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in head[1:] if line)
        return Request(head[0].split()[1], {name.lower(): value.strip() for name, _, value in fields})
    return None


async def _reply(
    writer: asyncio.StreamWriter, status: int, body: Object, headers: dict[str, str] | None = None
) -> None:
    data = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Any", "Content-Type: application/json", f"Content-Length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
    await writer.drain()


def _status(code: int, message: str) -> Object:
    return {"kind": "Status", "status": "Failure", "code": code, "message": message}


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
