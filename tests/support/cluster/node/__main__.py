"""Runs a node until SIGTERM. Its one argument is its Settings as JSON."""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import msgspec

from support.cluster.node import sockets
from support.cluster.node.client import Client, Notify, key_of
from support.cluster.node.dns import Dns
from support.cluster.node.known import Known
from support.cluster.node.kubelet import Kubelet
from support.cluster.node.pods import Pods
from support.cluster.node.registration import register
from support.cluster.node.services import Services, give_external_address
from support.cluster.node.settings import Settings


async def serve(settings: Settings, host_fd: int) -> None:
    """Everything on the node, until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    client = Client("https://127.0.0.1", settings.token, settings.path / "ca.crt")
    known = Known(settings, client, host_fd)
    pods = Pods(known)
    services = _services(known)
    known.follow("pods", pods.changed)
    for kind in ("configmaps", "secrets"):
        known.follow(kind, _refreshing(pods, kind))
    await services.step()
    port = await Kubelet(pods, settings.path).serve(host_fd)
    await Dns.serve(services.addresses)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(services.run()), group.create_task(pods.renew())]
        await register(known.client, port)
        # Pods last: what they refer to should be known when they come.
        for kind in sorted(known.caches, key="pods".__eq__):
            tasks.append(group.create_task(known.caches[kind].run()))
        await stopped.wait()
        await pods.stop()
        for task in tasks:
            task.cancel()


def _services(known: Known) -> Services:
    def service(event: str, item: dict[str, object]) -> None:
        services.changed.set()
        if event != "DELETED":
            task = asyncio.create_task(give_external_address(known.client, item))
            writing.add(task)
            task.add_done_callback(writing.discard)

    writing: set[asyncio.Task[None]] = set()
    caches = known.follow("services", service), known.follow("endpointslices", lambda *_: services.changed.set())
    services = Services(known, *caches)
    return services


def _refreshing(pods: Pods, kind: str) -> Notify:
    return lambda event, item: pods.refresh(kind, key_of(item))


def main() -> None:
    """Goes to the node's network namespace, lets packets pass between pods, and serves."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    settings = msgspec.json.decode(sys.argv[1], type=Settings)
    host_fd = os.open("/proc/self/ns/net", os.O_RDONLY)
    sockets.enter(os.open(f"/run/netns/{settings.namespace}", os.O_RDONLY))
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    asyncio.run(serve(settings, host_fd))


if __name__ == "__main__":
    main()
