"""Startup, readiness and liveness probes: httpGet, tcpSocket, exec."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import msgspec

from support.cluster.node.client import Object
from support.cluster.node.launch import Launched

IMPATIENT_S = 0.3
"""A container that is not ready yet is asked this often at least, whatever its period: it keeps start-up short."""
Report = Callable[[bool], None]


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: a running container of a pod."""

    container: Object
    address: str
    launched: Launched


async def once(probed: Probed, probe: Object) -> bool:
    """Asks once. Raises OSError, ValueError or RuntimeError when there is no answer."""
    if "exec" in probe:
        await probed.launched.execute(probe["exec"]["command"])
        return True
    target = probe.get("httpGet") or probe["tcpSocket"]
    secure = ssl._create_unverified_context() if target.get("scheme") == "HTTPS" else None
    host, port = target.get("host") or probed.address, port_of(probed.container, target["port"])
    reader, writer = await asyncio.open_connection(host, port, ssl=secure)
    try:
        if "httpGet" not in probe:
            return True
        fields = {"Host": f"{host}:{port}", "User-Agent": "kube-probe/1", "Accept": "*/*", "Connection": "close"}
        fields |= {item["name"]: item["value"] for item in target.get("httpHeaders") or []}
        lines = [f"GET {target.get('path', '/')} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        status = await reader.readline()
        return 200 <= int(status.split()[1]) < 400
    except IndexError as error:
        raise ValueError(f"{host}:{port} closed without an answer") from error
    finally:
        writer.transport.abort()


def port_of(container: Object, value: int | str) -> int:
    """A port by number or by the container's name for it. Raises ValueError."""
    if isinstance(value, int):
        return value
    for port in container.get("ports") or []:
        if port.get("name") == value:
            return int(port["containerPort"])
    raise ValueError(f"container {container['name']} has no port {value}")


class Watch:
    """One probe asked again and again; `report` is told each time a threshold is passed."""

    def __init__(self, probed: Probed, probe: Object, report: Report) -> None:
        self.probed, self.probe, self.report = probed, probe, report
        self.good: bool | None = None
        self.streak = 0

    async def run(self, *, impatient: Callable[[], bool]) -> None:
        """Asks until cancelled."""
        await asyncio.sleep(self.probe.get("initialDelaySeconds", 0))
        while True:
            await self._ask()
            period = float(self.probe.get("periodSeconds", 10))
            await asyncio.sleep(min(IMPATIENT_S, period) if impatient() else period)

    async def _ask(self) -> None:
        try:
            good = await asyncio.wait_for(once(self.probed, self.probe), self.probe.get("timeoutSeconds", 1))
        except (OSError, RuntimeError, ValueError):
            good = False
        self.streak = self.streak + 1 if good == self.good else 1
        self.good = good
        threshold = self.probe.get("successThreshold", 1) if good else self.probe.get("failureThreshold", 3)
        if self.streak == threshold:
            self.report(good)


async def check(
    probed: Probed, *, started: Callable[[], None], ready: Report, failed: Callable[[], Awaitable[None]]
) -> None:
    """Startup first, then readiness and liveness side by side, until cancelled; `failed` is for a fatal probe."""
    spec, dead = probed.container, asyncio.Event()
    if "startupProbe" in spec:
        alive = asyncio.Event()
        watch = Watch(probed, spec["startupProbe"], lambda good: (alive if good else dead).set())
        await _first(watch.run(impatient=lambda: True), alive, dead)
        if dead.is_set():
            return await failed()
        started()
        ready("readinessProbe" not in spec)
    jobs = []
    if "readinessProbe" in spec:
        readiness = Watch(probed, spec["readinessProbe"], ready)
        jobs.append(readiness.run(impatient=lambda: not readiness.good))
    if "livenessProbe" in spec:
        liveness = Watch(probed, spec["livenessProbe"], lambda good: None if good else dead.set())
        jobs.append(liveness.run(impatient=lambda: False))
    if jobs:
        await _first(asyncio.gather(*jobs), dead)
        await failed()
    return None


async def _first(work: Awaitable[object], *events: asyncio.Event) -> None:
    """Does the work until one of the events happens."""
    working = asyncio.ensure_future(work)
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait([working, *waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, *waiting):
            task.cancel()
