"""Services made reachable: a listener for each cluster address, load balancer address and node port."""

import asyncio
import logging
from collections.abc import Mapping

import msgspec

from support.cluster.node.client import MERGE, ApiError, Cache, Client, Object
from support.cluster.node.known import Known
from support.cluster.node.relay import Listener, Target
from support.cluster.node.settings import API_ADDRESS

log = logging.getLogger("node.services")
Ports = dict[str, list[Target]]
"""Targets by the port's name."""


class Place(msgspec.Struct, frozen=True):
    """An address that is listened on: on the node, or on the host's loopback interface."""

    address: str
    port: int
    on_host: bool = False


class Services:
    """Keeps the listeners in step with Services and EndpointSlices; without endpoints, connections are refused."""

    def __init__(self, known: Known, services: Cache, slices: Cache) -> None:
        self.known, self.services, self.slices = known, services, slices
        self.listeners: dict[Place, Listener] = {}
        self.changed = asyncio.Event()

    async def run(self) -> None:
        """Follows the caches until cancelled."""
        while True:
            await self.step()
            await self.changed.wait()
            self.changed.clear()

    async def step(self) -> None:
        """Opens, changes and closes listeners as the caches ask now."""
        wanted = self.wanted()
        for place in [place for place in self.listeners if place not in wanted]:
            self.listeners.pop(place).close()
        for place, targets in wanted.items():
            if place in self.listeners:
                self.listeners[place].targets = targets
                continue
            listener = Listener(targets)
            try:
                await listener.open((place.address, place.port), self.known.host_fd if place.on_host else None)
                self.listeners[place] = listener
            except OSError as error:
                log.warning("cannot listen on %s: %s", place, error)

    def wanted(self) -> dict[Place, list[Target]]:
        """Every place that should be listened on, and where its connections go."""
        settings, host = self.known.settings, self.known.host_fd
        found = {
            Place("127.0.0.1", 443): [Target("127.0.0.1", settings.api_port, host)],
            Place(API_ADDRESS, 443): [Target("127.0.0.1", settings.pods_api_port, host)],
        }
        for (namespace, name), service in self.services.items.items():
            if service["spec"].get("clusterIP", "None") not in ("None", ""):
                found |= places(service, self.targets(namespace, name), settings.host_address)
        return found

    def targets(self, namespace: str, name: str) -> Ports:
        """The endpoints of a service: ready ones, else those that still serve while they terminate."""
        ready: Ports = {}
        serving: Ports = {}
        for item in self.slices.items.values():
            labels = item["metadata"].get("labels") or {}
            ours = item["metadata"]["namespace"] == namespace and labels.get("kubernetes.io/service-name") == name
            if not ours or item["addressType"] != "IPv4":
                continue
            for endpoint in item.get("endpoints") or []:
                conditions = endpoint.get("conditions") or {}
                into = ready if conditions.get("ready") is not False else serving
                if into is serving and not conditions.get("serving"):
                    continue
                for port in item.get("ports") or []:
                    into.setdefault(port.get("name") or "", []).append(Target(endpoint["addresses"][0], port["port"]))
        return {port: sorted(ready.get(port) or serving[port]) for port in {**serving, **ready}}

    def addresses(self, namespace: str, name: str) -> list[str] | None:
        """What a DNS query for the service finds; None if there is no such service."""
        service = self.services.get(namespace, name)
        if service is None:
            return None
        address = service["spec"].get("clusterIP", "None")
        if address != "None":
            return [address]
        found = self.targets(namespace, name)
        return sorted({target.address for targets in found.values() for target in targets})


def places(service: Object, targets: Mapping[str, list[Target]], host_address: str) -> dict[Place, list[Target]]:
    """Where one Service's connections arrive."""
    spec = service["spec"]
    found: dict[Place, list[Target]] = {}
    for port in spec.get("ports") or []:
        behind = targets.get(port.get("name") or "")
        if not behind or port.get("protocol", "TCP") != "TCP":
            continue
        found[Place(spec["clusterIP"], port["port"])] = behind
        if spec["type"] == "LoadBalancer":
            found[Place(external_address(service), port["port"])] = behind
        if port.get("nodePort"):
            found[Place("0.0.0.0", port["nodePort"])] = behind
            found[Place(host_address, port["nodePort"], True)] = behind
    return found


def external_address(service: Object) -> str:
    """The address of a `type: LoadBalancer`: 10.96.x.y is published as 10.97.x.y."""
    return "10.97." + str(service["spec"]["clusterIP"]).split(".", 2)[2]


async def give_external_address(client: Client, service: Object) -> None:
    """Writes the address of a `type: LoadBalancer` into its status, unless it is there."""
    if service["spec"]["type"] != "LoadBalancer" or service.get("status", {}).get("loadBalancer", {}).get("ingress"):
        return
    meta = service["metadata"]
    body = {"status": {"loadBalancer": {"ingress": [{"ip": external_address(service)}]}}}
    try:
        path = f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}/status"
        await client.call("PATCH", path, body, MERGE)
    except (ApiError, OSError) as error:
        log.info("status of %s/%s: %s", meta["namespace"], meta["name"], error)
