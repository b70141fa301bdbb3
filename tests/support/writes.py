"""A stand-in for an API server that is written to: keeps documents by path, fails on demand."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from typing import Any

import msgspec

from pointsman.providers.kubernetes.client import ApiError

Document = dict[str, Any]


class Writes:
    """What `Client` offers to those who read and write single objects."""

    def __init__(self) -> None:
        self.objects: dict[str, Document] = {}
        self.asked: list[tuple[str, str]] = []
        """Method and path of every request, in order."""
        self.failures: dict[tuple[str, str], list[Exception]] = {}
        """By method and path: raised, one at a time, before anything is done."""
        self._versions = itertools.count(1)
        self._news = asyncio.Event()

    def put(self, path: str, **document: Any) -> None:
        """Somebody else's object."""
        self.objects[path] = {"metadata": {"name": path.rpartition("/")[2]}, **document}
        self.objects[path]["metadata"]["resourceVersion"] = str(next(self._versions))

    def written(self, method: str) -> list[str]:
        """Paths of the requests of one method."""
        return [path for asked, path in self.asked if asked == method]

    async def until(self, holds: Callable[[], object]) -> None:
        """Waits for something that follows from requests; what fails to come is ended by the test's time limit."""
        while not holds():
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 0.05)

    async def count(self, method: str, least: int) -> None:
        """Waits for so many requests of one method."""
        await self.until(lambda: len(self.written(method)) >= least)

    async def get(self, path: str) -> bytes:
        """An object."""
        self._begin("GET", path)
        if path not in self.objects:
            raise ApiError(404, "not found")
        return msgspec.json.encode(self.objects[path])

    async def write(self, method: str, path: str, document: Any) -> bytes:
        """POST into a collection, PUT over an object (of that version, if one is given), PATCH one."""
        self._begin(method, path)
        target = path.removesuffix("/status") if method != "POST" else f"{path}/{document['metadata']['name']}"
        known = self.objects.get(target)
        if (method == "POST") is (known is not None):
            raise ApiError(409 if known else 404, "there is one" if known else "not found")
        version = document.get("metadata", {}).get("resourceVersion")
        if known and version not in (None, known["metadata"]["resourceVersion"]):
            raise ApiError(409, "the object has been modified")
        made = {**(known or {}), **document} if method == "PATCH" else msgspec.to_builtins(document)
        made["metadata"] = {**made["metadata"], "resourceVersion": str(next(self._versions))}
        self.objects[target] = made
        return msgspec.json.encode(made)

    def _begin(self, method: str, path: str) -> None:
        self.asked.append((method, path))
        self._news.set()
        if waiting := self.failures.get((method, path)):
            raise waiting.pop(0)
