"""Counts what a small request costs the proxy, over a kept connection and over one of its own: user instructions
(callgrind) and system calls (strace).

Neither depends on the machine or its neighbours, so both can gate a change.

Usage: `budget.py PROXY`, the path of a release `pointsman-proxy`. Prints one line per count; exits 1 above the budget.
Standard library only. Each count is the difference of a long and a short run, so start and end don't matter.
"""

import json
import multiprocessing
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INSTRUCTIONS = 14_000
LOGGED_INSTRUCTIONS = 18_300
"""With an access log in JSON."""
METERED_INSTRUCTIONS = 14_850
"""With metrics by entry point, backend and router."""
SYSTEM_CALLS = 4.2
CONNECTING_INSTRUCTIONS = 18_500
CONNECTING_SYSTEM_CALLS = 8.3
"""When each request has a connection of its own."""
CONNECTIONS = 64
SHORT, LONG = 4_000, 12_000
LIMIT_S = 120.0
"""Of one run: callgrind is some fifty times slower than the machine."""

REQUEST = b"GET /index HTTP/1.1\r\nHost: budget.test\r\nUser-Agent: budget\r\nAccept: */*\r\n"
BODY = b"twenty bytes, no more"[:20]
ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: budget\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 20\r\n\r\n" + BODY
)


@dataclass(frozen=True)
class Case:
    """What is measured: a plain route, or one with something more."""

    route: dict[str, Any] = field(default_factory=dict)
    """Fields of the plan's route beside the usual ones."""
    pool: dict[str, Any] = field(default_factory=dict)
    """Of its pool."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Of the process, beside the usual ones."""
    fields: str = ""
    """Lines that the request has beside the usual ones; `{port}` is the upstream's."""
    close: bool = False
    """Each request comes over a connection of its own, which the proxy closes."""


PLAIN = Case()
CONNECTING = Case(close=True)
METERED = Case(settings={"metrics": {"buckets_ns": [100_000_000, 300_000_000, 1_200_000_000, 5_000_000_000]}})
LOGGED = Case(settings={"access_log": {"path": "/dev/null", "format": "json"}})


def serve(listener: socket.socket) -> None:
    """The upstream: answers every request head at once, until it is terminated."""
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
                continue
            client = key.fileobj
            assert isinstance(client, socket.socket)
            heads = client.recv(65_536)
            if heads:
                client.sendall(ANSWER * heads.count(b"\r\n\r\n"))
            else:
                selector.unregister(client)
                client.close()


class Clients:
    """`CONNECTIONS` of them: each sends its next request when the answer to the one before is there."""

    def __init__(self, address: tuple[str, int], request: bytes, case: Case) -> None:
        self.address, self.request, self.case = address, request, case
        self.selector = selectors.DefaultSelector()
        self.received: dict[socket.socket, bytes] = {}

    def load(self, requests: int) -> None:
        """Has so many requests answered."""
        end = time.monotonic() + LIMIT_S
        left = requests - CONNECTIONS
        for _ in range(CONNECTIONS):
            self.connect()
        while self.received:
            if time.monotonic() > end:
                sys.exit(f"{left + len(self.received)} of {requests} requests were not answered in {LIMIT_S:.0f} s")
            for key, _ in self.selector.select(1.0):
                client = key.fileobj
                assert isinstance(client, socket.socket)
                if self.is_answered(client):
                    self.go_on(client, left > 0)
                    left -= 1

    def connect(self) -> None:
        """Sends a request over a new connection."""
        client = socket.create_connection(self.address)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(self.request)
        self.received[client] = b""
        self.selector.register(client, selectors.EVENT_READ)

    def is_answered(self, client: socket.socket) -> bool:
        """Reads once; whether the answer is whole, and the connection at its end where it has to be."""
        news = client.recv(65_536)
        answer = self.received[client] = self.received[client] + news
        whole = answer.endswith(BODY)
        if not whole:
            check(answer)
        return whole and not (self.case.close and news)

    def go_on(self, client: socket.socket, again: bool) -> None:
        """Sends the next request, if there is another, over the same connection if it is kept."""
        if again and not self.case.close:
            self.received[client] = b""
            return client.sendall(self.request)
        del self.received[client]
        self.selector.unregister(client)
        client.close()
        if again:
            self.connect()
        return None


def check(answer: bytes) -> None:
    """Stops at anything but the beginning of the expected answer."""
    if not answer or not answer.startswith(b"HTTP/1.1 200 "[: len(answer)]):
        sys.exit(f"the proxy answered {answer[:80]!r}")


def run(command: list[str], folder: Path, requests: int, case: Case) -> None:
    """Starts the upstream and, by `command`, the proxy; sends the requests; stops both."""
    with socket.create_server(("127.0.0.1", 0)) as upstream, socket.create_server(("127.0.0.1", 0)) as entrance:
        port = upstream.getsockname()[1]
        arrange(folder, entrance.fileno(), port, case)
        server = multiprocessing.get_context("fork").Process(target=serve, args=(upstream,), daemon=True)
        server.start()
        proxy = subprocess.Popen(
            [*command, "run", "--settings", str(folder / "settings.json")],
            pass_fds=(entrance.fileno(),),
            stderr=subprocess.PIPE,
        )
        try:
            closing = b"Connection: close\r\n" if case.close else b""
            request = REQUEST + closing + case.fields.format(port=port).encode() + b"\r\n"
            Clients(entrance.getsockname(), request, case).load(requests)
            os.kill(traced(proxy.pid), signal.SIGTERM)
            _, complaints = proxy.communicate(timeout=LIMIT_S)
            if proxy.returncode != 0:
                sys.exit(f"the proxy ended with {proxy.returncode}: {complaints.decode(errors='replace')}")
        finally:
            if proxy.poll() is None:
                os.kill(traced(proxy.pid), signal.SIGKILL)
                proxy.kill()
            server.terminate()
            server.join()


def traced(pid: int) -> int:
    """The proxy's own process: strace, which blocks signals, runs it as a child; valgrind becomes it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else pid


def arrange(folder: Path, fd: int, port: int, case: Case) -> None:
    """Writes settings and, into the state folder, the plan: no controller is needed then."""
    settings = {
        "threads": 1,
        "hostname": "budget",
        "state_dir": str(folder / "state"),
        "entry_points": {"http": {"address": ":0", "fds": [fd]}},
        **case.settings,
    }
    server = {"name": "s", "url": f"http://127.0.0.1:{port}", "address": f"127.0.0.1:{port}", "host": "upstream"}
    route = {
        "provider": "file",
        "name": "budget",
        "entry_points": ["http"],
        "priority": 1,
        "matchers": [{"type": "host", "hosts": ["budget.test"]}],
        "action": {"type": "forward", "pool": "file/budget", "pass_host": True},
        **case.route,
    }
    plan = {
        "generation": 1,
        "routes": {"file/budget": route},
        "pools": {"file/budget": {"provider": "file", "name": "budget", "servers": [server], **case.pool}},
    }
    (folder / "state").mkdir(exist_ok=True)
    (folder / "state" / "plan.json").write_text(json.dumps(plan))
    (folder / "settings.json").write_text(json.dumps(settings))


def instructions(proxy: str, folder: Path, requests: int, case: Case) -> int:
    """User instructions of one run."""
    out = folder / f"callgrind.{requests}"
    run(["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}", proxy], folder, requests, case)
    found = re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)
    if found is None:
        sys.exit("callgrind wrote no summary")
    return int(found[1])


def system_calls(proxy: str, folder: Path, requests: int, case: Case) -> int:
    """System calls of one run, over all threads."""
    out = folder / f"strace.{requests}"
    run(["strace", "-f", "-c", "-U", "calls,name", "-o", str(out), proxy], folder, requests, case)
    found = re.search(r"^\s*(\d+) total$", out.read_text(), re.MULTILINE)
    if found is None:
        sys.exit("strace wrote no total")
    return int(found[1])


def per_request(count: Callable[[str, Path, int, Case], int], proxy: str, case: Case = PLAIN) -> float:
    """What one request adds."""
    with tempfile.TemporaryDirectory(prefix="pointsman-budget-") as name:
        folder = Path(name)
        return (count(proxy, folder, LONG, case) - count(proxy, folder, SHORT, case)) / (LONG - SHORT)


def main() -> int:
    """Counts all and compares."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: budget.py PATH-OF-POINTSMAN-PROXY")
    proxy = str(Path(sys.argv[1]).resolve())
    code = 0
    for what, count, case, budget, digits in (
        ("user instructions", instructions, PLAIN, INSTRUCTIONS, 0),
        ("system calls", system_calls, PLAIN, SYSTEM_CALLS, 2),
        ("user instructions, with a JSON access log,", instructions, LOGGED, LOGGED_INSTRUCTIONS, 0),
        ("user instructions, with a connection each,", instructions, CONNECTING, CONNECTING_INSTRUCTIONS, 0),
        ("system calls, with a connection each,", system_calls, CONNECTING, CONNECTING_SYSTEM_CALLS, 2),
        ("user instructions, with metrics,", instructions, METERED, METERED_INSTRUCTIONS, 0),
    ):
        spent = per_request(count, proxy, case)
        good = spent <= budget
        code = code if good else 1
        verdict = "within" if good else "ABOVE"
        print(f"{what} per request: {spent:,.{digits}f}, {verdict} the budget of {budget:,}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
