"""Pods come and go as in a rolling update; Kubernetes' own controllers make the EndpointSlices."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.cluster.control_plane import ControlPlane
from support.cluster.hand import Hand
from support.manifests import ingress, service

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(120)]


@pytest.fixture
def controlled(cluster: ControlPlane) -> Iterator[ControlPlane]:
    """A cluster with a node and with its controllers at work."""
    if not cluster.api.exists("/api/v1/nodes/n1"):
        cluster.api.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}})
    cluster.start_controllers()
    yield cluster
    cluster.controllers.stop()


class Pods:
    """Pods of one service, brought up and down as a kubelet would."""

    def __init__(self, hand: Hand, namespace: str) -> None:
        self.hand, self.namespace = hand, namespace
        self.addresses: dict[str, str] = {}

    def manifest(self, name: str) -> dict[str, Any]:
        container = {"name": "web", "image": "web", "ports": [{"containerPort": 8080}]}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"namespace": self.namespace, "name": name, "labels": {"app": "web"}},
            "spec": {"nodeName": "n1", "containers": [container], "automountServiceAccountToken": False},
        }

    async def up(self, *names: str) -> None:
        for name in names:
            self.addresses[name] = f"10.7.0.{len(self.addresses) + 1}"
            await self.hand.create(self.manifest(name))
            await self.ready(name, True)

    async def ready(self, name: str, ready: bool) -> None:
        address = self.addresses[name]
        status = {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": "Ready", "status": str(ready)}],
        }
        await self.hand.do(self.hand.control_plane.api.set_status, self.manifest(name), status)

    async def down(self, name: str, grace: int) -> None:
        await self.hand.do(self.hand.control_plane.api.delete, self.manifest(name), grace)

    def servers(self, *names: str) -> dict[str, str]:
        return {name: f"http://{self.addresses[name]}:8080" for name in names}


async def test_a_rolling_update_never_leaves_a_backend_empty(
    hand: Hand, controlled: ControlPlane, namespace: str
) -> None:
    pods, name = Pods(hand, namespace), f"{namespace}.test/"
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    await hand.create(service(namespace, ports=ports, selector={"app": "web"}, clusterIP=None))
    await hand.create(ingress(namespace, "one", f"{namespace}.test"))
    await pods.up("old-1", "old-2")
    async with hand.providing(namespaces=(namespace,)) as published:

        async def serves(*names: str) -> None:
            wanted = pods.servers(*names)
            await published.until(
                lambda p: name in p.backends and {k: s.url for k, s in p.backends[name].servers.items()} == wanted,
                within_s=30,
            )

        await serves("old-1", "old-2")
        count = len(published.changes)
        for old, new, others in (("old-1", "new-1", ["old-2"]), ("old-2", "new-2", ["new-1"])):
            await pods.up(new)
            await serves(old, new, *others)
            await pods.down(old, grace=30)  # terminating: it still answers, but is asked no more
            await serves(new, *others)
            await pods.down(old, grace=0)
        await serves("new-1", "new-2")
        for change in published.changes[count:]:
            assert name not in change.frontends
            backend = change.backends.get(name)
            assert name not in change.backends or (backend is not None and len(backend.servers) >= 2)

        await pods.ready("new-1", False)
        await serves("new-2")
        await pods.ready("new-1", True)
        await serves("new-1", "new-2")
