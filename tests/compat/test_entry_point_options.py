"""Options of entry points with real requests, in the syntax of flags and of TOML, and what they guard."""

import base64
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Answer, Connection
from support.running import Running, run
from support.upstream import Received, Upstream
from support.waiting import until

SHA = "bob:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M="  # test
BOB = {"Authorization": "Basic " + base64.b64encode(b"bob:test").decode()}
RULES = """
defaultEntryPoints = ["http", "whole", "regex", "asks", "filters", "packs", "introduced", "trusts", "file"]
[backends.b.servers.s]
url = "http://{address}"
[frontends.f]
backend = "b"
passHostHeader = true
routes.r.rule = "Host:a.test"
[file]
[api]
entryPoint = "asks"
[ping]
entryPoint = "asks"
[entryPoints.http]
address = "127.0.0.1:0"
[entryPoints.traefik]
address = "127.0.0.1:0"
[entryPoints.whole]
address = "127.0.0.1:0"
redirect.entryPoint = "http"
redirect.permanent = true
[entryPoints.regex]
address = "127.0.0.1:0"
redirect.regex = '^http://a.test/(.*)$'
redirect.replacement = 'http://b.test/$1'
[entryPoints.asks]
address = "127.0.0.1:0"
auth.headerField = "X-User"
auth.basic.users = ['{sha}']
[entryPoints.file]
address = "127.0.0.1:0"
auth.basic.usersFile = "{users}"
[entryPoints.filters]
address = "127.0.0.1:0"
whiteList.sourceRange = ["10.0.0.0/8"]
whiteList.useXForwardedFor = true
[entryPoints.packs]
address = "127.0.0.1:0"
compress = true
[entryPoints.introduced]
address = "127.0.0.1:0"
proxyProtocol.trustedIPs = ["127.0.0.1"]
[entryPoints.trusts]
address = "127.0.0.1:0"
forwardedHeaders.trustedIPs = ["10.0.0.0/8"]
"""
FLAGS = (
    "--entryPoints=Name:http Address:127.0.0.1:0",
    "--entryPoints=Name:whole Address:127.0.0.1:0 Redirect.EntryPoint:http Redirect.Permanent:true",
    r"--entryPoints=Name:regex Address:127.0.0.1:0 Redirect.Regex:^http://a.test/(.*)$"
    " Redirect.Replacement:http://b.test/$1",
    f"--entryPoints=Name:asks Address:127.0.0.1:0 Auth.HeaderField:X-User Auth.Basic.Users:{SHA}",
    "--entryPoints=Name:filters Address:127.0.0.1:0 WhiteList.SourceRange:10.0.0.0/8 WhiteList.UseXForwardedFor:on",
    "--entryPoints=Name:packs Address:127.0.0.1:0 Compress:true",
    "--entryPoints=Name:introduced Address:127.0.0.1:0 ProxyProtocol.TrustedIPs:127.0.0.1",
    "--entryPoints=Name:trusts Address:127.0.0.1:0 ForwardedHeaders.TrustedIPs:10.0.0.0/8",
)


def answer(request: Received) -> bytes:
    body = b"x" * 4000 if request.target == "/long" else b"up\n"
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream("up", answer=answer) as made:
        yield made


@pytest.fixture(scope="module", params=["toml", "flags"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, upstream: Upstream
) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("points")
    (home / "users").write_text(f"# people\n\n {SHA} \n")
    config = RULES.format(address=upstream.address, sha=SHA, users=home / "users")
    (home / "traefik.toml").write_text(config)
    flags = FLAGS if request.param == "flags" else ()
    with Bare(f"--configFile={home}/traefik.toml", *flags) as made:
        made.served_on("http")
        yield made


class Bare(Running):
    """The product with nothing but what it is told."""

    def __init__(self, *flags: str) -> None:
        self.flags = flags
        super().__init__(*flags, bare=True)

    def served_on(self, point: str) -> None:
        """Waits for the routes."""
        until(lambda: self.ask(point).status == 200, what="the route")

    def ask(self, point: str, path: str = "/", host: str = "a.test", **fields: str) -> Answer:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        return self.raw(point, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode())

    def raw(self, point: str, data: bytes) -> Answer:
        with Connection(self.port(point)) as connection:
            connection.send(data)
            return connection.read()


def test_redirects(running: Bare) -> None:
    got = running.ask("whole", "/x?y", "any.test:81")
    assert (got.status, got.value("Location")) == (301, "http://any.test:0/x?y")
    got = running.ask("regex", "/x?y")
    assert (got.status, got.value("Location")) == (302, "http://b.test/x?y")
    assert running.ask("regex", host="c.test").status == 404


def test_authentication_guards_frontends_and_internal_routes_but_not_ping(running: Bare, upstream: Upstream) -> None:
    for path in ("/", "/x", "/api", "/nowhere"):
        got = running.ask("asks", path)
        assert (got.status, got.value("WWW-Authenticate")) == (401, 'Basic realm="traefik"')
    assert running.ask("asks", "/ping").text == "OK"
    assert running.ask("asks", "/api", **BOB).status == 200
    upstream.received.clear()
    assert running.ask("asks", "/x", **BOB).text == "up\n"
    assert upstream.received[0].values("X-User") == ["bob"]


def test_users_come_from_a_file(running: Bare) -> None:
    if "--entryPoints=Name:http Address:127.0.0.1:0" in running.flags:
        pytest.skip("flags have no usersFile")
    assert running.ask("file").status == 401
    assert running.ask("file", **BOB).text == "up\n"


def test_addresses_are_filtered(running: Bare) -> None:
    got = running.ask("filters")
    assert (got.status, got.text) == (403, "Forbidden")
    assert running.ask("filters", X_Forwarded_For="10.1.2.3").text == "up\n"


def test_answers_are_compressed(running: Bare) -> None:
    got = running.ask("packs", "/long", Accept_Encoding="gzip")
    assert (got.value("Content-Encoding"), got.value("Vary")) == ("gzip", "Accept-Encoding")
    assert len(got.body) < 1000
    assert running.ask("packs", Accept_Encoding="gzip").value("Content-Encoding") is None
    assert running.ask("http", "/long", Accept_Encoding="gzip").value("Content-Encoding") is None


def test_connections_are_introduced(running: Bare, upstream: Upstream) -> None:
    upstream.received.clear()
    request = b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"
    assert running.raw("introduced", b"PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n" + request).text == "up\n"
    assert upstream.received[0].values("X-Real-Ip") == ["192.0.2.7"]
    assert running.raw("introduced", request).text == "up\n"


def test_forwarded_headers_of_strangers_are_not_believed(running: Bare, upstream: Upstream) -> None:
    upstream.received.clear()
    running.ask("trusts", X_Forwarded_Proto="https")
    assert upstream.received[0].values("X-Forwarded-Proto") == ["http"]


REFUSED = [
    ("Redirect.EntryPoint:nowhere", "is not an entry point"),
    ("Redirect.EntryPoint:http", "is the entry point itself"),
    ("Redirect.Regex:( Redirect.Replacement:x", "redirect.regex"),
    ("Auth.Basic.Users:bob", "is no user line"),
    ("Auth.Digest.Users:bob:x", "is no user line"),
    ("WhiteList.SourceRange:10.0.0.0/33", "CIDR range"),
    ("ProxyProtocol.Insecure:false", "trusts nobody"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_a_start_is_refused(options: str, message: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    status, told = run(f"--entryPoints=Name:http Address:127.0.0.1:{port} {options}", f"--stateDir={tmp_path}/state")
    assert status == 1
    assert message in told
    assert "Traceback" not in told
