"""Writes an Event on the object that a Problem concerns, for `kubectl describe`."""

import asyncio
import datetime
import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from pointsman.model.problem import Problem, Severity
from pointsman.providers.kubernetes.backoff import Backoff
from pointsman.providers.kubernetes.client import ApiError, Client, Unreachable
from pointsman.providers.kubernetes.discovery import SERVICES, Resource
from pointsman.providers.kubernetes.trouble import unwritable

_LOG = logging.getLogger("pointsman.kubernetes")
MOST = 5_000
"""Problems kept for Events at the same time."""
SETTLE_S = 2.0
"""A Problem that is gone this soon, as between an Ingress and its Service, was none."""
AGAIN_S = 3_000.0
"""Events live for an hour by default; a Problem still in force is told again before."""
PACE_S = 0.1
"""Between two Events."""
FORBIDDEN_S = 600.0
MESSAGE_BYTES = 1_000
"""The API server refuses more than 1,024."""
_PLACE = re.compile(r"(Ingress|Service) ([^/\s]+)/([^/\s]+)")


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    uid: str = ""
    resource_version: str = ""


class _Object(msgspec.Struct, frozen=True):
    metadata: _Meta


class EventWriter:
    """Tells Problems as Events, while `may_write` says so. Equal Problems of all replicas and lives make one Event."""

    def __init__(self, client: Client, may_write: Callable[[], bool]) -> None:
        self.on_problem: Callable[[Problem | None], None] = lambda problem: None
        self._client, self._may_write = client, may_write
        self._due: dict[Problem, float] = {}
        self._counts: dict[str, int] = {}
        self._news = asyncio.Event()
        self._backoff = Backoff(1.0, 60.0)

    def tell(self, new: Iterable[Problem], solved: Iterable[Problem]) -> None:
        """Problems that have begun, and that are over."""
        for problem in solved:
            self._due.pop(problem, None)
        for problem in new:
            if _place(problem) and len(self._due) < MOST:
                self._due.setdefault(problem, time.monotonic() + SETTLE_S)
        self._news.set()

    def look_again(self) -> None:
        """`may_write` may have another answer now."""
        self._news.set()

    async def run(self, ingresses: Resource) -> None:
        """Never returns; `ingresses`: the Ingresses' API."""
        while True:
            await self._wait()
            self._news.clear()
            now = time.monotonic()
            for problem in [problem for problem, at in self._due.items() if at <= now]:
                if not self._may_write():
                    break
                if problem in self._due:
                    wait = await self._write(problem, ingresses)
                    await asyncio.sleep(wait)

    async def _wait(self) -> None:
        first = min(self._due.values(), default=None) if self._may_write() else None
        wait = None if first is None else max(0.0, first - time.monotonic())
        try:
            async with asyncio.timeout(wait):
                await self._news.wait()
        except TimeoutError:
            return

    async def _write(self, problem: Problem, ingresses: Resource) -> float:
        """Seconds to wait before the next one."""
        place = _place(problem)
        if place is None:
            return 0.0
        kind, namespace, name = place
        resource = ingresses if kind == "Ingress" else SERVICES[0]
        try:
            thing = msgspec.json.decode(await self._client.get(resource.path(namespace, name)), type=_Object)
            await self._post(_event(problem, place, resource, thing.metadata))
        except (ApiError, Unreachable, msgspec.MsgspecError) as error:
            return self._failed(problem, error)
        self._backoff.reset()
        self._put_off(problem, AGAIN_S)
        self.on_problem(None)
        return PACE_S

    async def _post(self, event: dict[str, Any]) -> None:
        collection = f"/api/v1/namespaces/{event['metadata']['namespace']}/events"
        name = event["metadata"]["name"]
        try:
            await self._client.write("POST", collection, event)
        except ApiError as error:
            if error.status != 409:
                raise
            count = self._counts.get(name, 1) + 1
            if len(self._counts) > MOST:
                self._counts.clear()
            self._counts[name] = count
            patch = {"lastTimestamp": event["lastTimestamp"], "count": count}
            await self._client.write("PATCH", f"{collection}/{name}", patch)

    def _failed(self, problem: Problem, error: Exception) -> float:
        status = error.status if isinstance(error, ApiError) else 0
        if status == 404:  # The object is gone; its Problems will be, too.
            self._put_off(problem, AGAIN_S)
            return 0.0
        if isinstance(error, ApiError) and status == 403:
            loss = "may not be written: Problems are told in log and API alone"
            remedy = "allow create and patch of events to the service account"
            self.on_problem(unwritable("Kubernetes Events", loss, remedy, error))
            return FORBIDDEN_S
        wait = self._backoff.next()
        _LOG.debug("an Event: %s", error)
        self._put_off(problem, wait)
        return wait

    def _put_off(self, problem: Problem, seconds: float) -> None:
        if problem in self._due:
            self._due[problem] = time.monotonic() + seconds


def _place(problem: Problem) -> tuple[str, str, str] | None:
    """Kind, namespace and name of the object to tell it on."""
    for text in (problem.object, problem.origin):
        if found := _PLACE.fullmatch(text):
            return found[1], found[2], found[3]
    return None


def _event(problem: Problem, place: tuple[str, str, str], resource: Resource, meta: _Meta) -> dict[str, Any]:
    kind, namespace, name = place
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = _message(problem)
    mark = hashlib.sha256(f"{meta.uid}\0{text}".encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": namespace, "name": f"{name[:200]}.{mark}"},
        "involvedObject": {
            "apiVersion": resource.group_version,
            "kind": kind,
            "namespace": namespace,
            "name": name,
            "uid": meta.uid,
            "resourceVersion": meta.resource_version,
        },
        "type": "Warning",
        "reason": "NotInForce" if problem.severity is Severity.ERROR else "Doubtful",
        "message": text,
        "source": {"component": "pointsman"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }


def _message(problem: Problem) -> str:
    """The Problem without the object that the Event is on already."""
    subject = "" if _PLACE.fullmatch(problem.object) else f"{problem.object}: "
    key = f"{problem.key}: " if problem.key else ""
    value = f" ({problem.value!r})" if problem.value else ""
    remedy = f"; {problem.remedy}" if problem.remedy else ""
    text = f"{subject}{key}{problem.message}{value}{remedy}"
    return text.encode()[:MESSAGE_BYTES].decode(errors="ignore")
