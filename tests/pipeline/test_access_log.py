"""The access log of a running product: a line for each request, wherever it ended, and a file that may be rotated."""

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import get
from support.running import Running
from support.upstream import Upstream
from support.waiting import until

RULES = """
[backends.main.servers.s]
url = "http://{address}"
[backends.dead.servers.s]
url = "http://127.0.0.1:1"
[backends.empty]
[frontends.main]
backend = "main"
routes.r.rule = "Host:main.test;AddPrefix:/in"
[frontends.main.headers.customRequestHeaders]
X-Own = "added"
[frontends.dead]
backend = "dead"
routes.r.rule = "Host:dead.test"
[frontends.empty]
backend = "empty"
routes.r.rule = "Host:empty.test"
[frontends.closed]
backend = "main"
whitelistSourceRange = ["10.0.0.0/8"]
routes.r.rule = "Host:closed.test"
"""

Line = dict[str, object]


class Logged:
    """A product that writes its access log as JSON into `path`."""

    def __init__(self, running: Running, path: Path, upstream: Upstream) -> None:
        self.running, self.path, self.upstream = running, path, upstream
        self._read = 0

    def line(self) -> Line:
        """Waits for the next line; it must be the only one."""
        lines = until(lambda: self.path.read_text().splitlines()[self._read :], what="a line of the access log")
        self._read += 1
        assert len(lines) == 1, lines
        found: Line = json.loads(lines[0])
        return found


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    folder = tmp_path_factory.mktemp("logged")
    rules, path = folder / "rules.toml", folder / "log" / "access.log"
    with Upstream("main") as upstream:
        rules.write_text(RULES.format(address=f"127.0.0.1:{upstream.port}"))
        flags = (f"--file.filename={rules}", f"--accessLog.filePath={path}", "--accessLog.format=json")
        with Running(*flags) as running:
            running.ready()
            yield Logged(running, path, upstream)


def test_a_forwarded_request(logged: Logged) -> None:
    logged.running.get("/a?b=c", "main.test", Cookie="secret", **{"User-Agent": "tester"})
    line = logged.line()
    address = f"127.0.0.1:{logged.upstream.port}"
    expected = {
        "BackendAddr": address,
        "BackendName": "main",
        "ClientHost": "127.0.0.1",
        "DownstreamStatus": 200,
        "FrontendName": "main",
        "OriginStatus": 200,
        "RequestHost": "main.test",
        "RequestLine": "GET /a?b=c HTTP/1.1",
        "RequestPort": "-",
        "RetryAttempts": 0,
        "request_Cookie": "REDACTED",
        "request_User-Agent": "tester",
        "request_X-Own": "added",
    }
    assert {key: line.get(key) for key in expected} == expected
    assert "Reason" not in line
    assert "request_Host" not in line
    duration, origin = line["Duration"], line["OriginDuration"]
    assert isinstance(duration, int)
    assert isinstance(origin, int)
    assert duration >= origin > 0
    assert line["Overhead"] == duration - origin


@pytest.mark.parametrize(
    ("host", "status", "reason", "frontend"),
    [
        ("nobody.test", 404, "no_route", "backend not found"),
        ("dead.test", 502, "connect_failed", "dead"),
        ("empty.test", 503, "no_endpoint", None),
        ("closed.test", 403, "whitelist", "ipwhitelister for closed"),
    ],
)
def test_answers_of_the_proxy_say_why(
    logged: Logged, host: str, status: int, reason: str, frontend: str | None
) -> None:
    answer = logged.running.get("/", host)
    line = logged.line()
    assert (answer.status, line["DownstreamStatus"]) == (status, status)
    assert line["Reason"] == reason
    assert line.get("FrontendName") == frontend
    assert line["DownstreamContentSize"] == len(answer.body)
    assert line["downstream_Content-Type"] == "text/plain; charset=utf-8"


def test_what_is_no_request_has_a_line(logged: Logged) -> None:
    with socket.create_connection(("127.0.0.1", logged.running.port()), timeout=10) as client:
        client.sendall(b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n")
        while client.recv(4096):
            pass
    line = logged.line()
    assert (line["DownstreamStatus"], line["Reason"]) == (400, "bad_request")
    assert str(line["RequestLine"]).startswith("GET /\x00")


def test_a_client_that_leaves_has_a_line(logged: Logged) -> None:
    with socket.create_connection(("127.0.0.1", logged.running.port()), timeout=10) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: main.test\r\nContent-Length: 10\r\n\r\nhalf")
    line = logged.line()
    assert (line["RequestMethod"], line["Reason"]) == ("POST", "client_gone")


def test_internal_routes_have_no_line(logged: Logged) -> None:
    for path in ("/ping", "/api/providers", "/ready"):
        assert logged.running.admin(path).status == 200
    logged.running.get("/after", "nobody.test")
    assert logged.line()["RequestPath"] == "/after"


def test_lines_go_to_the_path_after_a_rotation(logged: Logged) -> None:
    old = logged.path.with_suffix(".1")
    logged.path.rename(old)
    before = old.read_text()
    logged.running.process.send_signal(signal.SIGUSR1)
    until(logged.path.exists, what="the file again")
    logged._read = 0
    logged.running.get("/rotated", "main.test")
    assert logged.line()["RequestPath"] == "/rotated"
    assert old.read_text() == before


def test_common_lines_on_standard_output(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("")
    with Running(f"--file.filename={rules}", "--accessLog", "--accessLog.filters.statusCodes=404") as running:
        running.ready()
        get(running.port(), "/x?y", "a.test", **{"User-Agent": "tester", "Referer": "r"})
        wanted = '"GET /x?y HTTP/1.1" 404 19 "r" "tester" 1 "backend not found" "/x?y" 0ms'
        until(lambda: any(line.endswith(wanted) for line in running.log), what=wanted)
        assert running.stop() == 0
