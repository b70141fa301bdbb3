"""The controller as a process, with this test in the places of supervisor and proxy."""

import array
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pointsman.model.plan import Settings
from pointsman.model.problem import Problem
from pointsman.model.static import FileProvider, Static
from pointsman.runtime import orders

RULES = """
[backends.b.servers.s]
url = "http://127.0.0.1:9"
[frontends.f]
backend = "b"
[frontends.f.routes.r]
rule = "Host:{}"
"""


class Link:
    """The proxy's end."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        end.settimeout(20)

    def say(self, **message: object) -> None:
        body = json.dumps(message).encode()
        self._end.sendall(len(body).to_bytes(4, "big") + body)

    def hear(self) -> dict[str, Any]:
        size = int.from_bytes(self._exactly(4), "big")
        found: dict[str, Any] = json.loads(self._exactly(size))
        return found

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._end.recv(size - len(data))
            if not piece:
                raise ConnectionError("the controller closed the link")
            data += piece
        return data

    def close(self) -> None:
        self._end.close()


class Process:
    """A controller on one rules file."""

    def __init__(self, folder: Path) -> None:
        self.rules, self.socket = folder / "rules.toml", folder / "admin.sock"
        self.write("a.test")
        told = orders.Orders(
            static=Static(file=FileProvider(filename=str(self.rules)), default_entry_points=("http",)),
            settings=Settings(admin_socket=str(self.socket), log_level="DEBUG"),
            problems=(Problem(object="docker", message="has no effect"),),
        )
        orders.write(folder / "orders.json", told)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control = ours
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pointsman.runtime", str(folder / "orders.json")],
                env={**os.environ, "POINTSMAN_CONTROL_FD": str(theirs.fileno())},
                pass_fds=(theirs.fileno(),),
                stdout=subprocess.DEVNULL,
            )

    def write(self, host: str) -> None:
        fresh = self.rules.with_suffix(".new")
        fresh.write_text(RULES.format(host))
        fresh.rename(self.rules)

    def link(self) -> Link:
        """Hands a link over, as the supervisor does."""
        ours, theirs = socket.socketpair()
        with theirs:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))]
            self.control.sendmsg([b'{"type":"link"}'], rights)
        return Link(ours)

    def get(self, path: str) -> bytes:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(self.socket))
            client.sendall(f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while piece := client.recv(65536):
                answer += piece
        return answer.partition(b"\r\n\r\n")[2]


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[Process]:
    made = Process(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()
    made.control.close()


def hosts(message: dict[str, Any]) -> set[str]:
    routes = message.get("plan", message).get("routes", {})
    return {host for route in routes.values() for matcher in route["matchers"] for host in matcher["hosts"]}


def test_a_proxy_gets_everything_then_differences(controller: Process) -> None:
    link = controller.link()
    link.say(type="hello", generation=5, pid=1)
    plan = link.hear()
    assert plan["type"] == "apply_plan"
    assert plan["plan"]["generation"] == 6
    assert hosts(plan) == {"a.test"}
    link.say(type="applied", generation=6)
    controller.write("b.test")
    delta = link.hear()
    assert (delta["type"], delta["base"], delta["generation"]) == ("apply_delta", 6, 7)
    assert hosts(delta) == {"b.test"}
    assert "pools" not in delta


def test_a_new_link_replaces_the_old_one(controller: Process) -> None:
    first = controller.link()
    first.say(type="hello", generation=0, pid=1)
    assert hosts(first.hear()) == {"a.test"}
    second = controller.link()
    second.say(type="hello", generation=1, pid=2)
    assert second.hear()["plan"]["generation"] == 2
    with pytest.raises(ConnectionError):
        first.hear()


def test_what_the_proxy_leaves_out_is_a_problem_in_the_api(controller: Process) -> None:
    link = controller.link()
    link.say(type="hello", generation=0, pid=1)
    link.hear()
    problem = {"route": "file/f", "key": "Host", "value": "x", "message": "cannot be built"}
    link.say(type="applied", generation=1, problems=[problem])
    link.close()
    second = controller.link()
    second.say(type="hello", generation=1, pid=1)
    second.hear()
    told = json.loads(controller.get("/api/v2/problems"))
    assert [item["object"] for item in told] == ["docker", "frontend f"]
    assert "cannot be built" in told[1]["message"]


def test_the_api_shows_what_is_in_force(controller: Process) -> None:
    link = controller.link()
    link.say(type="hello", generation=0, pid=1)
    link.hear()
    document = json.loads(controller.get("/api"))
    assert document["file"]["frontends"]["f"]["entryPoints"] == ["http"]


def test_it_ends_with_its_supervisor(controller: Process) -> None:
    link = controller.link()
    link.say(type="hello", generation=0, pid=1)
    link.hear()
    controller.control.close()
    assert controller.process.wait(20) == 0


def test_it_ends_on_sigterm(controller: Process) -> None:
    link = controller.link()
    link.say(type="hello", generation=0, pid=1)
    link.hear()
    controller.process.send_signal(signal.SIGTERM)
    assert controller.process.wait(20) == 0


def test_without_a_supervisor_it_says_so() -> None:
    run = subprocess.run(
        [sys.executable, "-P", "-m", "pointsman.runtime"], capture_output=True, text=True, timeout=30, check=False
    )
    assert run.returncode == 2
    assert "started by the supervisor" in run.stderr
