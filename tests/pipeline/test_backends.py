"""Options of backends and rate limits, from TOML and from annotations, on the running product."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.folder import Folder, ingress, service
from support.running import Running
from support.upstream import Received, Upstream
from support.waiting import until

RULES = """
[backends.sticky.loadBalancer.stickiness]
httpOnly = true
[backends.sticky.servers.a]
url = "http://{one}"
[backends.sticky.servers.b]
url = "http://{two}"

[backends.broken.circuitBreaker]
expression = "NetworkErrorRatio() > 0.5"
[backends.broken.servers.a]
url = "http://127.0.0.1:1"

[backends.narrow.maxConn]
amount = 1
extractorFunc = "request.host"
[backends.narrow.servers.a]
url = "http://{held}"

[backends.checked.healthCheck]
path = "/health"
interval = "1s"
[backends.checked.servers.good]
url = "http://{one}"
[backends.checked.servers.bad]
url = "http://{two}"

[frontends.limited.ratelimit]
extractorFunc = "request.header.X-Key"
[frontends.limited.ratelimit.rateSet.hourly]
period = "1h"
average = 1
burst = 1
"""
NAMES = {"sticky": "sticky", "broken": "broken", "narrow": "narrow", "checked": "checked", "limited": "sticky"}


class Held(Upstream):
    """Answers when it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        super().__init__("held", self.wait)

    def wait(self, _: Received) -> bytes:
        self.may.wait(20)
        return b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.fixture(scope="module")
def held() -> Iterator[Held]:
    with Held() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def well() -> threading.Event:
    return threading.Event()


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules") / "rules.toml"


@pytest.fixture(scope="module")
def running(rules: Path, held: Held, well: threading.Event) -> Iterator[Running]:
    def moody(request: Received) -> bytes:
        if request.target == "/health" and not well.is_set():
            return b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ntwo\n"

    with Upstream("one") as one, Upstream("two", moody) as two:
        text = RULES.format(one=one.address, two=two.address, held=held.address)
        for name, backend in NAMES.items():
            text += f'[frontends.{name}]\nbackend = "{backend}"\n[frontends.{name}.routes.r]\nrule = "Host:{name}"\n'
        rules.write_text(text)
        with Running(f"--file.filename={rules}") as product:
            yield product.ready()


def put(path: Path, text: str) -> None:
    """Replaces a file in one step."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.rename(path)


def test_a_client_keeps_its_server(running: Running) -> None:
    first = running.get("/", "sticky")
    name, value, *attributes = (first.value("Set-Cookie") or "").replace("=", ";", 1).split(";")
    assert (len(name), name[0], attributes) == (6, "_", [" Path=/", " HttpOnly"])
    assert value.startswith("http://127.0.0.1:")
    for _ in range(4):
        again = running.get("/", "sticky", Cookie=f"{name}={value}")
        assert (again.text, again.value("Set-Cookie")) == (first.text, None)


def test_a_breaker_opens(running: Running) -> None:
    assert running.get("/", "broken").status == 502
    # The first answer may be seen a moment before it is counted.
    until(lambda: running.get("/", "broken").status == 503, what="the breaker to open")
    assert running.get("/", "broken").text == "Service Unavailable"


def test_a_rate_is_limited_for_each_source(running: Running, rules: Path) -> None:
    assert [running.get("/", "limited", X_Key=key).status for key in "aba"] == [200, 200, 429]
    refused = running.get("/", "limited", X_Key="a")
    assert refused.text == "max rate reached: retry-in 1h0m0s"
    assert (refused.value("Retry-After"), refused.value("X-Retry-In")) == ("3600", "1h0m0s")
    # A reload that changes something else leaves the buckets as they are.
    put(
        rules,
        rules.read_text() + '[frontends.more]\nbackend = "sticky"\n[frontends.more.routes.r]\nrule = "Host:more"\n',
    )
    running.served("/", "more")
    assert [running.get("/", "limited", X_Key=key).status for key in "abc"] == [429, 429, 200]


def test_so_many_connections_and_no_more(running: Running, held: Held) -> None:
    first = threading.Thread(target=running.get, args=("/", "narrow"))
    first.start()
    until(lambda: held.received, what="the first request to arrive")
    refused = running.get("/", "narrow")
    assert (refused.status, refused.text) == (429, "max connections reached: 1")
    held.may.set()
    first.join(20)
    until(lambda: running.get("/", "narrow").status == 204, what="the place to be free")


def test_a_server_that_fails_its_check_is_left_out_and_told(running: Running, well: threading.Event) -> None:
    def states() -> dict[str, str]:
        servers = json.loads(running.admin("/api/providers/file/backends/checked/servers").body)
        return {name: server["health"] for name, server in servers.items()}

    def problems() -> list[str]:
        listed = json.loads(running.admin("/api/v2/problems").body)
        return [one["key"] for one in listed if one["object"] == "backend checked"]

    until(lambda: states() == {"good": "up", "bad": "down"}, what="the check to fail")
    assert problems() == ["servers.bad"]
    assert {running.get("/", "checked").text for _ in range(6)} == {"one\n"}
    well.set()
    until(lambda: states() == {"good": "up", "bad": "up"}, what="the check to succeed")
    assert problems() == []
    assert {running.get("/", "checked").text for _ in range(6)} == {"one\n", "two\n"}


def test_annotations_of_ingress_and_service(folder: Folder, upstreams: list[Upstream]) -> None:
    upstreams.append(Upstream("one"))
    rate = '{"extractorfunc": "request.host", "rateset": {"h": {"period": "1h", "average": 1, "burst": 2}}}'
    annotations = {"ingress.kubernetes.io/rate-limit": json.dumps(json.loads(rate))}
    backend = service("one", *upstreams)
    backend["metadata"]["annotations"] |= {
        "ingress.kubernetes.io/affinity": "true",
        "ingress.kubernetes.io/session-cookie-name": "who",
        "ingress.kubernetes.io/circuit-breaker-expression": "NetworkErrorRatio() > 0.5",
    }
    folder.apply(ingress("a", {"a.test": {"/": "one"}}, annotations), backend)
    assert folder.running is not None
    running = folder.running
    answers = [running.get("/", "a.test") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[0].value("Set-Cookie") == f"who=http://{upstreams[0].address}; Path=/"
