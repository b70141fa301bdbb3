"""Annotations that change what upstream and client get: headers, white lists, protocols; bad values; three prefixes."""

from collections.abc import Mapping

import pytest

from support.exact import asked, forwarded, lower
from support.folder import Folder
from support.objects import Object, endpoints, ingress, served, service, subset
from support.upstream import Received, Upstream

PLAIN, TRAEFIK = "ingress.kubernetes.io/", "traefik.ingress.kubernetes.io/"
REQUEST, RESPONSE = PLAIN + "custom-request-headers", PLAIN + "custom-response-headers"
RANGE, FORWARDED = PLAIN + "whitelist-source-range", PLAIN + "whitelist-x-forwarded-for"

REQUESTS = [
    # annotation, header lines as sent, what changes upstream
    ({REQUEST: "X-Custom-Id: test"}, "", {"x_custom_id": "test"}),
    ({TRAEFIK + "custom-request-headers": "X-Custom-Id: test"}, "", {"x_custom_id": "test"}),
    ({REQUEST: "X-A: 1", TRAEFIK + "custom-request-headers": "X-A: 2"}, "", {"x_a": "1"}),
    ({REQUEST: "A: 1||B: 2"}, "", {"a": "1", "b": "2"}),
    ({REQUEST: " A : 1 ||\n  B:2||"}, "", {"a": "1", "b": "2"}),
    ({REQUEST: "A: b: c"}, "", {"a": "b: c"}),
    ({REQUEST: "A: 1||no colon||B: 2"}, "", {"a": "1", "b": "2"}),
    ({REQUEST: "no colon"}, "X-A: 1\r\n", {"x_a": "1"}),
    ({REQUEST: "X-Gone:"}, "x-gone: 1\r\nX-Stays: 1\r\n", {"x_stays": "1"}),
    ({REQUEST: "X-A: new"}, "X-A: old\r\nx-a: older\r\n", {"x_a": "new"}),
    ({REQUEST: "User-Agent: me||Authorization:"}, "User-Agent: you\r\nAuthorization: x\r\n", {"user_agent": "me"}),
    ({REQUEST: "X-Forwarded-For: 9.9.9.9"}, "X-Forwarded-For: 1.1.1.1\r\n", {"x_forwarded_for": "9.9.9.9, 127.0.0.1"}),
    ({REQUEST: "X-Forwarded-Proto: https"}, "", {"x_forwarded_proto": "https", "x_forwarded_port": "443"}),
    ({REQUEST: "X-Forwarded-For:"}, "X-Forwarded-For: 1.1.1.1\r\n", {}),
    ({REQUEST: "X-Real-Ip: 9.9.9.9"}, "", {"x_real_ip": "9.9.9.9"}),
    ({REQUEST: "Host: other.test"}, "", {}),
    ({REQUEST: 'X-Quote: a"b'}, "", {"x_quote": 'a"b'}),
    ({REQUEST: "X-Escape: a\\\\b"}, "", {"x_escape": "a\\b"}),
    ({REQUEST: ""}, "", {}),
]

RESPONSES = [
    # annotation, headers of the answer beside Content-Length and Date
    ({RESPONSE: "X-Out: yes"}, {"server": "up", "x-up": "1", "x-out": "yes"}),
    ({RESPONSE: "Server:||X-Up: 2"}, {"x-up": "2"}),
    ({TRAEFIK + "custom-response-headers": "server: me"}, {"server": "me", "x-up": "1"}),
    ({RESPONSE: "Content-Type: text/x"}, {"server": "up", "x-up": "1", "content-type": "text/x"}),
]

LISTS = [
    # annotations, X-Forwarded-For as sent, status
    ({RANGE: "127.0.0.1"}, "", 200),
    ({RANGE: "127.0.0.1/32"}, "", 200),
    ({RANGE: "127.0.0.0/8"}, "", 200),
    ({RANGE: "1.2.3.0/24, fe80::/16"}, "", 403),
    ({RANGE: " 1.2.3.0/24 ,, 127.0.0.1 "}, "", 200),
    ({TRAEFIK + "whitelist-source-range": "1.2.3.4"}, "", 403),
    ({RANGE: "1.2.3.4"}, "1.2.3.4", 403),
    ({RANGE: "1.2.3.4", FORWARDED: "true"}, "1.2.3.4", 200),
    ({RANGE: "1.2.3.4", FORWARDED: "1"}, "9.9.9.9, 1.2.3.4", 200),
    ({RANGE: "1.2.3.4", FORWARDED: "true"}, "9.9.9.9", 403),
    ({RANGE: "127.0.0.1", FORWARDED: "true"}, "9.9.9.9", 200),
    ({RANGE: "127.0.0.1", FORWARDED: "true"}, "nonsense", 403),
    ({RANGE: "127.0.0.1", FORWARDED: "true"}, "", 200),
    ({RANGE: "1.2.3.4", FORWARDED: "yes"}, "1.2.3.4", 403),
    ({RANGE: "1.2.3.4", TRAEFIK + "whitelist-x-forwarded-for": "True"}, "1.2.3.4", 200),
    ({RANGE: "127.0.0.1/33"}, "", 404),
    ({RANGE: "127.0.0.1, nonsense"}, "", 404),
    ({RANGE: ""}, "", 200),
    ({RANGE: " , "}, "", 200),
]

SCHEMES = [
    # host, annotations, status; servers that need TLS or HTTP/2 can't be reached in clear
    ("by-number", "https-port", 443, {}, 502),
    ("by-name", "https-name", "https-x", {}, 502),
    ("by-annotation", "web", 80, {PLAIN + "protocol": "https"}, 502),
    ("h2c", "web", 80, {TRAEFIK + "protocol": "h2c"}, 502),
    ("http", "https-port", 443, {TRAEFIK + "protocol": "http"}, 200),
]


def answer(_: Received) -> bytes:
    return b"HTTP/1.1 200 OK\r\nServer: up\r\nX-Up: 1\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(scope="module")
def objects(upstream: Upstream) -> list[Object]:
    upstream.answer = answer
    made: list[Object] = [*served("web", upstream)]
    made += [service("https-port", [("x", 443)]), endpoints("https-port", subset(upstream, port="x"))]
    made += [service("https-name", [("https-x", 80)]), endpoints("https-name", subset(upstream, port="https-x"))]
    tables: dict[str, list[Mapping[str, str]]] = {
        "request": [row[0] for row in REQUESTS],
        "response": [row[0] for row in RESPONSES],
        "list": [row[0] for row in LISTS],
    }
    for name, rows in tables.items():
        for index, annotations in enumerate(rows):
            made.append(ingress(f"{name}-{index}", [(f"{name}-{index}.test", [("", "web", 80)])], annotations))
    for host, name, port, annotations, _ in SCHEMES:
        made.append(ingress(host, [(f"{host}.test", [("", name, port)])], annotations))
    return made


def get(host: str, fields: str = "") -> str:
    return f"GET / HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n"


@pytest.mark.parametrize("index", range(len(REQUESTS)), ids=lambda index: str(REQUESTS[index][:2]))
def test_request_headers(folder: Folder, upstream: Upstream, index: int) -> None:
    assert folder.running is not None
    _, fields, changed = REQUESTS[index]
    got = asked(folder.running, upstream, get(f"request-{index}.test", fields))
    assert lower(got.upstream) == forwarded(f"request-{index}.test", **changed)


@pytest.mark.parametrize("index", range(len(RESPONSES)), ids=lambda index: str(RESPONSES[index][0]))
def test_response_headers(folder: Folder, upstream: Upstream, index: int) -> None:
    assert folder.running is not None
    got = asked(folder.running, upstream, get(f"response-{index}.test"))
    assert got.fields == sorted({**RESPONSES[index][1], "content-length": "0", "date": "*"}.items())


@pytest.mark.parametrize("index", range(len(LISTS)), ids=lambda index: str(LISTS[index][:2]))
def test_white_lists(folder: Folder, upstream: Upstream, index: int) -> None:
    assert folder.running is not None
    _, client, status = LISTS[index]
    fields = f"X-Forwarded-For: {client}\r\n" if client else ""
    got = asked(folder.running, upstream, get(f"list-{index}.test", fields))
    assert (got.status, len(got.received)) == (status, 1 if status == 200 else 0)
    assert got.body == {200: "", 403: "Forbidden", 404: "404 page not found\n"}[status]


@pytest.mark.parametrize("case", SCHEMES, ids=lambda case: case[0])
def test_schemes(folder: Folder, upstream: Upstream, case: tuple[str, str, int | str, dict[str, str], int]) -> None:
    assert folder.running is not None
    got = asked(folder.running, upstream, get(f"{case[0]}.test"))
    assert (got.status, got.body) == (case[4], "" if case[4] == 200 else "Bad Gateway")
