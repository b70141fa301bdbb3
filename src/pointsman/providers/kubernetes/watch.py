"""List and watch of one resource as the Kubernetes API defines them: pages, resource versions, bookmarks, expiry."""

import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TypeVar

import msgspec

from pointsman.providers.kubernetes.client import ApiError, Client, Unreachable
from pointsman.providers.kubernetes.discovery import Resource

PAGE = 500
LIFE_S = (300, 600)
"""Bounds of the life asked for a stream, drawn at random."""
IDLE_S = 100.0
"""Silence that ends a stream: the API server sends a bookmark about every minute."""
GONE = 410

T = TypeVar("T")


class Malformed(Unreachable):
    """What arrived is not what the API server means to send; a stream is of no more use."""


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """What is listed and watched."""

    resource: Resource
    namespace: str = ""
    """Empty: all."""
    labels: str = ""
    """Label selector, evaluated by the API server."""
    fields: str = ""
    """Field selector, likewise."""

    @property
    def path(self) -> str:
        return self.resource.path(self.namespace)

    def query(self, more: Mapping[str, str | int]) -> dict[str, str | int]:
        """Query parameters; empty ones are left out."""
        return {k: v for k, v in {"labelSelector": self.labels, "fieldSelector": self.fields, **more}.items() if v}


class Meta(msgspec.Struct, rename="camel", gc=False):
    """What list and watch themselves need of an object's or a list's metadata."""

    name: str = ""
    namespace: str | None = None
    resource_version: str = ""
    continue_: str | None = msgspec.field(default=None, name="continue")


class Item(msgspec.Struct, gc=False):
    """An object of which only the metadata is read."""

    metadata: Meta


class _Page(msgspec.Struct):
    metadata: Meta
    items: list[msgspec.Raw] | None = None


class _Event(msgspec.Struct, gc=False):
    type: str
    object: msgspec.Raw


class _Status(msgspec.Struct):
    code: int = 0
    message: str = ""


class Happening(msgspec.Struct, frozen=True, gc=False):
    """One event of a watch; a bookmark has no body."""

    meta: Meta
    deleted: bool
    body: msgspec.Raw | None


_PAGE = msgspec.json.Decoder(_Page)
_EVENT = msgspec.json.Decoder(_Event)
_ITEM = msgspec.json.Decoder(Item)
_STATUS = msgspec.json.Decoder(_Status)


class Listing:
    """One complete, consistent list; iterate its pages, then read `version`."""

    def __init__(self, client: Client, where: Where) -> None:
        self._client, self._where = client, where
        self.version = ""

    async def pages(self, limit: int = PAGE) -> AsyncIterator[Iterator[tuple[Meta, msgspec.Raw]]]:
        """Raises ApiError (410: the list expired between two pages), Unreachable."""
        token = ""
        while True:
            query = self._where.query({"limit": limit, "continue": token})
            page = _decoded(_PAGE, await self._client.get(self._where.path, query))
            yield ((_decoded(_ITEM, raw).metadata, raw) for raw in page.items or ())
            self.version = page.metadata.resource_version
            token = page.metadata.continue_ or ""
            if not token:
                return


async def watch(client: Client, where: Where, version: str, opened: Callable[[], None]) -> AsyncIterator[Happening]:
    """Everything after `version`; ends when the API server ends it; `opened` is called once the API server agreed.

    Raises ApiError, Unreachable.
    """
    seconds = random.randint(*LIFE_S)  # noqa: S311 - not for secrecy: it spreads clients out
    query = where.query(
        {"watch": 1, "allowWatchBookmarks": "true", "resourceVersion": version, "timeoutSeconds": seconds}
    )
    async with client.lines(where.path, query, IDLE_S) as lines:
        opened()
        async for line in lines:
            event = _decoded(_EVENT, line)
            if event.type == "ERROR":
                status = _decoded(_STATUS, event.object)
                raise ApiError(status.code or 500, status.message or "the watch failed")
            body = None if event.type == "BOOKMARK" else event.object
            yield Happening(_decoded(_ITEM, event.object).metadata, event.type == "DELETED", body)


async def current_version(client: Client, where: Where) -> str:
    """The collection's version now, without its objects."""
    return _decoded(_PAGE, await client.get(where.path, where.query({"limit": 1}))).metadata.resource_version


def _decoded(decoder: "msgspec.json.Decoder[T]", data: bytes | msgspec.Raw) -> T:
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed(f"the API server sent what is not a Kubernetes answer: {error}") from error
