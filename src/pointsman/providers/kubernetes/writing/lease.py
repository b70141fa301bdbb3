"""Which of several replicas writes: the holder of a Lease (coordination.k8s.io/v1), as Kubernetes' own parts do it."""

import asyncio
import datetime
import logging
import time
from collections.abc import Callable
from typing import Any

import msgspec

from pointsman.model.problem import Problem
from pointsman.providers.kubernetes.client import ApiError, Client, Unreachable
from pointsman.providers.kubernetes.trouble import unwritable

_LOG = logging.getLogger("pointsman.kubernetes")
DURATION_S = 30
"""A holder that has not renewed for this long has lost it."""
RENEW_S = 10.0
LAPSE_S = 20.0
"""A holder that could not renew for this long stops writing: well before another may begin."""
RETRY_S = 2.0
UNAVAILABLE_S = 600.0
"""How often a Lease that may not be had is tried again."""


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""


class _Spec(msgspec.Struct, frozen=True, rename="camel"):
    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    acquire_time: str | None = None
    renew_time: str | None = None
    lease_transitions: int | None = None


class _Lease(msgspec.Struct, frozen=True):
    metadata: _Meta
    spec: _Spec = _Spec()


class Lease:
    """One candidate for the Lease. Where there can be none, every replica counts as its holder."""

    def __init__(self, client: Client, place: tuple[str, str], identity: str) -> None:
        self.held = False
        self.on_change: Callable[[], None] = lambda: None
        self.on_problem: Callable[[Problem | None], None] = lambda problem: None
        namespace, self._name = place
        self._namespace, self._client, self._identity = namespace, client, identity
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._path = f"{self._collection}/{self._name}"
        self._seen: tuple[str, str] | None = None
        self._seen_at = self._renewed_at = 0.0

    async def run(self) -> None:
        """Tries for the Lease and keeps it, until cancelled; then gives it back."""
        wait = 0.0
        try:
            while True:
                await asyncio.sleep(wait)
                wait = await self._step()
        finally:
            if self.held and self._renewed_at:
                await asyncio.shield(self._release())

    async def _step(self) -> float:
        """One attempt; seconds until the next."""
        try:
            async with asyncio.timeout(RENEW_S):
                held = await self._attempt()
        except (ApiError, Unreachable, TimeoutError, msgspec.MsgspecError) as error:
            return self._failed(error)
        self.on_problem(None)
        self._hold(held)
        return RENEW_S if held else RETRY_S

    async def _attempt(self) -> bool:
        try:
            lease = msgspec.json.decode(await self._client.get(self._path), type=_Lease)
        except ApiError as error:
            if error.status != 404:
                raise
            await self._client.write("POST", self._collection, self._document(0))
            return self._renewed()
        if not self._may_take(lease.spec):
            return False
        transitions = (lease.spec.lease_transitions or 0) + (lease.spec.holder_identity != self._identity)
        acquired = lease.spec.acquire_time if lease.spec.holder_identity == self._identity else None
        document = self._document(transitions, lease.metadata.resource_version, acquired)
        await self._client.write("PUT", self._path, document)
        return self._renewed()

    def _may_take(self, spec: _Spec) -> bool:
        """By our own clock alone: others' may be wrong."""
        if spec.holder_identity in (None, "", self._identity):
            return True
        now, seen = time.monotonic(), (spec.holder_identity or "", spec.renew_time or "")
        if seen != self._seen:
            self._seen, self._seen_at = seen, now
        return now - self._seen_at > (spec.lease_duration_seconds or DURATION_S)

    def _renewed(self) -> bool:
        self._renewed_at = time.monotonic()
        return True

    def _document(self, transitions: int, version: str = "", acquired: str | None = None) -> dict[str, Any]:
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"namespace": self._namespace, "name": self._name}
            | ({"resourceVersion": version} if version else {}),
            "spec": {
                "holderIdentity": self._identity,
                "leaseDurationSeconds": DURATION_S,
                "acquireTime": acquired or now,
                "renewTime": now,
                "leaseTransitions": transitions,
            },
        }

    def _failed(self, error: Exception) -> float:
        if isinstance(error, ApiError) and error.status in (403, 404):
            self.on_problem(
                unwritable(
                    f"Lease {self._namespace}/{self._name}",
                    "cannot be had: every replica writes Ingress status and Events",
                    "allow get, create and update of leases in coordination.k8s.io to the service account",
                    error,
                )
            )
            self._renewed_at = 0.0
            self._hold(True)
            return UNAVAILABLE_S
        if isinstance(error, ApiError) and error.status == 409:  # Somebody else was quicker.
            self._hold(False)
            return RETRY_S
        _LOG.debug("the Lease %s: %s", self._name, error)
        if self._renewed_at and time.monotonic() - self._renewed_at > LAPSE_S:
            self._hold(False)
        return RETRY_S

    def _hold(self, held: bool) -> None:
        if held is self.held:
            return
        self.held = held
        _LOG.info("kubernetes: %s Ingress status and Events", "writes" if held else "no longer writes")
        self.on_change()

    async def _release(self) -> None:
        """The next holder need not wait."""
        try:
            async with asyncio.timeout(2):
                lease = msgspec.json.decode(await self._client.get(self._path), type=_Lease)
                if lease.spec.holder_identity == self._identity:
                    document = self._document(lease.spec.lease_transitions or 0, lease.metadata.resource_version)
                    document["spec"] |= {"holderIdentity": "", "leaseDurationSeconds": 1}
                    await self._client.write("PUT", self._path, document)
        except (ApiError, Unreachable, TimeoutError, msgspec.MsgspecError) as error:
            _LOG.debug("the Lease %s is not given back: %s", self._name, error)
