"""The API through the proxy: its numbers are those of real requests, its stream arrives as it is sent."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

from pointsman.api.endpoints import ENDPOINTS
from pointsman.api.openapi import description
from support.folder import STRIP, Folder, ingress, service
from support.running import Running, document
from support.upstream import Upstream
from support.waiting import until

SCHEMA = schemathesis.openapi.from_dict(description(ENDPOINTS)).exclude(path="/api/v2/live")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    held = Folder(tmp_path_factory.mktemp("objects"))
    with held.start("--api.statistics.recentErrors=2") as product, Upstream("one") as upstream:
        product.ready()
        held.apply(ingress("a", {"a.test": {"/x": "one"}}, STRIP), service("one", upstream))
        yield product


def test_health_counts_requests_but_not_those_for_itself(running: Running) -> None:
    before = document(running.admin("/health"))["total_status_code_count"]
    assert isinstance(before, dict)
    for _ in range(3):
        assert running.get("/x", "a.test").status == 200
    for number in range(4):
        assert running.get(f"/none-{number}?secret=1", "b.test").status == 404
    shown: dict[str, Any] = document(running.admin("/health"))
    assert shown["total_status_code_count"].get("200", 0) - before.get("200", 0) == 3
    assert shown["total_status_code_count"].get("404", 0) - before.get("404", 0) == 4
    assert shown["total_count"] == sum(shown["total_status_code_count"].values())
    assert shown["pid"] == running.process.pid
    assert [error["path"] for error in shown["recent_errors"]] == ["/none-3", "/none-2"]
    assert shown["recent_errors"][0]["status"] == "Not Found"
    assert shown["total_response_size"] > 0


class Events:
    """A stream of server-sent events, read from the socket as it comes."""

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 20)
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        self._text = b""

    def __enter__(self) -> "Events":
        return self

    def __exit__(self, *exc: object) -> None:
        self._socket.close()

    def next(self) -> dict[str, Any]:
        while b"\n\n" not in self._text:
            piece = self._socket.recv(65536)
            assert piece, self._text
            self._text += piece
        event, _, self._text = self._text.partition(b"\n\n")
        found: dict[str, Any] = json.loads(event[event.index(b"data: ") + 6 :])
        return found


def test_the_stream_tells_rates_of_the_process_and_of_one_router(running: Running) -> None:
    with Events(running.port("traefik"), "/api/v2/live?router=kubernetes/a.test/x") as events:
        first = events.next()
        for _ in range(5):
            running.get("/x", "a.test")
        event = until(
            lambda: found if (found := events.next())["sample"] and found["top"] else None,
            what="requests in the stream",
        )
        assert event["top"][0]["name"] == "kubernetes/a.test/x"
        assert event["router"]["requests"] > 0
        assert event["router"]["p99"] >= event["router"]["p50"] > 0
        assert event["total"] >= first["total"] + 1
        assert event["sample"]["requests"] > 0


def test_an_open_stream_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    with Folder(tmp_path).start("--graceTimeOut=60s") as product:
        product.ready()
        with Events(product.port("traefik"), "/api/v2/live") as events:
            events.next()
            assert product.stop(within=30) == 0


def test_where_the_dashboard_is_switched_off_its_paths_are_left_to_the_frontends(tmp_path: Path) -> None:
    held = Folder(tmp_path)
    with held.start("--api.dashboard=false", "--api.entryPoint=http") as product, Upstream("one") as upstream:
        product.ready()
        held.apply(ingress("a", {"a.test": {"/": "one"}}), service("one", upstream))
        for path in ("/", "/dashboard/", "/dashboard"):
            assert product.served(path, "a.test", start="one").status == 200
            assert product.get(path, "b.test").status == 404
        assert product.get("/api", "a.test").status == 200


@SCHEMA.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_documents_are_as_described(case: schemathesis.Case, running: Running) -> None:
    # Other methods than GET are routed like any request: 404, as in 1.7.
    port = running.port("traefik")
    response = case.call(base_url=f"http://127.0.0.1:{port}")
    if response.status_code != 414:  # The proxy's own limit.
        # A schema cannot say which texts are URLs, nor which entry points there are.
        excluded = [positive_data_acceptance] if case.operation.path == "/api/v2/explain" else []
        case.validate_response(response, excluded_checks=[unsupported_method, *excluded])
