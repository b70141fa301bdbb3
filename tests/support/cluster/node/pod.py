"""One pod's life: volumes, network, init containers, containers, its status in the API, its end."""

import asyncio
import logging
import shutil

from support.cluster.node.client import STRATEGIC, ApiError, Object
from support.cluster.node.container import Container, now
from support.cluster.node.facts import Facts, Missing
from support.cluster.node.known import Known
from support.cluster.node.network import plug_in, unplug
from support.cluster.node.settings import ADDRESS
from support.cluster.node.volumes import Volumes

log = logging.getLogger("node.pod")


class Pod:
    """`run` lasts until the pod is deleted and all of it is gone."""

    def __init__(self, known: Known, manifest: Object) -> None:
        self.known = known
        self.facts = Facts(manifest, known.settings.path / "pods")
        (self.facts.directory / "logs").mkdir(parents=True, exist_ok=True)
        self.volumes = Volumes(known, self.facts)
        self.inits = [self._container(item, init=True) for item in self.facts.spec.get("initContainers") or []]
        self.containers = [self._container(item, init=False) for item in self.facts.spec["containers"]]
        self.dirty, self.deleted = asyncio.Event(), asyncio.Event()
        self.phase, self.reason = "Pending", ""
        self.begun, self.initialized = now(), False
        self._since: dict[str, tuple[bool, str]] = {}
        self._sent: Object | None = None

    def _container(self, spec: Object, *, init: bool) -> Container:
        return Container(self.known, self.facts, spec, init=init, changed=self._changed)

    def _changed(self) -> None:
        self.dirty.set()

    @property
    def all_containers(self) -> list[Container]:
        return self.inits + self.containers

    async def run(self) -> None:
        """Brings the pod up, keeps its status told, and takes it down once it is deleted."""
        reporting = asyncio.create_task(self._report())
        try:
            await self._volumes_written()
            if not self.deleted.is_set():
                await plug_in(self.known, self.facts)
                self.dirty.set()
                await self._run_containers()
            await self.deleted.wait()
        except Exception:
            log.exception("%s failed", self.facts.title)
            await self.deleted.wait()
        finally:
            await asyncio.gather(*(item.stop(0) for item in self.all_containers))
            reporting.cancel()
            await asyncio.gather(unplug(self.known, self.facts), return_exceptions=True)

    def remove_files(self) -> None:
        """Removes everything it had on this machine."""
        shutil.rmtree(self.facts.directory, ignore_errors=True)

    async def terminate(self, grace: float) -> None:
        """Ends its containers within the grace period (seconds), sidecars last."""
        if not self.deleted.is_set():
            self.deleted.set()
            await asyncio.gather(*(item.stop(grace) for item in self.containers))
            await asyncio.gather(*(item.stop(grace) for item in self.inits))

    async def tell(self) -> None:
        """Writes the status to the API, when it differs from what was written last."""
        status = self._status()
        if status == self._sent:
            return
        body = {"metadata": {"uid": self.facts.uid}, "status": status}
        try:
            await self.known.client.call("PATCH", f"{self.facts.path}/status", body, STRATEGIC)
            self._sent = status
        except (ApiError, OSError) as error:
            if not isinstance(error, ApiError) or error.status not in (404, 409):
                log.warning("%s status: %s", self.facts.title, error)
                asyncio.get_running_loop().call_later(0.5, self.dirty.set)

    async def _volumes_written(self) -> None:
        while not self.deleted.is_set():
            try:
                await self.volumes.refresh()
                return
            except (Missing, ApiError, OSError) as problem:
                self.reason = str(problem)
                self.dirty.set()
                await asyncio.sleep(0.5)

    async def _run_containers(self) -> None:
        sidecars = []
        for item in self.inits:
            task = asyncio.create_task(item.run())
            if item.sidecar:
                sidecars.append(task)
                await item.up.wait()
            elif await task and not self.deleted.is_set():
                self.phase = "Failed"
                self.dirty.set()
                return
        self.initialized, self.phase = True, "Running"
        codes = await asyncio.gather(*(item.run() for item in self.containers))
        if not self.deleted.is_set():
            self.phase = "Failed" if any(codes) else "Succeeded"
        self.dirty.set()
        await asyncio.gather(*(item.stop(self.facts.grace) for item in self.inits))

    async def _report(self) -> None:
        self.dirty.set()
        while True:
            await self.dirty.wait()
            self.dirty.clear()
            await self.tell()

    def _status(self) -> Object:
        found = {
            "phase": self.phase,
            "conditions": self._conditions(),
            "hostIP": ADDRESS,
            "hostIPs": [{"ip": ADDRESS}],
            "startTime": self.begun,
            "containerStatuses": [item.status() for item in self.containers],
        }
        if self.inits:
            found["initContainerStatuses"] = [item.status() for item in self.inits]
        if self.facts.address:
            found |= {"podIP": self.facts.address, "podIPs": [{"ip": self.facts.address}]}
        elif self.reason:
            found["message"] = self.reason
        return found

    def _conditions(self) -> list[Object]:
        ended = self.deleted.is_set() and not any(item.running for item in self.containers)
        ready = self.phase == "Running" and all(item.ready for item in self.containers) and not ended
        facts = {
            "PodReadyToStartContainers": bool(self.facts.address),
            "Initialized": self.initialized,
            "ContainersReady": ready,
            "Ready": ready,
        }
        found = []
        for kind, value in facts.items():
            if kind not in self._since or self._since[kind][0] != value:
                self._since[kind] = value, now()
            condition = {"type": kind, "status": str(value), "lastTransitionTime": self._since[kind][1]}
            found.append(condition if value else condition | {"reason": "ContainersNotReady"})
        return found
