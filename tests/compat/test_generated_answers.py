"""Answers that no upstream gave, whole, to GET, HEAD and POST."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.exact import asked
from support.running import Running
from support.upstream import Upstream

TEXT = {"content-type": "text/plain; charset=utf-8", "date": "*"}
HTML = {"content-type": "text/html; charset=utf-8", "date": "*"}
PAGE = "404 page not found\n"

RULES = """
[backends.main.servers.s]
url = "http://{address}"
[backends.dead.servers.s]
url = "http://127.0.0.1:1"
[backends.empty]
[backends.tls.servers.s]
url = "https://{address}"
[backends.nobody.servers.s]
url = "http://nobody.invalid:80"
[frontends.main]
backend = "main"
routes.r.rule = "Host:main.test"
[frontends.strip]
backend = "main"
routes.r.rule = "Host:strip.test;PathPrefixStrip:/{{x}}"
[frontends.dead]
backend = "dead"
routes.r.rule = "Host:dead.test"
[frontends.empty]
backend = "empty"
routes.r.rule = "Host:empty.test"
[frontends.tls]
backend = "tls"
routes.r.rule = "Host:tls.test"
[frontends.nobody]
backend = "nobody"
routes.r.rule = "Host:nobody.test"
[frontends.closed]
backend = "main"
routes.r.rule = "Host:closed.test"
[frontends.closed.whiteList]
sourceRange = ["10.0.0.0/8"]
[frontends.closed.headers.customResponseHeaders]
X-Own = "never"
[frontends.old]
backend = "main"
whitelistSourceRange = ["10.0.0.0/8"]
routes.r.rule = "Host:old.test"
[frontends.slash]
backend = "main"
routes.r.rule = "Host:slash.test;Path:/p,/q/,/r s/{{id:[0-9]+}}"
[frontends.unknown-backend]
backend = "nowhere"
routes.r.rule = "Host:unknown-backend.test"
[frontends.bad-rule]
backend = "main"
routes.r.rule = "Host:bad-rule.test;Nonsense:a"
[frontends.method]
backend = "main"
routes.r.rule = "Host:method.test;Method:PUT"
"""

STATUSES = [
    # host, status, body, further headers
    ("other.test", 404, PAGE, {"x-content-type-options": "nosniff"}),
    ("main.test.", 404, PAGE, {"x-content-type-options": "nosniff"}),
    ("strip.test", 404, PAGE, {"x-content-type-options": "nosniff"}),
    ("unknown-backend.test", 404, PAGE, {"x-content-type-options": "nosniff"}),
    ("bad-rule.test", 404, PAGE, {"x-content-type-options": "nosniff"}),
    ("method.test", 404, PAGE, {"x-content-type-options": "nosniff"}),
    ("", 404, PAGE, {"x-content-type-options": "nosniff"}),
    ("dead.test", 502, "Bad Gateway", {}),
    ("nobody.test", 502, "Bad Gateway", {}),
    ("empty.test", 503, "Service Unavailable", {}),
    ("closed.test", 403, "Forbidden", {}),
    ("old.test", 403, "Forbidden", {}),
]

MOVES = [
    # target, Location, the same in HTML
    ("/p/", "/p", "/p"),
    ("/p/?a=b&c=<d>", "/p?a=b&c=<d>", "/p?a=b&amp;c=&lt;d&gt;"),
    ("/q", "/q/", "/q/"),
    ("/q?x='\"", "/q/?x='\"", "/q/?x=&#39;&#34;"),
    ("/r%20s/12/", "/r%20s/12", "/r%20s/12"),
    ("/p/?", "/p?", "/p?"),
]

REFUSED = [
    # request, status with body
    ("GET / HTTP/1.1\r\n\r\n", "400 Bad Request: missing required Host header"),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400 Bad Request: too many Host headers"),
    ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400 Bad Request: malformed Host header"),
    ("GET / HTTP/1.1\r\nHost: a\r\nBad Name: 1\r\n\r\n", "400 Bad Request: invalid header name"),
    ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request"),
    ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request"),
    ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request"),
    ("nonsense\r\n\r\n", "400 Bad Request"),
    ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "400 Bad Request"),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: " + "x" * 70_000 + "\r\n\r\n", "431 Request Header Fields Too Large"),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Running]:
    rules = tmp_path_factory.mktemp("rules") / Path("rules.toml")
    rules.write_text(RULES.format(address=upstream.address))
    with Running(f"--file.filename={rules}") as made:
        yield made.ready()


def request(method: str, host: str, target: str = "/", body: str = "") -> str:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{length}\r\n{body}"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize("case", STATUSES, ids=lambda case: case[0])
def test_statuses(
    running: Running, upstream: Upstream, method: str, case: tuple[str, int, str, dict[str, str]]
) -> None:
    host, status, text, more = case
    got = asked(running, upstream, request(method, host, body="abc" if method == "POST" else ""))
    assert (got.status, got.body, got.received) == (status, "" if method == "HEAD" else text, [])
    assert got.fields == sorted({**TEXT, "content-length": str(len(text)), **more}.items())


@pytest.mark.parametrize(("target", "location", "html"), MOVES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_trailing_slashes(
    running: Running, upstream: Upstream, method: str, target: str, location: str, html: str
) -> None:
    got = asked(running, upstream, request(method, "slash.test", target))
    body = f'<a href="{html}">Moved Permanently</a>.\n\n'
    expected = {
        "GET": {**HTML, "content-length": str(len(body))},
        "HEAD": HTML,
        "POST": {"date": "*", "content-length": "0"},
    }[method]
    assert (got.status, got.body, got.received) == (301, body if method == "GET" else "", [])
    assert got.fields == sorted({**expected, "location": location}.items())


@pytest.mark.parametrize(("raw", "told"), REFUSED, ids=lambda value: value[:60])
def test_what_is_no_request(running: Running, upstream: Upstream, raw: str, told: str) -> None:
    got = asked(running, upstream, raw)
    assert (got.status, got.body, got.closed) == (int(told[:3]), told, True)
    assert got.fields == [("connection", "close"), ("content-type", "text/plain; charset=utf-8")]


def test_an_unknown_expectation(running: Running, upstream: Upstream) -> None:
    got = asked(running, upstream, "GET / HTTP/1.1\r\nHost: main.test\r\nExpect: x\r\n\r\n")
    assert (got.status, got.body, got.fields) == (417, "", [("connection", "close"), ("content-length", "0")])


def test_the_server_itself(running: Running, upstream: Upstream) -> None:
    got = asked(running, upstream, "OPTIONS * HTTP/1.1\r\nHost: main.test\r\n\r\n")
    assert (got.status, got.body, got.fields) == (200, "", [("content-length", "0"), ("date", "*")])


@pytest.mark.parametrize(
    "body", ["Content-Length: 3\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"]
)
def test_a_body_that_nobody_wants_does_not_end_the_connection(running: Running, upstream: Upstream, body: str) -> None:
    got = asked(running, upstream, f"POST / HTTP/1.1\r\nHost: other.test\r\n{body}")
    assert (got.status, "connection" in dict(got.fields)) == (404, False)


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_a_client_that_closes(running: Running, upstream: Upstream, version: str) -> None:
    got = asked(running, upstream, f"GET / {version}\r\nHost: other.test\r\nConnection: close\r\n\r\n")
    closes = {"connection": "close"} if version == "HTTP/1.1" else {}
    expected = {**TEXT, "content-length": "19", "x-content-type-options": "nosniff", **closes}
    assert (got.status, got.fields) == (404, sorted(expected.items()))
