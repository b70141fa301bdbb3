"""Plans are swapped under streams, kept connections and WebSockets: what has begun is finished."""

import socket
from collections.abc import Iterator

import pytest

from support.client import Connection
from support.folder import Folder, ingress, service
from support.upstream import Upstream
from support.waiting import until

HOST = "a.test"


class Streaming:
    """An upstream that speaks raw bytes, one connection at a time, in the test's own pace."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listening.getsockname()[1]}"

    def accept(self) -> socket.socket:
        """The next connection, when its request head is read."""
        self.listening.settimeout(20)
        connection, _ = self.listening.accept()
        connection.settimeout(20)
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        return connection


@pytest.fixture
def streaming() -> Iterator[Streaming]:
    made = Streaming()
    yield made
    made.listening.close()


def behind(name: str, address: str) -> dict[str, object]:
    written = service(name)
    written["metadata"]["annotations"] = {"pointsman.io/servers": address}
    return written


def test_a_download_survives_that_its_server_and_route_are_taken_away(
    folder: Folder, streaming: Streaming, upstreams: list[Upstream]
) -> None:
    upstreams.append(Upstream("new"))
    folder.apply(ingress("a", {HOST: {"/": "web"}}), behind("web", streaming.address))
    assert folder.running is not None
    with Connection(folder.running.port(), timeout=20) as client:
        client.send(f"GET /big HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        upstream = streaming.accept()
        upstream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        folder.apply(ingress("a", {HOST: {"/": "web"}}), service("web", upstreams[0]))
        assert folder.running.get("/", HOST).text == "new\n"
        folder.apply()
        assert folder.running.get("/", HOST).status == 404
        upstream.sendall(b"def")
        assert client.read().text == "abcdef"
        upstream.close()
        folder.apply(ingress("a", {HOST: {"/": "web"}}), service("web", upstreams[0]))
        assert client.get("/", HOST).text == "new\n"


def test_an_upgraded_connection_survives_a_swap(folder: Folder, streaming: Streaming) -> None:
    folder.apply(ingress("a", {HOST: {"/": "web"}}), behind("web", streaming.address))
    assert folder.running is not None
    with Connection(folder.running.port(), timeout=20) as client:
        client.send(
            f"GET /chat HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        upstream = streaming.accept()
        upstream.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert client.read().status == 101
        folder.apply()
        client.send(b"ping")
        assert upstream.recv(4) == b"ping"
        upstream.sendall(b"pong")
        assert client.socket.recv(4) == b"pong"
        upstream.close()
        assert client.socket.recv(1) == b""


def test_an_upload_that_began_is_finished_by_the_old_plan(folder: Folder, upstreams: list[Upstream]) -> None:
    upstreams.append(Upstream("one"))
    folder.apply(ingress("a", {HOST: {"/": "web"}}), service("web", upstreams[0]))
    assert folder.running is not None
    with Connection(folder.running.port(), timeout=20) as client:
        client.send(f"POST /in HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 6\r\n\r\nabc".encode())
        folder.apply()
        client.send(b"def")
        answer = client.read()
    assert answer.status in {200, 404}
    if answer.status == 200:
        assert upstreams[0].received[-1].body == b"abcdef"


def test_many_updates_cost_a_looping_client_nothing(folder: Folder, upstreams: list[Upstream]) -> None:
    upstreams += [Upstream("one"), Upstream("two")]
    both = service("web", *upstreams)
    folder.apply(ingress("a", {HOST: {"/": "web"}}), both)
    assert folder.running is not None
    with Connection(folder.running.port()) as client:
        for number in range(30):
            servers = [both, service("web", upstreams[number % 2])][number % 3 > 0]
            folder.apply(ingress("a", {HOST: {"/": "web"}, f"n{number}.test": {"/": "web"}}), servers)
            for _ in range(5):
                assert client.get("/", HOST).status == 200
            until(lambda number=number: folder.running and folder.running.get("/", f"n{number}.test").status == 200)  # type: ignore[misc]
