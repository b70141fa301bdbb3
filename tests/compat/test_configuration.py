"""Options of the static configuration that show in answers: a TOML file as users have it, in any letter case."""

import collections
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Connection
from support.running import Running
from support.upstream import Received, Upstream

TOML = """
DefaultEntryPoints = ["http"]
KeepTrailingSlash = true
allowMinWeightZero = true
[retry]
Attempts = 3
[forwardingTimeouts]
dialTimeout = "1s"
ResponseHeaderTimeout = "300ms"
[respondingTimeouts]
idleTimeout = "90s"
[file]

[Backends.main.servers.one]
URL = "http://{main}"
[Backends.main.servers.never]
url = "http://{other}"
weight = 0
[Backends.zero.servers.never]
url = "http://{other}"
weight = 0
[Backends.half.servers.dead]
url = "http://127.0.0.1:1"
weight = 1
[Backends.half.servers.live]
url = "http://{main}"
weight = 1
[Backends.negative.servers.s]
url = "http://{main}"
weight = -1
[Backends.same.servers.a]
url = "http://{main}/a"
[Backends.same.servers.b]
url = "http://{main}/b"
weight = 3
[Backends.same.servers.c]
url = "http://{other}"
[Backends.drr.servers.a]
url = "http://{main}"
[Backends.drr.loadBalancer]
method = "Drr"
[Backends.drr.servers.b]
url = "http://{other}"
weight = 2
[Backends.odd.servers.a]
url = "http://{main}"
[Backends.odd.loadBalancer]
method = "random"
"""

FRONTENDS = ("main", "zero", "half", "negative", "same", "drr", "odd")
SLASHES = '[frontends.p]\nbackend = "main"\n[frontends.p.routes.r]\nrule = "Host:slash.test;Path:/p,/q/"\n'


def slow(request: Received) -> bytes:
    """Waits for longer than the product does when it is told to."""
    if request.target == "/slow":
        SLOW.wait(20)
    return b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nmain\n"


SLOW = threading.Event()


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream("main", slow) as made:
        yield made
        SLOW.set()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream, other: Upstream) -> Iterator[Running]:
    text = TOML.format(main=upstream.address, other=other.address) + SLASHES
    for name in FRONTENDS:
        text += f'[frontends.{name}]\nbackend = "{name}"\n[frontends.{name}.routes.r]\nrule = "Host:{name}.test"\n'
    path = tmp_path_factory.mktemp("config") / Path("traefik.toml")
    path.write_text(text)
    with Running(f"--configFile={path}") as made:
        yield made.ready()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("main.test", {(200, "main\n"): 40}),
        ("zero.test", {(500, "Internal Server Error"): 40}),
        ("half.test", {(200, "main\n"): 40}),
        ("negative.test", {(404, "404 page not found\n"): 40}),
        ("drr.test", {(200, "main\n"): 13, (200, "other\n"): 26}),
        ("same.test", {(200, "main\n"): 32, (200, "other\n"): 8}),
        ("odd.test", {(200, "main\n"): 40}),
    ],
)
def test_servers_weights_and_retries(running: Running, host: str, expected: dict[tuple[int, str], int]) -> None:
    with Connection(running.port()) as connection:
        answers = [connection.get("/", host) for _ in range(sum(expected.values()))]
    assert collections.Counter((answer.status, answer.text) for answer in answers) == expected


@pytest.mark.parametrize(("target", "status"), [("/p", 200), ("/p/", 404), ("/q", 404), ("/q/", 200)])
def test_slashes_are_kept(running: Running, target: str, status: int) -> None:
    assert running.get(target, "slash.test").status == status


def test_an_upstream_that_says_nothing(running: Running) -> None:
    answer = running.get("/slow", "main.test")
    assert (answer.status, answer.text) == (504, "Gateway Timeout")
    assert answer.value("Content-Type") == "text/plain; charset=utf-8"


def test_an_upstream_that_does_not_accept(tmp_path: Path) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        with socket.create_connection(address), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(address)
            rules = tmp_path / "rules.toml"
            rules.write_text(
                f'[backends.b.servers.s]\nurl = "http://127.0.0.1:{address[1]}"\n'
                '[frontends.f]\nbackend = "b"\nroutes.r.rule = "PathPrefix:/"\n'
            )
            with Running(f"--file.filename={rules}", "--forwardingTimeouts.dialTimeout=200ms") as running:
                answer = running.ready().get("/")
    assert (answer.status, answer.text) == (504, "Gateway Timeout")
