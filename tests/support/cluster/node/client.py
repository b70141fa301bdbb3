"""The node's client of the Kubernetes API: calls, and copies of collections kept by list and watch."""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2

Object = dict[str, Any]
Notify = Callable[[str, Object], None]
log = logging.getLogger("node.client")
STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
WATCH_SECONDS = 500


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body[:300]}")
        self.status = status


class Client:
    """JSON requests with an administrator's token; connection failures are OSErrors."""

    def __init__(self, url: str, token: str, ca: Path) -> None:
        self.http = httpx2.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            verify=ssl.create_default_context(cafile=str(ca)),
            limits=httpx2.Limits(max_keepalive_connections=0),  # an API server that restarts drops idle connections
            timeout=30,
            trust_env=False,
        )

    async def call(self, method: str, path: str, body: Object | None = None, kind: str = "application/json") -> Object:
        """One request; returns the answer's object. Raises ApiError, or OSError when there is no answer."""
        content = None if body is None else json.dumps(body)
        try:
            answer = await self.http.request(method, path, content=content, headers={"Content-Type": kind})
        except httpx2.TransportError as error:
            raise OSError(f"{method} {path}: {error!r}") from error
        if answer.status_code >= 300:
            raise ApiError(answer.status_code, answer.text)
        found: Object = answer.json()
        return found

    async def watch(self, path: str, version: str) -> AsyncIterator[Object]:
        """Events since a version, until the server ends the watch."""
        query: dict[str, str | int] = {
            "watch": 1,
            "allowWatchBookmarks": 1,
            "timeoutSeconds": WATCH_SECONDS,
            "resourceVersion": version,
        }
        try:
            async with self.http.stream("GET", path, params=query, timeout=WATCH_SECONDS + 30) as answer:
                if answer.status_code != 200:
                    raise ApiError(answer.status_code, (await answer.aread()).decode(errors="replace"))
                async for line in answer.aiter_lines():
                    yield json.loads(line)
        except httpx2.TransportError as error:
            raise OSError(f"watch {path}: {error!r}") from error


class Cache:
    """A copy of one collection; `notify(event, object)` is told every change."""

    def __init__(self, client: Client, path: str, notify: Notify) -> None:
        self.client, self.path, self.notify = client, path, notify
        self.items: dict[tuple[str, str], Object] = {}

    def get(self, namespace: str, name: str) -> Object | None:
        """The object of this name."""
        return self.items.get((namespace, name))

    async def run(self) -> None:
        """Keeps the copy, through outages, until cancelled."""
        while True:
            try:
                await self._follow()
            except (OSError, ApiError) as error:
                log.info("%s: %s; listing again", self.path, error)
                await asyncio.sleep(0.2)

    async def _follow(self) -> None:
        listing = await self.client.call("GET", self.path)
        self._replace(listing.get("items") or [])
        version = listing["metadata"]["resourceVersion"]
        while True:
            async for event in self.client.watch(self.path, version):
                if event["type"] == "ERROR":
                    return
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    self.apply(event["type"], event["object"])

    def _replace(self, items: list[Object]) -> None:
        fresh = {key_of(item): item for item in items}
        for key, old in list(self.items.items()):
            if key not in fresh:
                self.apply("DELETED", old)
        for item in items:
            self.apply("MODIFIED", item)

    def apply(self, event: str, item: Object) -> None:
        """Takes one event."""
        if event == "DELETED":
            self.items.pop(key_of(item), None)
        else:
            self.items[key_of(item)] = item
        self.notify(event, item)


def key_of(item: Object) -> tuple[str, str]:
    """Namespace and name."""
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]
