"""Compression, PROXY protocol and buffering, from flags and a rule file to what is on the wire."""

import gzip
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from support.client import Connection
from support.running import Running
from support.upstream import Received, Upstream

HTTP = "Name:http Address:127.0.0.1:0 Compress:true ProxyProtocol.TrustedIPs:127.0.0.0/8"
RULES = """
[backends.plain.servers.s]
url = "http://{address}"
[backends.kept.servers.s]
url = "http://{address}"
[backends.kept.buffering]
maxRequestBodyBytes = 100
memRequestBodyBytes = 10
maxResponseBodyBytes = 5000
retryExpression = "IsNetworkError() && Attempts() <= 2"
[frontends.plain]
backend = "plain"
[frontends.plain.routes.r]
rule = "Host:plain.test"
[frontends.kept]
backend = "kept"
[frontends.kept.routes.r]
rule = "Host:kept.test"
"""
LONG = b"<p>All work and no play</p>\n" * 100


class Origin:
    """Answers with the length that the path asks for, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.failures = 0

    def __call__(self, request: Received) -> bytes:
        if self.failures:
            self.failures -= 1
            return b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
        size = int(request.target.strip("/") or 0)
        body = bytes(byte for byte, _ in zip(cycle(LONG), range(size), strict=False))
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % size + body


@pytest.fixture(scope="module")
def origin() -> Origin:
    return Origin()


@pytest.fixture(scope="module")
def upstream(origin: Origin) -> Iterator[Upstream]:
    with Upstream("origin", origin) as made:
        yield made


@pytest.fixture(scope="module")
def running(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    rules: Path = tmp_path_factory.mktemp("rules") / "rules.toml"
    rules.write_text(RULES.format(address=upstream.address))
    with Running(f"--file.filename={rules}", http=HTTP) as started:
        yield started.ready()


def post(running: Running, body: bytes, path: str = "/5") -> int:
    with Connection(running.port()) as client:
        head = f"POST {path} HTTP/1.1\r\nHost: kept.test\r\nContent-Length: {len(body)}\r\n\r\n"
        client.send(head.encode() + body)
        return client.read().status


def test_the_options_have_an_effect(running: Running) -> None:
    assert "no effect" not in running.told()


def test_long_answers_are_packed_for_who_takes_gzip(running: Running) -> None:
    packed = running.get("/2800", "plain.test", Accept_Encoding="gzip")
    assert packed.value("Content-Encoding") == "gzip"
    assert packed.value("Vary") == "Accept-Encoding"
    assert gzip.decompress(packed.body) == LONG
    for host in ("plain.test", "kept.test", "nobody.test"):
        short = running.get("/100", host, Accept_Encoding="gzip")
        assert short.value("Content-Encoding") is None
        assert short.value("Vary") == "Accept-Encoding"
    assert running.get("/2800", "plain.test").body == LONG
    assert gzip.decompress(running.get("/2800", "kept.test", Accept_Encoding="gzip").body) == LONG
    assert running.admin("/ping").value("Vary") is None


@pytest.mark.parametrize(
    ("header", "client"),
    [
        (b"PROXY TCP4 203.0.113.9 198.51.100.7 56324 443\r\n", "203.0.113.9"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\xc6\x33\x64\x07\xdc\x04\x01\xbb", "203.0.113.9"),
        (b"", "127.0.0.1"),
    ],
)
def test_the_client_is_whom_the_load_balancer_names(
    running: Running, upstream: Upstream, header: bytes, client: str
) -> None:
    with Connection(running.port()) as connection:
        connection.send(header)
        assert connection.get("/5", "plain.test").status == 200
    assert upstream.received[-1].values("X-Forwarded-For") == [client]


def test_buffered_requests_have_a_limit_and_are_sent_again(
    running: Running, upstream: Upstream, origin: Origin
) -> None:
    assert post(running, b"x" * 100) == 200
    assert post(running, b"x" * 101) == 413
    assert post(running, b"", "/5001") == 500
    before, origin.failures = len(upstream.received), 2
    assert post(running, b"again and again") == 200
    assert [request.body for request in upstream.received[before:]] == [b"again and again"] * 3
    origin.failures = 3
    assert post(running, b"again and again") == 502
