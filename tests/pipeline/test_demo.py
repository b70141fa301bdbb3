"""`pointsman demo` as a newcomer runs it."""

import json
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from support.running import run, start
from support.waiting import until


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at the moment."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def test_every_url_of_the_demo_answers_as_promised() -> None:
    port, admin = free_ports(2)
    code, told = run("demo", "--check", f"--port={port}", f"--admin-port={admin}", within=60)
    assert code == 0, told
    assert "10 of 10 as expected" in told
    assert "FAILED" not in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_tells_what_to_try_and_stops_whole(number: int) -> None:
    port, admin = free_ports(2)
    process = start("demo", f"--port={port}", f"--admin-port={admin}")
    assert process.stdout is not None
    told = ""
    while "Ctrl-C" not in told:
        line = process.stdout.readline()
        assert line, told
        told += line
    assert f"curl -H 'Host: cheeses.minikube' http://127.0.0.1:{port}/cheddar/call" in told
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}/api", timeout=10) as answer:
        assert "kubernetes" in json.load(answer)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 3
    process.send_signal(number)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, told + rest
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), what="all children gone")


def test_a_busy_port_is_named_with_the_flag_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, told = run("demo", f"--port={port}", f"--admin-port={free_ports(1)[0]}")
    assert code == 1
    assert str(port) in told
    assert "--port" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    code, told = run("demo", f"--port={port}")
    assert code == 2
    assert "1 to 65535" in told
