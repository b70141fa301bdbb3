"""The dashboard at ten thousand routers with traffic: what a browser sees of it, and what it costs the controller.

    python bench/dashboard.py [--rate 2000] [--loads 9] [--pages 5]

Debian's Chromium (dashboard.mjs drives it) looks at a running Pointsman while wrk asks for all hosts in turn.
Writes results/dashboard.json: bytes of the first load as sent, milliseconds until usable (the first rows are painted
and the page is free to react), frames and long tasks (above 50 ms) while numbers stream in, while typing, scrolling and
changing pages, and the controller's CPU time while nobody looks, while pages are open, and while the configuration
changes under them.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]

import machine  # noqa: E402
import peers  # noqa: E402

from support.running import HTTP, Running  # noqa: E402
from support.waiting import until  # noqa: E402

HOSTS = 5_000
DRIVER = ROOT / "bench/dashboard.mjs"
FRONTEND = """
[frontends."host-{0}.test{1}"]
  backend = "service-{0}"
  [frontends."host-{0}.test{1}".routes.r]
    rule = "Host:host-{0}.test;PathPrefix:{1}"
"""
BACKEND = """
[backends.service-{0}.servers.one]
  url = "http://127.0.0.1:{1}"
[backends.service-{0}.servers.two]
  url = "http://localhost:{1}"
"""
LOAD = """
request = function()
  local path = math.random(50) == 1 and "/missing" or (math.random(2) == 1 and "/20" or "/1k")
  local host = path == "/missing" and "nobody.test" or "host-" .. math.random(0, %(hosts)d - 1) .. ".test"
  return wrk.format("GET", path, {Host = host})
end
delay = function() return %(delay_ms)d end
"""
CONNECTIONS = 40


def rules(origin: int) -> str:
    """Two routers for each host, one backend for both."""
    frontends = (FRONTEND.format(number, path) for number in range(HOSTS) for path in ("/", "/1k"))
    backends = (BACKEND.format(number, origin) for number in range(HOSTS))
    return "".join((*frontends, *backends))


@contextmanager
def load(port: int, rate: int, folder: Path) -> Iterator[None]:
    """About `rate` requests a second, from the moment of entering."""
    script = folder / "load.lua"
    script.write_text(LOAD % {"hosts": HOSTS, "delay_ms": max(1, CONNECTIONS * 1000 // rate)})
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", "-d3600s", "-s", str(script), f"http://127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def cpu_ms(pid: int) -> float:
    """CPU time a process has used, in milliseconds, to the nanosecond (all its threads)."""
    total = sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return total / 1e6


def costs(pid: int, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> float:
    """CPU milliseconds of a process each second, over that time; `meanwhile` is called once a second."""
    begun, before = time.monotonic(), cpu_ms(pid)
    while (passed := time.monotonic() - begun) < seconds:
        meanwhile()
        time.sleep(min(1.0, seconds - passed))
    return round((cpu_ms(pid) - before) / (time.monotonic() - begun), 2)


def browser(mode: str, url: str, *more: str) -> subprocess.Popen[str]:
    """The driver, with its output in a pipe."""
    return subprocess.Popen(["node", str(DRIVER), mode, url, *more], stdout=subprocess.PIPE, text=True)


def visited(url: str, loads: int) -> dict[str, object]:
    """One browser's figures."""
    driver = browser("visit", url, str(loads))
    try:
        told, _ = driver.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        driver.terminate()
        driver.wait(30)
        raise
    if driver.returncode != 0:
        raise SystemExit("the browser failed; what it said is above")
    figures: dict[str, object] = json.loads(told)
    return figures


def crowd(url: str, pages: int, pid: int, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> float:
    """CPU milliseconds of a process each second while so many pages are open."""
    driver = browser("crowd", url, str(pages), str(seconds + 5))
    assert driver.stdout is not None
    if driver.stdout.readline() != "open\n":
        raise SystemExit("the browser failed; what it said is above")
    time.sleep(3)
    cost = costs(pid, seconds, meanwhile)
    driver.wait(60)
    return cost


class Changes:
    """Puts another small configuration to the REST provider each time: one router more than those of the file."""

    def __init__(self, port: int) -> None:
        self._port, self._count = port, 0

    def __call__(self) -> None:
        self._count += 1
        routes = {"r": {"rule": f"Host:changing-{self._count}.test"}}
        said = {
            "frontends": {"changing": {"backend": "one", "routes": routes}},
            "backends": {"one": {"servers": {"s": {"url": "http://127.0.0.1:9"}}}},
        }
        asking = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        asking.request("PUT", "/api/providers/rest", json.dumps(said))
        if asking.getresponse().status != 200:
            raise SystemExit("the REST provider refuses a configuration")
        asking.close()


def measured(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Everything, against one running Pointsman."""
    origin = peers.origin(folder / "origin")
    path = folder / "rules.toml"
    path.write_text(rules(origin.port))
    points = (f"--entryPoints={HTTP}", "--entryPoints=Name:traefik Address:127.0.0.1:0", "--api", "--ping", "--rest")
    try:
        with Running(*points, "--logLevel=INFO", f"--file.filename={path}", bare=True) as product:
            product.ready(within=120)
            until(lambda: product.get("/20", f"host-{HOSTS - 1}.test").status == 200, within=60, what="a route")
            url, controller = f"http://127.0.0.1:{product.port('traefik')}", product.child("controller")
            changes = Changes(product.port("traefik"))
            with load(product.port(), options.rate, folder):
                page = visited(url, options.loads)
                time.sleep(65)
                cpu = {
                    "nobody_looks": costs(controller, 10),
                    "pages_open": crowd(url, options.pages, controller, 15),
                    "a_change_a_second": costs(controller, 15, changes),
                    "a_change_a_second_and_pages_open": crowd(url, options.pages, controller, 15, changes),
                }
            return {
                **page,
                "controller_cpu_ms_per_s": {"pages": options.pages, **cpu},
                "controller_mb": round(machine.resident_mb([controller]), 1),
            }
    finally:
        origin.stop()


def main() -> None:
    """Measures and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=2000, help="requests a second behind the dashboard")
    parser.add_argument("--loads", type=int, default=9, help="first loads, each without a cache")
    parser.add_argument("--pages", type=int, default=5, help="open at a time while the controller is measured")
    parser.add_argument("--output", type=Path, default=ROOT / "bench/results/dashboard.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dashboard-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        figures = measured(options, folder)
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine.facts() | {"chromium": machine.version("chromium", "--version"), "load": os.getloadavg()[0]},
        "routers": 2 * HOSTS,
        "requests_per_s": options.rate,
        **figures,
    }
    print(json.dumps(result, indent=1))
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
