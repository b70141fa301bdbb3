"""The Node object, as a kubelet would register it."""

import asyncio
import os

from support.cluster.node.client import STRATEGIC, ApiError, Client, Object
from support.cluster.node.container import now
from support.cluster.node.settings import NAME


async def register(client: Client, kubelet_port: int) -> None:
    """Makes the Node, waiting for an API server that is not there yet.

    Its host name is `localhost`: that is where the API server finds the kubelet's port.
    """
    labels = {"kubernetes.io/hostname": NAME, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NAME, "labels": labels}}
    while True:
        try:
            await client.call("POST", "/api/v1/nodes", node)
            break
        except ApiError as error:
            if error.status == 409:
                break
        except OSError:
            pass
        await asyncio.sleep(0.2)
    await client.call("PATCH", f"/api/v1/nodes/{NAME}/status", {"status": _status(kubelet_port)}, STRATEGIC)


def _status(kubelet_port: int) -> Object:
    capacity = {"cpu": str(os.cpu_count()), "memory": "16Gi", "pods": "250", "ephemeral-storage": "50Gi"}
    unknown = ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "kubeProxyVersion", "kubeletVersion")
    versions = {"containerRuntimeVersion": "process://1", "operatingSystem": "linux", "architecture": "amd64"}
    ready = {"type": "Ready", "status": "True", "reason": "NodeReady"}
    return {
        "addresses": [{"type": "Hostname", "address": "localhost"}],
        "capacity": capacity,
        "allocatable": capacity,
        "conditions": [ready | {"lastHeartbeatTime": now(), "lastTransitionTime": now()}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet_port}},
        "nodeInfo": dict.fromkeys(unknown, "test") | versions,
    }
