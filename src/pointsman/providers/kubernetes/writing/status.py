"""Writes where Ingresses can be reached into their status (Traefik `kubernetes.ingressEndpoint`)."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from pointsman.model.problem import Problem
from pointsman.model.static import IngressEndpoint
from pointsman.providers.kubernetes.backoff import Backoff
from pointsman.providers.kubernetes.client import ApiError, Client, Unreachable
from pointsman.providers.kubernetes.discovery import Resource
from pointsman.providers.kubernetes.objects import Ingress, Published, Service
from pointsman.providers.kubernetes.store import Place
from pointsman.providers.kubernetes.trouble import unwritable

_LOG = logging.getLogger("pointsman.kubernetes")
AT_ONCE = 4
"""Ingresses being written at the same time."""
FORBIDDEN_S = 600.0
"""How often a status that may not be written is tried again."""


class View(Protocol):
    """What must be known of the cluster."""

    def ingress(self, place: Place) -> Ingress | None: ...
    def service(self, namespace: str, name: str) -> Service | None: ...
    def is_accepted(self, place: Place) -> bool: ...
    def places(self) -> Iterable[Place]: ...


class StatusWriter:
    """Keeps the first entry of each accepted Ingress' `status.loadBalancer` right, while `may_write` says so."""

    def __init__(self, client: Client, options: IngressEndpoint, view: View, may_write: Callable[[], bool]) -> None:
        self.on_problem: Callable[[Problem | None], None] = lambda problem: None
        self._client, self._options, self._view, self._may_write = client, options, view, may_write
        self._queue: dict[Place, None] = {}
        self._news = asyncio.Event()
        self._backoff = Backoff(0.5, 60.0)

    @property
    def service(self) -> Place | None:
        """The Service whose addresses are published, if it is one."""
        namespace, slash, name = self._options.published_service.partition("/")
        return (namespace, name) if slash and namespace and name and "/" not in name else None

    def look_at(self, places: Iterable[Place]) -> None:
        """These Ingresses may need another status."""
        self._queue.update(dict.fromkeys(places))
        if self._queue:
            self._news.set()

    async def run(self, resource: Resource) -> None:
        """Never returns; `resource`: the Ingresses' API."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._queue and self._may_write():
                batch = [place for place, _ in zip(list(self._queue), range(AT_ONCE), strict=False)]
                for place in batch:
                    del self._queue[place]
                await asyncio.sleep(await self._write_all(resource, batch))
            if not self._may_write():
                self._queue.clear()

    async def _write_all(self, resource: Resource, places: Sequence[Place]) -> float:
        """Writes what needs it; how long to wait before the next."""
        wanted = self._wanted()
        if wanted is None:
            return 0.0
        stale = [place for place in places if self._is_stale(place, wanted)]
        waits = await asyncio.gather(*(self._write(resource, place, wanted) for place in stale))
        return max(waits, default=0.0)

    def _is_stale(self, place: Place, wanted: Published) -> bool:
        ingress = self._view.ingress(place)
        return ingress is not None and ingress.published != wanted and self._view.is_accepted(place)

    def _wanted(self) -> Published | None:
        """compat(1.7): of a Service the first entry alone; without one nothing is written."""
        options = self._options
        if not options.published_service:
            self.on_problem(None)
            return Published(ip=options.ip, hostname=options.hostname) if options.ip or options.hostname else None
        if self.service is None:
            self._complain("write it as `namespace/name`", "names no Service")
            return None
        service = self._view.service(*self.service)
        if service is None:
            self._complain("create the Service, or correct its name or `kubernetes.namespaces`", "does not exist")
            return None
        self.on_problem(None)
        return service.published

    def _complain(self, remedy: str, message: str) -> None:
        self.on_problem(
            Problem(
                object="Kubernetes Ingress status",
                key="kubernetes.ingressEndpoint.publishedService",
                value=self._options.published_service[:200],
                message=f"{message}: no status is written",
                remedy=remedy,
            )
        )

    async def _write(self, resource: Resource, place: Place, wanted: Published) -> float:
        path = resource.path(*place)
        try:
            document: dict[str, Any] = msgspec.json.decode(await self._client.get(path))
            entry = {key: text for key, text in (("ip", wanted.ip), ("hostname", wanted.hostname)) if text}
            document["status"] = {"loadBalancer": {"ingress": [entry]}}
            await self._client.write("PUT", f"{path}/status", document)
        except (ApiError, Unreachable, msgspec.MsgspecError) as error:
            return self._failed(place, error)
        self._backoff.reset()
        _LOG.debug("status of Ingress %s/%s written", *place)
        return 0.0

    def _failed(self, place: Place, error: Exception) -> float:
        status = error.status if isinstance(error, ApiError) else 0
        if status == 404:
            return 0.0
        self._queue[place] = None
        self._news.set()
        if isinstance(error, ApiError) and status == 403:
            remedy = "allow update of ingresses/status to the service account"
            self.on_problem(unwritable("Kubernetes Ingress status", "may not be written", remedy, error))
            return FORBIDDEN_S
        if status != 409:
            _LOG.warning("status of Ingress %s/%s: %s", *place, error)
        return self._backoff.next()
