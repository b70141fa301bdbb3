"""Entry points and global options: whose headers are believed, what is served where, internal routes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Connection, get
from support.exact import HOSTNAME, forwarded, lower
from support.running import Running
from support.upstream import Upstream

MANAGED = (
    "X-Forwarded-For: 1.2.3.4\r\nX-Real-Ip: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\n"
    "X-Forwarded-Port: 1\r\nX-Forwarded-Server: s\r\nX-Forwarded-Uri: /u\r\nX-Forwarded-Method: M\r\n"
    "X-Forwarded-Prefix: /p\r\nX-Replaced-Path: /r\r\n"
)
BELIEVED = {
    "x_forwarded_for": "1.2.3.4, 127.0.0.1",
    "x_real_ip": "1.2.3.4",
    "x_forwarded_proto": "https",
    "x_forwarded_host": "h",
    "x_forwarded_port": "1",
    "x_forwarded_uri": "/u",
    "x_forwarded_method": "M",
}
ALWAYS = {"x_forwarded_prefix": "/p", "x_replaced_path": "/r"}

FLAGS = [
    "Name:insecure Address:127.0.0.1:0 ForwardedHeaders.Insecure:true",
    "Name:secure Address:127.0.0.1:0 ForwardedHeaders.Insecure:false ForwardedHeaders.TrustedIPs:10.0.0.0/8",
    "Name:trusted Address:127.0.0.1:0 ForwardedHeaders.TrustedIPs:127.0.0.1/32,10.0.0.0/8",
    "Name:claimed Address:127.0.0.1:0 forwardedheaders.trustedips:1.2.3.4",
    "Name:neither Address:127.0.0.1:0 ForwardedHeaders.Insecure:false",
]

RULES = """
[backends.main.servers.s]
url = "http://{main}"
[backends.other.servers.s]
url = "http://{other}"
[frontends.main]
backend = "main"
passHostHeader = true
entryPoints = ["http", "insecure", "secure", "trusted", "claimed", "neither"]
routes.r.rule = "Host:main.test"
[frontends.defaulted]
backend = "other"
routes.r.rule = "Host:defaulted.test"
[frontends.some-unknown]
backend = "other"
entryPoints = ["nowhere", "secure"]
routes.r.rule = "Host:some-unknown.test"
[frontends.all-unknown]
backend = "other"
entryPoints = ["nowhere"]
routes.r.rule = "Host:all-unknown.test"
[frontends.no-routes]
backend = "other"
entryPoints = ["claimed"]
[frontends.and]
backend = "other"
routes.a.rule = "Host:and.test"
routes.b.rule = "PathPrefix:/a"
routes.c.rule = "Method:GET"
[frontends.ping]
backend = "other"
routes.a.rule = "Path:/ping"
entryPoints = ["traefik", "http"]
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream, other: Upstream) -> Iterator[Running]:
    rules = tmp_path_factory.mktemp("rules") / Path("rules.toml")
    rules.write_text(RULES.format(main=upstream.address, other=other.address))
    with Running(f"--file.filename={rules}", *(f"--entryPoints={flag}" for flag in FLAGS)) as made:
        yield made.ready()


@pytest.mark.parametrize(
    ("entry_point", "believed"),
    [("http", True), ("insecure", True), ("secure", False), ("trusted", True), ("claimed", True)],
)
def test_whose_forwarded_headers_are_believed(
    running: Running, upstream: Upstream, entry_point: str, believed: bool
) -> None:
    upstream.received.clear()
    with Connection(running.port(entry_point)) as connection:
        connection.send(f"GET / HTTP/1.1\r\nHost: main.test\r\n{MANAGED}\r\n".encode())
        assert connection.read().status == 200
    (request,) = upstream.received
    assert lower(request) == forwarded("main.test", **{**ALWAYS, **(BELIEVED if believed else {})})
    assert request.values("X-Forwarded-Server") == [HOSTNAME]


@pytest.mark.parametrize(
    ("entry_point", "host", "target", "text"),
    [
        ("neither", "main.test", "/", "404 page not found\n"),
        ("secure", "main.test", "/", "main\n"),
        ("http", "defaulted.test", "/", "other\n"),
        ("secure", "defaulted.test", "/", "404 page not found\n"),
        ("secure", "some-unknown.test", "/", "other\n"),
        ("http", "some-unknown.test", "/", "404 page not found\n"),
        ("http", "all-unknown.test", "/", "404 page not found\n"),
        ("claimed", "any.test", "/x", "other\n"),
        ("claimed", "main.test", "/x", "main\n"),
        ("http", "and.test", "/a", "other\n"),
        ("http", "and.test", "/b", "404 page not found\n"),
        ("http", "any.test", "/ping", "other\n"),
        ("traefik", "any.test", "/ping", "OK"),
        ("traefik", "any.test", "/ping?x=y", "OK"),
        ("traefik", "any.test", "/pingx", "404 page not found\n"),
        ("traefik", "main.test", "/", None),
    ],
)
def test_what_is_served_where(running: Running, entry_point: str, host: str, target: str, text: str | None) -> None:
    answer = get(running.port(entry_point), target, host)
    if text is None:
        assert (answer.status, answer.value("Location")) in ((302, "/dashboard/"), (404, None))
    else:
        assert answer.text == text
