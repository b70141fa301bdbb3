"""What one change costs in a large cluster: a real API server, thousands of Ingresses, the product, and a stop-watch.

    python bench/scale.py [--ingresses 5000] [--addresses 4] [--changes 40]

Needs root (a network namespace of its own, so that pod addresses can exist) and etcd; builds kube-apiserver if absent.
Writes results/scale.json: milliseconds from the API server's acknowledgement until a request is answered by the
new state, CPU milliseconds of the controller per change, memory of controller and proxy in MB, seconds until ready.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]

import httpx2  # noqa: E402
import machine  # noqa: E402

from support.cluster.api import Api  # noqa: E402
from support.cluster.control_plane import ControlPlane  # noqa: E402
from support.manifests import endpoint_slice, ingress, service  # noqa: E402
from support.running import start  # noqa: E402

NAMESPACE = "load"
SETTLE_S = 0.3
"""Pause after a change before its CPU time is read: everything it caused has happened by then."""


def cpu_ms(pid: int) -> float:
    """CPU time a process has used, in milliseconds, to the nanosecond (all its threads)."""
    total = sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return total / 1e6


def address(number: int) -> str:
    """One of the pod addresses that the namespace routes to itself."""
    return f"10.{244 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


class Load:
    """The objects in the cluster, written many at a time."""

    def __init__(self, plane: ControlPlane) -> None:
        self.http = httpx2.AsyncClient(
            base_url=plane.url,
            headers={"Authorization": f"Bearer {plane.token}"},
            verify=plane.api.trust,
            timeout=60,
            trust_env=False,
        )

    async def write(self, method: str, manifest: dict[str, Any]) -> None:
        """One object; returns when the API server has acknowledged it."""
        path = Api.collection(manifest) + ("" if method == "POST" else f"/{manifest['metadata']['name']}")
        answer = await self.http.request(method, path, json=manifest)
        if answer.status_code >= 300:
            raise SystemExit(f"{method} {path}: {answer.text[:300]}")

    async def fill(self, count: int, addresses: int) -> float:
        """`count` Ingresses, each with a service and a slice of its own; returns how long it took, in seconds."""
        begun = time.monotonic()
        await self.write("POST", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        numbers = iter(range(count))

        async def worker() -> None:
            for number in numbers:
                name = f"s{number}"
                await self.write("POST", service(NAMESPACE, name))
                places = [address((number * addresses + k) % 30_000) for k in range(addresses)]
                await self.write("POST", endpoint_slice(NAMESPACE, name, *places, service=name))
                await self.write("POST", ingress(NAMESPACE, name, host(number), service=name))

        await asyncio.gather(*(worker() for _ in range(16)))
        return time.monotonic() - begun


def host(number: int) -> str:
    """The host of an Ingress."""
    return f"h{number}.example"


async def backend() -> asyncio.Server:
    """Answers each request on port 8080 of any address with the address it came to."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = writer.get_extra_info("sockname")[0].encode()
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    return await asyncio.start_server(serve, "0.0.0.0", 8080)


class Product:
    """The product, and a client's connection to it."""

    def __init__(self, plane: ControlPlane, port: int) -> None:
        self.port = port
        self.begun = time.monotonic()
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")  # noqa: SIM115 - read when the bench ends
        self.process = start(
            f"--entryPoints=Name:http Address:127.0.0.1:{port}",
            "--defaultEntryPoints=http",
            "--ping",
            "--ping.entryPoint=http",
            "--logLevel=WARN",
            f"--traefikLog.filePath={self.log.name}",
            "--kubernetes",
            f"--kubernetes.endpoint={plane.url}",
            f"--kubernetes.token={plane.token}",
            f"--kubernetes.certAuthFilePath={plane.ca}",
            env={"PATH": os.environ["PATH"]} | {k: v for k, v in os.environ.items() if k.startswith("POINTSMAN_")},
        )
        self.reader: asyncio.StreamReader | None = None

    async def get(self, name: str, path: str = "/") -> tuple[int, bytes]:
        """Status and body of a GET on the kept-alive connection; (0, b"") while nobody answers."""
        try:
            if self.reader is None:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            self.writer.write(f"GET {path} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(int(x[15:]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length:"))
            return int(head[9:12]), await self.reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            self.reader = None
            await asyncio.sleep(0.05)
            return 0, b""

    async def until(self, name: str, test: Callable[[int, bytes], bool], path: str = "/") -> float:
        """Asks again and again; returns the moment of the first answer that meets the test."""
        end = time.monotonic() + 120
        while not test(*await self.get(name, path)):
            if time.monotonic() > end or self.process.poll() is not None:
                raise SystemExit(f"no such answer for {name}{path}\n{self.log.read()[-3000:]}")
            await asyncio.sleep(0.001)
        return time.monotonic()

    def pid(self, mark: str) -> int:
        """The controller or the proxy."""
        for pid in machine.children(self.process.pid):
            if mark in Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " "):
                return pid
        raise SystemExit(f"no process {mark}")


class Sample:
    """Latency and CPU time of changes of one kind."""

    def __init__(self, controller: int) -> None:
        self.controller = controller
        self.latency_ms: list[float] = []
        self.cpu_ms: list[float] = []

    async def measure(self, change: Awaitable[None], seen: Callable[[], Awaitable[float]] | None = None) -> None:
        """One change: written, acknowledged, seen by a client (None: there is nothing to see)."""
        before = cpu_ms(self.controller)
        await change
        acknowledged = time.monotonic()
        if seen is not None:
            self.latency_ms.append((await seen() - acknowledged) * 1000)
        await asyncio.sleep(SETTLE_S)
        self.cpu_ms.append(cpu_ms(self.controller) - before)

    def summary(self) -> dict[str, object]:
        """Medians and tails."""
        latency = {"latency_ms": _spread(self.latency_ms)} if self.latency_ms else {}
        return {"changes": len(self.cpu_ms), **latency, "controller_cpu_ms": _spread(self.cpu_ms)}


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"median": round(statistics.median(values), 2), "p99": round(p99, 2), "max": round(ordered[-1], 2)}


@asynccontextmanager
async def control_plane() -> AsyncIterator[ControlPlane]:
    """A cluster for the time of the bench."""
    with tempfile.TemporaryDirectory(prefix="scale-") as directory:
        plane = ControlPlane(Path(directory))
        try:
            plane.start()
            yield plane
        finally:
            plane.stop()


async def bench(options: argparse.Namespace) -> dict[str, object]:
    """The whole measurement."""
    server = await backend()
    async with server, control_plane() as plane:
        load = Load(plane)
        filled_s = await load.fill(options.ingresses, options.addresses)
        print(f"{options.ingresses} Ingresses written in {filled_s:.0f} s", flush=True)
        await asyncio.sleep(2)
        product = Product(plane, 8000)
        try:
            return await _measure(product, load, options)
        finally:
            product.process.terminate()
            product.process.wait(30)
            await load.http.aclose()


async def _measure(product: Product, load: Load, options: argparse.Namespace) -> dict[str, object]:
    ready_s = await product.until("any", lambda status, _: status == 200, "/ready") - product.begun
    await product.until(host(options.ingresses - 1), lambda status, _: status == 200)
    controller, proxy = product.pid("pointsman.runtime"), product.pid("pointsman-proxy")
    print(f"ready in {ready_s:.1f} s", flush=True)
    await asyncio.sleep(2)
    idle = cpu_ms(controller)
    await asyncio.sleep(3)
    idle = (cpu_ms(controller) - idle) / 3
    added, moved, nothing = Sample(controller), Sample(controller), Sample(controller)
    for number in range(options.changes):
        name = f"new{number}.example"
        new = ingress(NAMESPACE, f"new{number}", name, service=f"s{number}")
        await added.measure(
            load.write("POST", new),
            lambda name=name: product.until(name, lambda status, _: status == 200),
        )
        place = address(40_000 + number)
        slices = endpoint_slice(NAMESPACE, f"s{number}", place, service=f"s{number}")
        await moved.measure(
            load.write("PUT", slices),
            lambda n=number, p=place: product.until(host(n), lambda _, body: body == p.encode()),
        )
        irrelevant = ingress(NAMESPACE, f"new{number}", name, service=f"s{number}", annotations={"note": "x"})
        await nothing.measure(load.write("PUT", irrelevant))
    return {
        "machine": machine.facts() | {"python": sys.version.split()[0], "load": os.getloadavg()[0]},
        "ingresses": options.ingresses,
        "addresses": options.ingresses * options.addresses,
        "ready_s": round(ready_s, 2),
        "controller_idle_cpu_ms_per_s": round(idle, 3),
        "controller_mb": round(machine.resident_mb([controller]), 1),
        "proxy_mb": round(machine.resident_mb([proxy]), 1),
        "new_ingress": added.summary(),
        "endpoint_change": moved.summary(),
        "irrelevant_change": nothing.summary(),
    }


def main() -> None:
    """Starts itself again in a network namespace, then measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ingresses", type=int, default=5000)
    parser.add_argument("--addresses", type=int, default=4, help="of each service")
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--output", type=Path, default=ROOT / "bench/results/scale.json")
    options = parser.parse_args()
    if os.environ.get("BENCH_SCALE_INSIDE") != "1":
        os.environ["BENCH_SCALE_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "route", "add", "local", "10.244.0.0/16", "dev", "lo"], check=True)
    result = asyncio.run(bench(options))
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
