"""Keeps the slim objects of one kind in step with the API server, through every way it can fail."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

import msgspec

from pointsman.model.problem import Problem
from pointsman.providers.kubernetes.backoff import Backoff
from pointsman.providers.kubernetes.client import ApiError, Unreachable
from pointsman.providers.kubernetes.discovery import Discovery, Resource
from pointsman.providers.kubernetes.objects import KubernetesObject, ObjectEvent
from pointsman.providers.kubernetes.trouble import damaged, forbidden, second_choice
from pointsman.providers.kubernetes.watch import (
    GONE,
    Happening,
    Listing,
    Malformed,
    Where,
    current_version,
    watch,
)
from pointsman.providers.kubernetes.wire import decode

_LOG = logging.getLogger("pointsman.kubernetes")
Key = tuple[str, str, str]
"""Kind, namespace, name."""

RETRY_FORBIDDEN_S = 30.0
"""How often a kind that we may not read is tried again: permissions change without notice."""
PATIENCE = 6
"""Refusals in a row that may pass by themselves."""
LONGEST_ASKED_S = 60.0
"""No `Retry-After` keeps us away for longer."""
STEADY_S = 5.0
"""A watch that lived this long, or brought an event, was a good one."""


class Sink(Protocol):
    """Where an informer's news go; called in the event loop, never blocks."""

    def event(self, event: ObjectEvent) -> None:
        """An object changed."""

    def problem(self, key: str, problem: Problem | None) -> None:
        """Something is wrong under this key, or is well again."""

    def away(self, name: str, error: Exception) -> None:
        """The API server cannot be watched for this interest."""

    def back(self, name: str) -> None:
        """It can be again."""


class Interest(msgspec.Struct, frozen=True, kw_only=True):
    """What an informer is to keep in step."""

    name: str
    """In words, for the log and Problems: `ingresses`, `services of namespace a`."""
    candidates: tuple[Resource, ...]
    """The best one that is served and permitted is used."""
    namespace: str = ""
    labels: str = ""
    fields: str = ""
    required: bool = True
    """False: without permission the product works without these objects."""
    keep: Callable[[str, str], bool] | None = None
    """Whether an object, by namespace and name, is wanted at all; None: every one."""


class Informer:
    """Lists, watches, and lists again when it must; tells the sink only real differences.

    While the API server is away the last state stays.
    """

    def __init__(self, interest: Interest, discovery: Discovery, sink: Sink, *, backoff: Backoff | None = None) -> None:
        self.interest = interest
        self.state: dict[Key, KubernetesObject] = {}
        self.synced = asyncio.Event()
        """Set once the first list is complete, or these objects are done without."""
        self.where: Where | None = None
        """What is watched now; None before the first list, and while we may not read."""
        self._client, self._discovery, self._sink = discovery.client, discovery, sink
        self._backoff = backoff or Backoff()
        self._version = ""
        self._away = False
        self._refusals = 0
        self._lists = 0
        self._fetching: set[Key] = set()
        """Objects being fetched of which the watch has said nothing meanwhile."""

    async def run(self) -> None:
        """Never returns."""
        while True:
            try:
                if self.where is None:
                    await self._choose()
                if self._away and self._version:
                    await self._check_rewound()
                if not self._version:
                    await self._list()
                wait = await self._watch()
            except ApiError as error:
                wait = self._refused(error)
            except Unreachable as error:
                wait = self._unreachable(error)
            await asyncio.sleep(wait)

    async def fetch(self, namespace: str, name: str) -> bool:
        """Reads one object that has become wanted; what the watch brings meanwhile is newer and wins.

        False: the API server gave no answer, and it must be asked again.
        """
        lists = -1
        while self.where is not None and lists != self._lists:
            # A list that ends meanwhile may have passed this object before it was wanted: then once more.
            lists = self._lists
            resource = self.where.resource
            key = (resource.kind, namespace, name)
            self._fetching.add(key)
            try:
                body = await self._client.get(resource.path(namespace, name))
            except (ApiError, Unreachable) as error:
                if isinstance(error, ApiError) and error.status in (403, 404):
                    return True
                _LOG.warning("cannot read %s %s/%s: %s", resource.kind, namespace, name, error)
                return False
            finally:
                untouched = key in self._fetching
                self._fetching.discard(key)
            if untouched and lists == self._lists:
                self._take(key, body)
        return True

    def drop(self, namespace: str, name: str) -> None:
        """Forgets an object that is no longer wanted."""
        for key in [key for key in self.state if key[1:] == (namespace, name)]:
            self._remove(key)

    async def _choose(self) -> None:
        """Finds the first version that is served and that we may list."""
        refusal = ApiError(404, "no known API version of it is served")
        async for resource in self._discovery.served(self.interest.candidates):
            interest = self.interest
            where = Where(
                resource=resource, namespace=interest.namespace, labels=interest.labels, fields=interest.fields
            )
            try:
                await current_version(self._client, where)
            except ApiError as error:
                if error.status not in (403, 404):
                    raise
                refusal = error
                continue
            refused = second_choice(interest.name, resource.plural, refusal) if refusal.status == 403 else None
            self._sink.problem(f"{interest.name}: first choice", refused)
            self.where, self._version = where, ""
            return
        raise refusal

    async def _list(self) -> None:
        assert self.where is not None
        listing = Listing(self._client, self.where)
        try:
            fresh = await self._collect(listing, {})
        except ApiError as error:
            if error.status != GONE:
                raise
            # The list expired between two pages, the rest would be of another moment: once more, in one piece.
            fresh = await self._collect(listing, {"limit": 0})
        for key in [key for key in self.state if key not in fresh]:
            self._remove(key)
        for key, body in fresh.items():
            self._put(key, body)
        self._version = listing.version
        self._lists += 1
        self.synced.set()

    async def _collect(self, listing: Listing, limit: dict[str, int]) -> dict[Key, KubernetesObject]:
        assert self.where is not None
        fresh: dict[Key, KubernetesObject] = {}
        async for page in listing.pages(**limit):
            for meta, raw in page:
                key = (self.where.resource.kind, meta.namespace or "", meta.name)
                if self._wanted(key) and (slim := self._decoded(key, raw)) is not None:
                    fresh[key] = slim
        return fresh

    async def _watch(self) -> float:
        """Follows one stream to its end; returns how long to wait before the next."""
        assert self.where is not None
        loop = asyncio.get_running_loop()
        begun = loop.time()
        good = False
        try:
            async for happening in watch(self._client, self.where, self._version, self._well):
                self._follow(happening)
                self._backoff.reset()
                good = True
        finally:
            if loop.time() - begun > STEADY_S:
                self._backoff.reset()
                good = True
        return 0.0 if good else self._backoff.next()

    def _follow(self, happening: Happening) -> None:
        assert self.where is not None
        meta = happening.meta
        if happening.body is not None:
            key = (self.where.resource.kind, meta.namespace or "", meta.name)
            if self._wanted(key):
                self._fetching.discard(key)
                if happening.deleted:
                    self._remove(key)
                else:
                    self._take(key, happening.body)
        self._version = meta.resource_version or self._version

    async def _check_rewound(self) -> None:
        """After an outage: an API server restored from a backup counts from an older version; then all is listed."""
        assert self.where is not None
        now = await current_version(self._client, self.where)
        if now.isdigit() and self._version.isdigit() and int(now) < int(self._version):
            _LOG.warning("%s: the API server went back from version %s to %s", self.interest.name, self._version, now)
            self._version = ""

    def _wanted(self, key: Key) -> bool:
        return self.interest.keep is None or self.interest.keep(key[1], key[2])

    def _take(self, key: Key, body: bytes | msgspec.Raw) -> None:
        if (slim := self._decoded(key, body)) is not None:
            self._put(key, slim)

    def _put(self, key: Key, slim: KubernetesObject) -> None:
        if self.state.get(key) != slim:
            self.state[key] = slim
            self._sink.event(ObjectEvent(kind=key[0], namespace=key[1], name=key[2], object=slim))

    def _remove(self, key: Key) -> None:
        if self.state.pop(key, None) is not None:
            self._sink.event(ObjectEvent(kind=key[0], namespace=key[1], name=key[2], object=None))

    def _decoded(self, key: Key, body: bytes | msgspec.Raw) -> KubernetesObject | None:
        """The slim object; for one that cannot be read, the last that could, if any."""
        name = f"{key[0]} {key[1]}/{key[2]}"
        try:
            slim = decode(key[0], body)
        except msgspec.MsgspecError as error:
            self._sink.problem(name, damaged(name, error))
            return self.state.get(key)
        self._sink.problem(name, None)
        return slim

    def _refused(self, error: ApiError) -> float:
        """An answer that is no success: what it means, and how long to wait."""
        if error.status == GONE:
            _LOG.info("%s: the watch is too old, listing again", self.interest.name)
            self._version = ""
            return self._backoff.next()
        if error.status not in (403, 404):
            return max(min(error.retry_after_s, LONGEST_ASKED_S), self._unreachable(error))
        self._refusals += 1
        self._sink.back(self.interest.name)  # It answers.
        self._away = False
        self._sink.problem(self.interest.name, forbidden(self.interest.name, error, self.interest.required))
        if not self.interest.required:
            self.synced.set()
        # An API server that has just started refuses what it will permit in a moment: no hasty move to another version.
        patient = self._refusals <= PATIENCE
        if error.status == 404 or not patient or not self.state:
            self._discovery.forget()
            self.where, self._version = None, ""
        return self._backoff.next() if patient else RETRY_FORBIDDEN_S + self._backoff.next()

    def _unreachable(self, error: Exception) -> float:
        if isinstance(error, Malformed):
            self._version = ""
        if self._away or not self.synced.is_set():  # A stream that is cut and opens again is everyday life.
            self._sink.away(self.interest.name, error)
        self._away = True
        _LOG.debug("%s: %s", self.interest.name, error)
        return self._backoff.next()

    def _well(self) -> None:
        """The watch is open."""
        self._sink.back(self.interest.name)
        self._away, self._refusals = False, 0
        self._sink.problem(self.interest.name, None)
