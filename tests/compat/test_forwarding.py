"""What an upstream receives, and what a client gets of its answer: every header, byte for byte."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Connection
from support.exact import asked, forwarded, lower
from support.running import Running
from support.upstream import Received, Upstream

HELLO = b"Content-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n"
KEY = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

ANSWERS = {
    # path: answer's bytes, then what a client gets: status, headers beside Date, body; None: the body of a bad gateway
    "/plain": (b"HTTP/1.1 200 OK\r\n" + HELLO, 200, {"content-type": "text/plain", "content-length": "6"}, "hello\n"),
    "/chunks": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello\n\r\n0\r\n\r\n",
        200,
        {"content-type": "text/plain", "transfer-encoding": "chunked"},
        "hello\n",
    ),
    "/204": (b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", 204, {"x-a": "1"}, ""),
    "/304": (
        b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n',
        304,
        {"etag": '"a"'},
        "",
    ),
    "/empty": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, {"content-length": "0"}, ""),
    "/hop": (
        b"HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: x\r\n"
        b"Proxy-Authenticate: Basic\r\nProxy-Connection: x\r\nTe: x\r\n" + HELLO,
        200,
        {"content-type": "text/plain", "content-length": "6"},
        "hello\n",
    ),
    "/custom": (
        b"HTTP/1.1 200 OK\r\nServer: up\r\nx-lower: 1\r\nX-Empty:\r\nLocation: /x\r\n" + HELLO,
        200,
        {
            "server": "up",
            "x-lower": "1",
            "x-empty": "",
            "location": "/x",
            "content-type": "text/plain",
            "content-length": "6",
        },
        "hello\n",
    ),
    "/404": (
        b"HTTP/1.1 404 Not Found\r\n" + HELLO,
        404,
        {"content-type": "text/plain", "content-length": "6"},
        "hello\n",
    ),
    "/500": (b"HTTP/1.1 500 Oops\r\n" + HELLO, 500, {"content-type": "text/plain", "content-length": "6"}, "hello\n"),
    "/1.0": (b"HTTP/1.0 200 OK\r\n" + HELLO, 200, {"content-type": "text/plain", "content-length": "6"}, "hello\n"),
    "/gzip": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
        200,
        {"content-encoding": "gzip", "content-length": "1"},
        "x",
    ),
    "/untyped": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n",
        200,
        {"content-type": "text/plain; charset=utf-8", "content-length": "6"},
        "hello\n",
    ),
    "/untyped-page": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n <html>\n\r\n0\r\n\r\n",
        200,
        {"content-type": "text/html; charset=utf-8", "transfer-encoding": "chunked"},
        " <html>\n",
    ),
    "/empty-type": (
        b"HTTP/1.1 200 OK\r\nContent-Type:\r\nContent-Length: 1\r\n\r\nx",
        200,
        {"content-type": "", "content-length": "1"},
        "x",
    ),
    "/eof": (b"", 502, {"content-type": "text/plain; charset=utf-8", "content-length": "11"}, "Bad Gateway"),
    "/junk": (
        b"junk\r\n\r\n",
        502,
        {"content-type": "text/plain; charset=utf-8", "content-length": "11"},
        "Bad Gateway",
    ),
}

TARGETS = [
    # as sent, as the upstream gets it
    ("/", "/"),
    ("/?", "/"),
    ("/a?", "/a"),
    ("/a?b", "/a?b"),
    ("/a??", "/a??"),
    ("/a?b=c&d=%20e+f;g", "/a?b=c&d=%20e+f;g"),
    ("/a?b=%zz", "/a?b=%zz"),
    ("/a?b?c/d", "/a?b?c/d"),
    ("/a%2Fb%2f", "/a%2Fb%2f"),
    ("/%7Euser/%c3%A9/%00/%5C", "/%7Euser/%c3%A9/%00/%5C"),
    ("/a//b/", "/a//b/"),
    ("//a", "//a"),
    ("/a/../b/./c/..", "/a/../b/./c/.."),
    ("/%2e%2e/x", "/%2e%2e/x"),
    ("/a;b=c:d@e,f+g$h&i'(j)*k!~[l]", "/a;b=c:d@e,f+g$h&i'(j)*k!~[l]"),
    ("http://pass.test/a?b=c", "/a?b=c"),
    ("http://pass.test", "/"),
    ("http://pass.test?x=y", "/?x=y"),
    ("HTTP://pass.test/a", "/a"),
]

HOSTS = [
    # Host field, what changes upstream
    ("pass.test", {}),
    ("PASS.test", {}),
    ("pass.test:8080", {"x_forwarded_port": "8080"}),
    ("pass.test:80", {}),
    ("pass.test:", {}),
    ("[::1]", {}),
    ("[::1]:8443", {"x_forwarded_port": "8443"}),
    ("127.0.0.1:9", {"x_forwarded_port": "9"}),
]

SENT = [
    # header lines as sent, what changes upstream
    ("X-Forwarded-For: 1.2.3.4\r\n", {"x_forwarded_for": "1.2.3.4, 127.0.0.1"}),
    ("X-Forwarded-For: 1.2.3.4, 5.6.7.8\r\n", {"x_forwarded_for": "1.2.3.4, 5.6.7.8, 127.0.0.1"}),
    ("X-Forwarded-For: 1.2.3.4\r\nx-forwarded-for: 5.6.7.8\r\n", {"x_forwarded_for": "1.2.3.4, 5.6.7.8, 127.0.0.1"}),
    ("X-Real-Ip: 1.2.3.4\r\n", {"x_real_ip": "1.2.3.4"}),
    ("X-Real-Ip:\r\n", {}),
    ("X-Forwarded-Proto: https\r\n", {"x_forwarded_proto": "https", "x_forwarded_port": "443"}),
    ("X-Forwarded-Proto: wss\r\n", {"x_forwarded_proto": "wss", "x_forwarded_port": "443"}),
    ("X-Forwarded-Proto: HTTPS\r\n", {"x_forwarded_proto": "HTTPS"}),
    ("X-Forwarded-Proto: ftp\r\n", {"x_forwarded_proto": "ftp"}),
    ("X-Forwarded-Proto:\r\n", {}),
    ("X-Forwarded-Host: a.b\r\n", {"x_forwarded_host": "a.b"}),
    ("X-Forwarded-Host:\r\n", {}),
    ("X-Forwarded-Port: 81\r\n", {"x_forwarded_port": "81"}),
    ("X-Forwarded-Port: 81\r\nX-Forwarded-Proto: https\r\n", {"x_forwarded_port": "81", "x_forwarded_proto": "https"}),
    ("X-Forwarded-Server: me\r\n", {}),
    ("X-Forwarded-Uri: /u\r\nX-Forwarded-Method: PUT\r\n", {"x_forwarded_uri": "/u", "x_forwarded_method": "PUT"}),
    ("X-Forwarded-Prefix: /p\r\nX-Replaced-Path: /r\r\n", {"x_forwarded_prefix": "/p", "x_replaced_path": "/r"}),
    ("Forwarded: for=a\r\nVia: 1.1 a\r\n", {"forwarded": "for=a", "via": "1.1 a"}),
    (
        "User-Agent: me\r\nAccept: */*\r\nAccept-Encoding: br\r\n",
        {"user_agent": "me", "accept": "*/*", "accept_encoding": "br"},
    ),
    ("Authorization: Basic abc\r\nCookie: a=1; b=2\r\n", {"authorization": "Basic abc", "cookie": "a=1; b=2"}),
    ("X-CUSTOM-ID: 1\r\nX-Empty:\r\nX-Latin: \xe9\r\n", {"x_custom_id": "1", "x_empty": "", "x_latin": "\xe9"}),
    ("Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Connection: a\r\n", {}),
    ("Proxy-Authorization: a\r\nProxy-Authenticate: b\r\nTrailer: X-T\r\nUpgrade: x\r\n", {}),
    ("TE: trailers, deflate\r\n", {"te": "trailers"}),
    ("TE: gzip\r\n", {}),
    ("Content-Length: 0\r\n", {}),
    ("Connection: close\r\n", {}),
    ("Range: bytes=0-1\r\nIf-None-Match: a\r\n", {"range": "bytes=0-1", "if_none_match": "a"}),
]

METHODS = [
    # method, header lines and body as sent, what changes upstream, the body there
    ("HEAD", "\r\n", {}, b""),
    ("POST", "\r\n", {"content_length": "0"}, b""),
    ("PUT", "\r\n", {"content_length": "0"}, b""),
    ("PATCH", "Content-Length: 0\r\n\r\n", {"content_length": "0"}, b""),
    ("DELETE", "\r\n", {}, b""),
    ("DELETE", "Content-Length: 0\r\n\r\n", {}, b""),
    ("DELETE", "Content-Length: 3\r\n\r\nabc", {"content_length": "3"}, b"abc"),
    ("GET", "Content-Length: 3\r\n\r\nabc", {"content_length": "3"}, b"abc"),
    ("POST", "Content-Length: 3\r\n\r\nabc", {"content_length": "3"}, b"abc"),
    ("POST", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", {"transfer_encoding": "chunked"}, b"abc"),
    ("POST", "transfer-encoding: Chunked\r\n\r\n1;x=y\r\na\r\n0\r\n\r\n", {"transfer_encoding": "chunked"}, b"a"),
    ("OPTIONS", "\r\n", {}, b""),
    ("TRACE", "\r\n", {}, b""),
    ("PROPFIND", "\r\n", {}, b""),
    ("FOO", "\r\n", {}, b""),
]


def answer(request: Received) -> bytes:
    """By path; to HEAD without a body; to a WebSocket handshake a 101. An empty answer closes the connection."""
    path = request.target.partition("?")[0]
    if path == "/ws":
        return b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Up: 1\r\n\r\n"
    raw = ANSWERS[path if path in ANSWERS else "/plain"][0]
    if not raw:
        raise ConnectionAbortedError
    return raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if request.line.startswith("HEAD ") else raw


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream("main", answer) as made:
        yield made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Running]:
    rules = tmp_path_factory.mktemp("rules") / Path("rules.toml")
    rules.write_text(
        f'[backends.main.servers.s]\nurl = "http://{upstream.address}/ignored"\n'
        '[frontends.pass]\nbackend = "main"\npassHostHeader = true\nroutes.r.rule = "PathPrefix:/"\n'
        '[frontends.own]\nbackend = "main"\nroutes.r.rule = "Host:own.test"\npriority = 99\n'
    )
    with Running(f"--file.filename={rules}") as made:
        yield made.ready()


def get(target: str = "/", host: str = "pass.test", fields: str = "") -> str:
    return f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n"


@pytest.mark.parametrize(("sent", "seen"), TARGETS)
def test_targets(running: Running, upstream: Upstream, sent: str, seen: str) -> None:
    got = asked(running, upstream, get(sent))
    assert (got.status, got.upstream.line) == (200, f"GET {seen} HTTP/1.1")
    assert lower(got.upstream) == forwarded("pass.test")


@pytest.mark.parametrize(("host", "changed"), HOSTS)
def test_hosts(running: Running, upstream: Upstream, host: str, changed: dict[str, str]) -> None:
    assert lower(asked(running, upstream, get(host=host)).upstream) == forwarded(host, **changed)


@pytest.mark.parametrize(("fields", "changed"), SENT)
def test_headers(running: Running, upstream: Upstream, fields: str, changed: dict[str, str]) -> None:
    assert lower(asked(running, upstream, get(fields=fields)).upstream) == forwarded("pass.test", **changed)


@pytest.mark.parametrize(("method", "rest", "changed", "body"), METHODS)
def test_methods(
    running: Running, upstream: Upstream, method: str, rest: str, changed: dict[str, str], body: bytes
) -> None:
    got = asked(running, upstream, f"{method} /a HTTP/1.1\r\nHost: pass.test\r\n{rest}")
    assert got.status == 200
    assert (got.upstream.line, got.upstream.body) == (f"{method} /a HTTP/1.1", body)
    assert lower(got.upstream) == forwarded("pass.test", **changed)
    assert got.body == ("" if method == "HEAD" else "hello\n")
    assert got.fields == [("content-length", "6"), ("content-type", "text/plain"), ("date", "*")]


def test_several_values_stay_apart_and_in_order(running: Running, upstream: Upstream) -> None:
    got = asked(running, upstream, get(fields="X-Two: b\r\nX-Two: a\r\nCookie: x\r\nCookie: y\r\n"))
    assert (got.upstream.values("X-Two"), got.upstream.values("Cookie")) == (["b", "a"], ["x", "y"])


def test_the_authority_of_the_target_is_the_host(running: Running, upstream: Upstream) -> None:
    got = asked(running, upstream, get("http://pass.test:81/a", host="other.test"))
    assert lower(got.upstream) == forwarded("pass.test:81", x_forwarded_port="81")


def test_without_pass_host_header_the_host_is_the_server_s(running: Running, upstream: Upstream) -> None:
    got = asked(running, upstream, get("/a", host="own.test:81"))
    expected = forwarded("own.test:81", host=upstream.address, x_forwarded_port="81")
    assert (got.upstream.target, lower(got.upstream)) == ("/a", expected)


@pytest.mark.parametrize("fields", ["", "Connection: keep-alive\r\n"])
def test_http_1_0_without_host(running: Running, upstream: Upstream, fields: str) -> None:
    got = asked(running, upstream, f"GET /a HTTP/1.0\r\n{fields}\r\n")
    assert (got.status, got.upstream.line) == (200, "GET /a HTTP/1.1")
    assert lower(got.upstream) == forwarded("", host=upstream.address, x_forwarded_host=None)


def test_http_1_0_gets_no_chunks(running: Running, upstream: Upstream) -> None:
    with Connection(running.port()) as connection:
        connection.send(b"GET /chunks HTTP/1.0\r\nHost: pass.test\r\n\r\n")
        got = connection.read()
    assert (got.value("Transfer-Encoding"), got.body) == (None, b"hello\n")


@pytest.mark.parametrize("path", ANSWERS)
def test_answers(running: Running, upstream: Upstream, path: str) -> None:
    _, status, fields, body = ANSWERS[path]
    got = asked(running, upstream, get(path))
    assert (got.status, got.body, got.closed) == (status, body, False)
    assert got.fields == sorted({**fields, "date": "*"}.items())


def test_repeated_response_headers_and_the_upstream_s_date_stay(running: Running, upstream: Upstream) -> None:
    ANSWERS["/two"] = (b"HTTP/1.1 200 OK\r\nSet-Cookie: b\r\nSet-Cookie: a\r\nDate: then\r\n" + HELLO, 200, {}, "")
    with Connection(running.port()) as connection:
        got = connection.get("/two")
    del ANSWERS["/two"]
    assert [value for name, value in got.fields if name == "Set-Cookie"] == ["b", "a"]
    assert [value for name, value in got.fields if name == "Date"] == ["then"]


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ("", {}),
        (
            "Origin: http://o\r\nSec-WebSocket-Protocol: a, b\r\n",
            {"origin": "http://o", "sec_websocket_protocol": "a, b"},
        ),
        ("X-Forwarded-Proto: https\r\n", {"x_forwarded_proto": "wss", "x_forwarded_port": "443"}),
        ("X-Forwarded-For: 1.2.3.4\r\n", {"x_forwarded_for": "1.2.3.4, 127.0.0.1"}),
    ],
)
def test_websocket_handshakes(running: Running, upstream: Upstream, fields: str, changed: dict[str, str]) -> None:
    upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" + KEY
    got = asked(running, upstream, get("/ws", fields=upgrade + fields))
    assert got.status == 101
    assert got.fields == [("connection", "Upgrade"), ("upgrade", "websocket"), ("x-up", "1")]
    handshake = {"connection": "Upgrade", "upgrade": "websocket", "sec_websocket_version": "13"}
    expected = {"x_forwarded_proto": "ws", "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==", **handshake, **changed}
    assert lower(got.upstream) == forwarded("pass.test", **expected)


def test_a_request_behind_one_that_failed_is_read_from_its_start(running: Running, upstream: Upstream) -> None:
    with Connection(running.port()) as connection:
        first = "POST /eof HTTP/1.1\r\nHost: pass.test\r\nContent-Length: 3\r\n\r\nabc"
        connection.send((first + get("/plain")).encode())
        assert [connection.read().status, connection.read().text] == [502, "hello\n"]


def test_a_head_without_type_waits_for_its_body(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        rules = tmp_path / "rules.toml"
        rules.write_text(
            f'[backends.b.servers.s]\nurl = "http://127.0.0.1:{server.getsockname()[1]}"\n'
            '[frontends.f]\nbackend = "b"\nroutes.r.rule = "PathPrefix:/"\n'
        )
        with Running(f"--file.filename={rules}") as running, Connection(running.ready().port()) as client:
            client.send(get().encode())
            connection, _ = server.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.recv(65536)
                for piece in (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"<b>", b"hello\n"):
                    connection.sendall(piece)
                answer = client.read()
    assert (answer.value("Content-Type"), answer.text) == ("text/html; charset=utf-8", "<b>hello\n")
