"""Figures about traffic of a running product: scraped as Prometheus does, pushed as StatsD takes them."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from pointsman.observability.push.samples import parse
from support.client import Connection, get
from support.exposition import families
from support.running import Running
from support.upstream import Upstream
from support.waiting import until

RULES = """
[backends.main.servers.s]
url = "{url}"
[backends.dead.servers.s]
url = "http://127.0.0.1:1"
[frontends.main]
backend = "main"
routes.r.rule = "Host:main.test"
[frontends.closed]
backend = "main"
whitelistSourceRange = ["10.0.0.0/8"]
routes.r.rule = "Host:closed.test"
[frontends.dead]
backend = "dead"
routes.r.rule = "Host:dead.test"
"""


@dataclass
class Measured:
    """A product with Prometheus on entry point `traefik`, pushing to `statsd`."""

    running: Running
    upstream: Upstream
    statsd: socket.socket

    def figures(self) -> dict[str, float]:
        """Name and labels, as they stand on the page, to value."""
        text = self.running.admin("/metrics").text
        assert families(text)
        return {
            sample.name + "{" + ",".join(f"{name}={value}" for name, value in sample.labels) + "}": sample.value
            for sample in parse(text)
        }

    def await_figure(self, name: str, value: float) -> None:
        """Numbers are counted just behind the last byte of an answer."""
        until(lambda: self.figures().get(name) == value, what=f"{name} {value}")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    rules = tmp_path_factory.mktemp("measured") / "rules.toml"
    with Upstream("main") as upstream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as statsd:
        statsd.bind(("127.0.0.1", 0))
        statsd.settimeout(20)
        rules.write_text(RULES.format(url=f"http://127.0.0.1:{upstream.port}"))
        address = f"--metrics.statsd.address=127.0.0.1:{statsd.getsockname()[1]}"
        flags = ("--metrics.prometheus", address, "--metrics.statsd.pushInterval=200ms", "--threads=2")
        with Running(f"--file.filename={rules}", *flags) as running:
            running.ready()
            yield Measured(running, upstream, statsd)


def test_requests_are_counted_under_1_7s_names(measured: Measured) -> None:
    for _ in range(3):
        measured.running.get("/", "main.test")
    measured.running.get("/", "nobody.test")
    measured.running.get("/", "closed.test")
    measured.running.get("/", "dead.test")
    http = "method=GET,protocol=http"
    measured.await_figure(f"traefik_entrypoint_requests_total{{entrypoint=http,code=200,{http}}}", 3)
    measured.await_figure(f"traefik_entrypoint_requests_total{{entrypoint=http,code=404,{http}}}", 1)
    measured.await_figure(f"traefik_backend_requests_total{{backend=main,code=200,{http}}}", 3)
    measured.await_figure(f"traefik_backend_requests_total{{backend=main,code=403,{http}}}", 1)
    measured.await_figure(f"traefik_backend_requests_total{{backend=dead,code=502,{http}}}", 1)
    figures = measured.figures()
    duration = f"traefik_backend_request_duration_seconds_bucket{{backend=main,code=200,{http},le"
    assert [figures[f"{duration}={bound}}}"] for bound in ("5", "+Inf")] == [3, 3]
    main = "router=main,provider=file,namespace=,ingress=,host=main.test"
    assert figures[f"pointsman_router_requests_total{{{main},class=2xx}}"] == 3
    assert figures[f"pointsman_router_request_duration_seconds_count{{{main}}}"] == 3
    closed = "router=closed,provider=file,namespace=,ingress=,host=closed.test,class=4xx"
    assert figures[f"pointsman_router_requests_total{{{closed}}}"] == 1
    assert figures["pointsman_request_outcomes_total{reason=whitelist}"] == 1
    assert figures[f"traefik_backend_server_up{{backend=main,url=http://127.0.0.1:{measured.upstream.port}}}"] == 1
    assert figures["traefik_config_reloads_total{}"] >= 1
    assert figures["traefik_config_last_reload_success{}"] > 1_700_000_000
    assert figures["process_open_fds{}"] > 3
    assert not any("traefik_entrypoint" in name and "entrypoint=traefik" in name for name in figures)


def test_open_requests_are_counted_while_they_last(measured: Measured) -> None:
    gauge = "traefik_{}_open_connections{{{}={},method=POST,protocol=sse}}"
    both = [gauge.format("entrypoint", "entrypoint", "http"), gauge.format("backend", "backend", "main")]
    with Connection(measured.running.port()) as client:
        head = b"POST / HTTP/1.1\r\nHost: main.test\r\nAccept: text/event-stream\r\nContent-Length: 1\r\n\r\n"
        client.send(head)
        for name in both:
            measured.await_figure(name, 1)
        client.send(b"x")
        assert client.read().status == 200
    for name in both:
        measured.await_figure(name, 0)


def test_they_are_pushed(measured: Measured) -> None:
    get(measured.running.port(), "/", "main.test")

    def pushed() -> bool:
        return b"traefik.backend.request.total:" in measured.statsd.recv(4_096)

    until(pushed, what="the requests")
