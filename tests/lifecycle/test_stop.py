"""SIGTERM, a second one, and what clients see meanwhile."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Connection
from support.folder import Folder, ingress, service
from support.upstream import Received, Upstream
from support.waiting import until


class Held:
    """An upstream that answers when it is told to."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.upstream = Upstream("slow", self._answer)

    def _answer(self, request: Received) -> bytes:
        if request.target == "/slow":
            self.release.wait(30)
        return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def held() -> Iterator[Held]:
    made = Held()
    yield made
    made.release.set()
    made.upstream.close()


@pytest.fixture
def folder(tmp_path: Path, held: Held) -> Folder:
    made = Folder(tmp_path)
    made.apply(ingress("a", {"a.test": {"/": "slow"}}), service("slow", held.upstream))
    return made


def refused(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(2)
        return client.connect_ex(("127.0.0.1", port)) != 0


def ask(connection: Connection, path: str) -> None:
    connection.send(f"GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n".encode())


def test_an_idle_instance_stops_with_status_0_and_leaves_nothing(folder: Folder) -> None:
    with folder.start() as running:
        running.ready()
        controller, proxy = running.child("controller"), running.child("proxy")
        assert running.stop() == 0
        assert not Path(f"/proc/{controller}").exists()
        assert not Path(f"/proc/{proxy}").exists()


def test_open_requests_are_finished_before_the_end(folder: Folder, held: Held) -> None:
    with folder.start("--lifeCycle.graceTimeOut=30s") as running:
        running.ready()
        with Connection(running.port(), timeout=40) as connection:
            ask(connection, "/slow")
            until(lambda: held.upstream.received, what="the request upstream")
            running.process.send_signal(signal.SIGTERM)
            until(lambda: refused(running.port()), what="no new connections")
            assert running.process.poll() is None
            held.release.set()
            answer = connection.read()
            assert (answer.status, answer.text) == (200, "ok")
        assert running.process.wait(20) == 0


def test_requests_are_accepted_for_a_while_and_ping_says_unready(folder: Folder) -> None:
    with folder.start("--lifeCycle.requestAcceptGraceTimeout=20s") as running:
        running.ready()
        running.process.send_signal(signal.SIGTERM)
        until(lambda: running.admin("/ping").status == 503, what="ping 503")
        assert running.admin("/ready").status == 503
        assert running.get("/", "a.test").status == 200
        assert running.process.poll() is None
        time.sleep(0.01)  # Two signals within 2 ms count as one.
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(20)


def test_what_takes_longer_than_the_grace_is_cut(folder: Folder, held: Held) -> None:
    with folder.start("--lifeCycle.graceTimeOut=500ms") as running:
        running.ready()
        with Connection(running.port(), timeout=30) as connection:
            ask(connection, "/slow")
            until(lambda: held.upstream.received, what="the request upstream")
            running.process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionError):
                connection.read()
        assert running.process.wait(20) in {0, 1}


def test_a_second_signal_ends_it_at_once(folder: Folder, held: Held) -> None:
    with folder.start("--lifeCycle.graceTimeOut=300s") as running:
        running.ready()
        with Connection(running.port(), timeout=30) as connection:
            ask(connection, "/slow")
            until(lambda: held.upstream.received, what="the request upstream")
            running.process.send_signal(signal.SIGTERM)
            until(lambda: refused(running.port()), what="no new connections")
            running.process.send_signal(signal.SIGINT)
            running.process.wait(20)
            with pytest.raises(ConnectionError):
                connection.read()
