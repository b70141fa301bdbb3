"""All pods of the node: bound to it, started, ended, removed from the API."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from support.cluster.node.client import ApiError, Object
from support.cluster.node.container import Container
from support.cluster.node.facts import Missing
from support.cluster.node.known import Known
from support.cluster.node.pod import Pod
from support.cluster.node.settings import NAME

log = logging.getLogger("node.pods")
TOKEN_CHECK_S = 60


class Pods:
    """Follows the API's pods; the only node there is gets all of them."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.pods: dict[str, Pod] = {}
        self.bound: set[str] = set()
        self._lives: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending = False

    def changed(self, event: str, item: Object) -> None:
        """Takes an event of the API's pods."""
        uid = item["metadata"]["uid"]
        pod = self.pods.get(uid)
        if event == "DELETED":
            self.bound.discard(uid)
            if pod:
                self._soon(pod.terminate(0))
        elif not item["spec"].get("nodeName"):
            if uid not in self.bound:
                self.bound.add(uid)
                self._soon(self._bind(item))
        elif item["spec"]["nodeName"] == NAME:
            self._ours(item, pod)

    def refresh(self, kind: str, name: tuple[str, str]) -> None:
        """Rewrites the volumes that show this ConfigMap or Secret."""
        for pod in self.pods.values():
            if pod.facts.namespace == name[0] and pod.facts.address and pod.volumes.uses(kind, name[1]):
                self._soon(self._refresh(pod))

    async def renew(self) -> None:
        """Keeps the tokens of all pods fresh, until cancelled."""
        while True:
            await asyncio.sleep(TOKEN_CHECK_S)
            for pod in list(self.pods.values()):
                await self._refresh(pod)

    def container(self, namespace: str, pod: str, container: str) -> Container | None:
        """A container by its names."""
        for each in self.pods.values():
            if (each.facts.namespace, each.facts.name) == (namespace, pod):
                return next((item for item in each.all_containers if item.name == container), None)
        return None

    async def stop(self) -> None:
        """Ends all pods at once; the API keeps its objects."""
        self._ending = True
        await asyncio.gather(*(pod.terminate(0) for pod in list(self.pods.values())))
        await asyncio.wait_for(asyncio.gather(*self._lives.values(), return_exceptions=True), 20)

    def _ours(self, item: Object, pod: Pod | None) -> None:
        meta, uid = item["metadata"], item["metadata"]["uid"]
        leaving = bool(meta.get("deletionTimestamp"))
        if pod is not None:
            pod.facts.manifest = item
        elif leaving or item["status"].get("phase") in ("Succeeded", "Failed"):
            if leaving and uid not in self._lives:
                self._soon(self._remove(item))
            return
        elif not self._ending:
            pod = self.pods[uid] = Pod(self.known, item)
            self._lives[uid] = asyncio.create_task(self._live(pod))
        if leaving and pod is not None:
            self._soon(pod.terminate(meta.get("deletionGracePeriodSeconds", 30)))

    async def _live(self, pod: Pod) -> None:
        """The pod's life, and its last word: its ended containers, then its removal from the API."""
        try:
            await pod.run()
        finally:
            uid = pod.facts.uid
            self.pods.pop(uid, None)
            if not self._ending:
                await pod.tell()
                await self._remove(pod.facts.manifest)
            self._lives.pop(uid, None)
            pod.remove_files()

    async def _bind(self, item: Object) -> None:
        meta = item["metadata"]
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": meta["name"], "uid": meta["uid"]},
            "target": {"apiVersion": "v1", "kind": "Node", "name": NAME},
        }
        try:
            path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/binding"
            await self.known.client.call("POST", path, binding)
        except (ApiError, OSError) as error:
            log.info("bind %s/%s: %s", meta["namespace"], meta["name"], error)
            self.bound.discard(meta["uid"])

    async def _remove(self, item: Object) -> None:
        meta = item["metadata"]
        body = {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}}
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        while True:
            try:
                await self.known.client.call("DELETE", path, body)
                return
            except ApiError as error:
                if error.status not in (404, 409):
                    log.warning("delete %s: %s", path, error)
                return
            except OSError:
                await asyncio.sleep(0.5)  # the API server is away: the object must not outlive the pod

    async def _refresh(self, pod: Pod) -> None:
        try:
            await pod.volumes.refresh()
        except (Missing, ApiError, OSError) as error:
            log.info("%s volumes: %s", pod.facts.title, error)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
