"""The REST provider on the running product: PUT as 1.7 answers it, and what outlives what."""

import json
import os
import signal
from collections.abc import Iterator

import pytest

from support.client import Answer, Connection
from support.running import Running
from support.upstream import Upstream
from support.waiting import until


def put(running: Running, document: object, path: str = "/api/providers/rest", *, chunked: bool = False) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    with Connection(running.port("traefik")) as connection:
        connection.send(f"PUT {path} HTTP/1.1\r\nHost: admin\r\n{framing}\r\n\r\n".encode() + sent)
        return connection.read()


def routes(upstream: Upstream, host: str) -> dict[str, object]:
    return {
        "frontends": {"f": {"backend": "b", "routes": {"r": {"rule": f"Host:{host}"}}}},
        "backends": {"b": {"servers": {"s": {"url": f"http://{upstream.address}"}}}},
    }


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream("put") as made:
        yield made


@pytest.fixture
def running() -> Iterator[Running]:
    with Running("--rest") as made:
        yield made.ready()  # Without any PUT: the provider has nothing to say, and nobody waits for it.


def test_what_is_put_is_served_until_something_else_is(running: Running, upstream: Upstream) -> None:
    answer = put(running, routes(upstream, "a.test"))
    assert (answer.status, answer.value("Content-Type")) == (200, "application/json; charset=UTF-8")
    assert json.loads(answer.body)["frontends"]["f"]["routes"] == {"r": {"rule": "Host:a.test"}}
    running.served("/", "a.test", start="put")
    assert json.loads(running.admin("/api/providers/web").body)["frontends"]["f"]["entryPoints"] == ["http"]
    assert put(running, routes(upstream, "b.test"), "/api/providers/web", chunked=True).status == 200
    running.served("/", "b.test", start="put")
    assert running.get("/", "a.test").status == 404
    for wrong in (b"{", b'{"frontends": 1}'):
        assert put(running, wrong).status == 400
    assert put(running, {}).status == 200
    assert running.get("/", "b.test").text == "put\n"
    assert put(running, {"frontends": {}}).status == 200
    running.served("/", "b.test", status=404)


def test_only_the_rest_provider_can_be_put(running: Running) -> None:
    answer = put(running, {}, "/api/providers/file")
    assert (answer.status, answer.text) == (400, "Only 'rest' provider can be updated through the REST API")


def test_a_large_configuration_is_taken_and_a_larger_one_refused(running: Running, upstream: Upstream) -> None:
    many = routes(upstream, "many.test")
    many["backends"] |= {  # type: ignore[operator]
        f"b{number}": {"servers": {"s": {"url": "http://127.0.0.1:9"}}} for number in range(5_000)
    }
    assert put(running, many).status == 200
    running.served("/", "many.test", start="put")
    with Connection(running.port("traefik")) as connection:
        connection.send(b"PUT /api/providers/rest HTTP/1.1\r\nHost: a\r\nContent-Length: 16777217\r\n\r\n{")
        assert connection.read().status == 413
    assert running.get("/", "many.test").text == "put\n"


def test_what_was_put_outlives_the_controller(running: Running, upstream: Upstream) -> None:
    put(running, routes(upstream, "kept.test"))
    running.served("/", "kept.test", start="put")
    old = running.child("controller")
    os.kill(old, signal.SIGKILL)
    until(lambda: running.child("controller") != old, what="a new controller")
    until(lambda: b"kept.test" in running.admin("/api").body, what="the configuration in the API again")
    assert running.get("/", "kept.test").text == "put\n"


def test_without_the_option_there_is_no_such_route(upstream: Upstream) -> None:
    with Running() as running:
        running.ready()
        assert put(running, routes(upstream, "a.test")).status == 404
