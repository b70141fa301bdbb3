"""Middlewares and options of backends: each from a TOML file and from annotations, the same answers."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
import yaml

from support.client import Answer, Connection
from support.objects import Object, endpoints, ingress, service, subset
from support.running import Running
from support.upstream import Received, Upstream

P = "ingress.kubernetes.io/"
APR1 = "ann:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/"  # test
SHA = "bob:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M="  # test
DIGEST = "ann:traefik:" + hashlib.md5(b"ann:traefik:test", usedforsecurity=False).hexdigest()


class Case(NamedTuple):
    """One option: its TOML below the frontend and the backend, its annotations on Ingress and Service."""

    frontend: str = ""
    annotations: dict[str, str] = {}
    backend: str = ""
    service: dict[str, str] = {}


CASES = {
    "plain": Case(),
    "to-entry-point": Case('redirect.entryPoint = "traefik"', {"redirect-entry-point": "traefik"}),
    "for-ever": Case(
        'redirect.entryPoint = "traefik"\nredirect.permanent = true',
        {"redirect-entry-point": "traefik", "redirect-permanent": "true"},
    ),
    "regex": Case(
        "redirect.regex = '^http://([^/]+)/old/(.*)$'\nredirect.replacement = 'http://$1/new/${2}'",
        {"redirect-regex": "^http://([^/]+)/old/(.*)$", "redirect-replacement": "http://$1/new/${2}"},
    ),
    "secured": Case(
        """
headers.frameDeny = true
headers.contentTypeNosniff = true
headers.browserXSSFilter = true
headers.contentSecurityPolicy = "default-src 'self'"
headers.referrerPolicy = "no-referrer"
headers.stsSeconds = 60
headers.stsIncludeSubdomains = true
headers.stsPreload = true
headers.forceSTSHeader = true
""",
        {
            "frame-deny": "true",
            "content-type-nosniff": "true",
            "browser-xss-filter": "true",
            "content-security-policy": "default-src 'self'",
            "referrer-policy": "no-referrer",
            "hsts-max-age": "60",
            "hsts-include-subdomains": "true",
            "hsts-preload": "true",
            "force-hsts": "true",
        },
    ),
    "custom-over-secured": Case(
        'headers.frameDeny = true\nheaders.customResponseHeaders = {X-Frame-Options = "ALLOWALL"}',
        {"frame-deny": "true", "custom-response-headers": "X-Frame-Options:ALLOWALL"},
    ),
    "ssl": Case(
        'headers.sslRedirect = true\nheaders.sslProxyHeaders = {X-Tls = "yes"}',
        {"ssl-redirect": "true", "ssl-proxy-headers": "X-Tls:yes"},
    ),
    "ssl-for-now": Case(
        'headers.sslRedirect = true\nheaders.sslTemporaryRedirect = true\nheaders.sslHost = "secure.test"',
        {"ssl-redirect": "true", "ssl-temporary-redirect": "true", "ssl-host": "secure.test"},
    ),
    "hosts": Case(
        'headers.allowedHosts = ["Good.test"]\nheaders.hostsProxyHeaders = ["X-Asked"]',
        {"allowed-hosts": "Good.test", "proxy-headers": "X-Asked"},
    ),
    "development": Case(
        'headers.allowedHosts = ["good.test"]\nheaders.sslRedirect = true\nheaders.isDevelopment = true',
        {"allowed-hosts": "good.test", "ssl-redirect": "true", "is-development": "true"},
    ),
    "basic": Case(
        f"auth.headerField = 'X-User'\nauth.basic.users = ['{APR1}', '{SHA}']\nauth.basic.removeHeader = true",
        {
            "auth-type": "basic",
            "auth-secret": "basic",
            "auth-header-field": "X-User",
            "auth-remove-header": "true",
        },
    ),
    "digest": Case(
        f"auth.headerField = 'X-User'\nauth.digest.users = ['{DIGEST}']",
        {"auth-type": "digest", "auth-secret": "digest", "auth-header-field": "X-User"},
    ),
    "asked": Case(
        'auth.forward.address = "http://@other@/check"\nauth.forward.authResponseHeaders = ["X-Told"]',
        {"auth-type": "forward", "auth-url": "http://@other@/check", "auth-response-headers": "X-Told"},
    ),
    "paged": Case(
        'errors.e.status = ["500-599"]\nerrors.e.backend = "pages.@kind@.test"\nerrors.e.query = "/{status}.html"',
        {"error-pages": "e: {status: ['500-599'], backend: pages.@kind@.test, query: '/{status}.html'}"},
    ),
    "pages": Case(),
    # What is broken answers 404, whether the frontend is dropped or the access rule closes it.
    "bad-target": Case('redirect.entryPoint = "nowhere"', {"redirect-entry-point": "nowhere"}),
    "bad-regex": Case(
        'redirect.regex = "("\nredirect.replacement = "x"', {"redirect-regex": "(", "redirect-replacement": "x"}
    ),
    "bad-users": Case('auth.basic.users = ["nobody"]', {"auth-type": "basic", "auth-secret": "bad"}),
    "bad-file": Case('auth.basic.usersFile = "/nowhere"', {"auth-type": "basic", "auth-secret": "nowhere"}),
    "bad-rate": Case(
        'ratelimit.extractorFunc = "client.ip"\nratelimit.rateset.r = {period="1s", average=0, burst=2}',
        {"rate-limit": "extractorfunc: client.ip\nrateset: {r: {period: 1s, average: 0, burst: 2}}"},
    ),
    "bad-breaker": Case(
        backend='circuitBreaker.expression = "NetworkErrorRatio() > 1"',
        service={"circuit-breaker-expression": "NetworkErrorRatio() > 1"},
    ),
    "bad-source": Case(
        backend='maxConn = {amount = 1, extractorFunc = "client.port"}',
        service={"max-conn-amount": "1", "max-conn-extractor-func": "client.port"},
    ),
    "bad-tls": Case(
        'auth.forward.address = "https://127.0.0.1:1"', {"auth-type": "forward", "auth-url": "https://127.0.0.1:1"}
    ),
}
Host = Callable[[str], str]


def answer(request: Received) -> bytes:
    """Of the main server: what the path asks for."""
    status = {"/fail": b"503 Oh", "/odd": b"500 Odd"}.get(request.target, b"200 OK")
    return b"HTTP/1.1 %b\r\nServer: up\r\nContent-Length: 5\r\n\r\nmain\n" % status


def second(request: Received) -> bytes:
    """Of the server of pages, and the one that decides who may pass."""
    if request.target.startswith("/check"):
        if request.values("X-Pass"):
            return b"HTTP/1.1 200 OK\r\nX-Told: hello\r\nX-Kept: no\r\nContent-Length: 0\r\n\r\n"
        return b"HTTP/1.1 418 Teapot\r\nX-Why: tea\r\nContent-Length: 2\r\n\r\nno"
    body = f"page {request.target}\n".encode()
    return b"HTTP/1.1 200 OK\r\nX-Page: yes\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture(scope="module")
def other() -> Iterator[Upstream]:
    with Upstream("other", answer=second) as made:
        yield made


@pytest.fixture(scope="module")
def main() -> Iterator[Upstream]:
    with Upstream("main", answer=answer) as made:
        yield made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, main: Upstream, other: Upstream) -> Iterator[Running]:
    """Both providers; names are `CASE.file.test` and `CASE.kubernetes.test`."""
    home = tmp_path_factory.mktemp("both")
    (home / "rules.toml").write_text("\n".join(_toml(name, case, main, other) for name, case in CASES.items()))
    (home / "objects").mkdir()
    objects = [each for name, case in CASES.items() for each in _objects(name, case, main, other)]
    (home / "objects" / "objects.yaml").write_text(yaml.safe_dump_all([*objects, *_secrets()]))
    flags = (f"--file.filename={home}/rules.toml", f"--kubernetes.manifests={home}/objects")
    with Running(*flags) as made:
        yield made.ready()


def _filled(text: str, kind: str, other: Upstream) -> str:
    return text.replace("@kind@", kind).replace("@other@", other.address)


def _toml(name: str, case: Case, main: Upstream, other: Upstream) -> str:
    key, served = f'"{name}.file.test"', other if name == "pages" else main
    text = f"""
[backends.{key}]
servers.s.url = "http://{served.address}"
{case.backend}
[frontends.{key}]
backend = {key}
passHostHeader = true
routes.r.rule = "Host:{name}.file.test"
{case.frontend}
"""
    return _filled(text, "file", other)


def _objects(name: str, case: Case, main: Upstream, other: Upstream) -> list[Object]:
    served = other if name == "pages" else main
    annotations = {P + key: _filled(value, "kubernetes", other) for key, value in case.annotations.items()}
    return [
        ingress(name, [(f"{name}.kubernetes.test", [("", name, 80)])], annotations),
        service(name, annotations={P + key: value for key, value in case.service.items()}),
        endpoints(name, subset(served)),
    ]


def _secrets() -> list[Object]:
    texts = {"basic": f"{APR1}\n{SHA}\n", "digest": f"{DIGEST}\n", "bad": "nobody\n"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": "default"},
            "data": {"auth": base64.b64encode(text.encode()).decode()},
        }
        for name, text in texts.items()
    ]


@pytest.fixture(params=["file", "kubernetes"])
def host(request: pytest.FixtureRequest) -> Host:
    """The host of a case, from one provider or the other."""
    return lambda name: f"{name}.{request.param}.test"


def ask(running: Running, host: str, path: str = "/", method: str = "GET", **fields: str) -> Answer:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    with Connection(running.port()) as connection:
        connection.send(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode())
        return connection.read()


def test_plain(running: Running, host: Host) -> None:
    assert ask(running, host("plain")).text == "main\n"


@pytest.mark.parametrize(
    ("case", "method", "status"),
    [
        ("to-entry-point", "GET", 302),
        ("to-entry-point", "POST", 307),
        ("for-ever", "GET", 301),
        ("for-ever", "PUT", 308),
    ],
)
def test_redirects_to_an_entry_point(running: Running, host: Host, case: str, method: str, status: int) -> None:
    got = ask(running, host(case), "/x//y?z=%20", method)
    assert (got.status, got.value("Location")) == (status, f"http://{host(case)}:0/x//y?z=%20")


def test_redirects_by_regular_expression(running: Running, host: Host) -> None:
    got = ask(running, host("regex"), "/old/a?b")
    assert (got.status, got.value("Location")) == (302, f"http://{host('regex')}/new/a?b")
    assert ask(running, host("regex"), "/new/a").text == "main\n"


def test_security_headers(running: Running, host: Host) -> None:
    got = ask(running, host("secured"))
    assert (got.status, got.text) == (200, "main\n")
    assert {name.lower(): value for name, value in got.fields} == {
        "server": "up",
        "content-length": "5",
        "content-type": "text/plain; charset=utf-8",
        "date": got.value("Date") or "",
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "x-xss-protection": "1; mode=block",
        "content-security-policy": "default-src 'self'",
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=60; includeSubDomains; preload",
    }


def test_custom_headers_win_over_security_headers(running: Running, host: Host) -> None:
    assert ask(running, host("custom-over-secured")).value("X-Frame-Options") == "ALLOWALL"


def test_ssl_redirects(running: Running, host: Host) -> None:
    got = ask(running, host("ssl"), "/a?b")
    assert (got.status, got.value("Location")) == (301, f"https://{host('ssl')}/a?b")
    assert ask(running, host("ssl"), X_Tls="yes").text == "main\n"
    got = ask(running, host("ssl-for-now"), "/a")
    assert (got.status, got.value("Location")) == (307, "https://secure.test/a")


def test_allowed_hosts(running: Running, host: Host) -> None:
    got = ask(running, host("hosts"))
    assert (got.status, got.text) == (500, "Bad Host\n")
    assert ask(running, host("hosts"), X_Asked="GOOD.test").text == "main\n"
    assert ask(running, host("development")).text == "main\n"


def test_basic_authentication(running: Running, host: Host, main: Upstream) -> None:
    def with_password(user: str) -> Answer:
        return ask(running, host("basic"), Authorization=f"Basic {base64.b64encode(user.encode()).decode()}")

    got = ask(running, host("basic"))
    assert (got.status, got.text) == (401, "401 Unauthorized\n")
    assert got.value("WWW-Authenticate") == 'Basic realm="traefik"'
    assert with_password("ann:wrong").status == 401
    for user in ("ann", "bob"):
        main.received.clear()
        assert with_password(f"{user}:test").text == "main\n"
        assert main.received[0].values("X-User") == [user]
        assert main.received[0].values("Authorization") == []


def test_digest_authentication(running: Running, host: Host, main: Upstream) -> None:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    def with_password(password: str) -> Answer:
        got = ask(running, host("digest"))
        challenge = got.value("WWW-Authenticate") or ""
        assert got.status == 401
        assert challenge.startswith("Digest ")
        parts = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        secret = md5(f"ann:{parts['realm']}:{password}")
        response = md5(f"{secret}:{parts['nonce']}:00000001:abc:auth:{md5('GET:/')}")
        return ask(
            running,
            host("digest"),
            Authorization=f'Digest username="ann", realm="{parts["realm"]}", nonce="{parts["nonce"]}", uri="/",'
            f' qop=auth, nc=00000001, cnonce="abc", response="{response}", opaque="{parts.get("opaque", "")}",'
            ' algorithm="MD5"',
        )

    assert with_password("wrong").status == 401
    main.received.clear()
    assert with_password("test").text == "main\n"
    assert main.received[0].values("X-User") == ["ann"]


def test_another_server_decides(running: Running, host: Host, main: Upstream, other: Upstream) -> None:
    main.received.clear()
    other.received.clear()
    got = ask(running, host("asked"), "/a?b")
    assert (got.status, got.text, got.value("X-Why")) == (418, "no", "tea")
    assert main.received == []
    asked = other.received[0]
    assert (asked.line, asked.values("X-Forwarded-Uri")) == ("GET /check HTTP/1.1", ["/a?b"])
    assert asked.values("X-Forwarded-Method") == ["GET"]
    got = ask(running, host("asked"), X_Pass="1", X_Told="forged")
    assert got.text == "main\n"
    assert main.received[0].values("X-Told") == ["hello"]
    assert main.received[0].values("X-Kept") == []


def test_error_pages(running: Running, host: Host) -> None:
    got = ask(running, host("paged"), "/fail")
    assert (got.status, got.text, got.value("X-Page")) == (503, "page /503.html\n", "yes")
    assert ask(running, host("paged"), "/odd").text == "page /500.html\n"
    assert ask(running, host("paged")).text == "main\n"


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("bad-")])
def test_what_is_broken_answers_404_and_is_told(running: Running, host: Host, name: str) -> None:
    got = ask(running, host(name))
    assert (got.status, got.text) == (404, "404 page not found\n")
    told = running.admin("/api/v2/problems").text
    assert host(name) in told or f"default/{name}" in told


def test_no_secret_is_shown(running: Running) -> None:
    for path in ("/api", "/api/v2/problems", "/api/v2/routers", "/api/v2/services"):
        shown = running.admin(path).text
        for secret in (APR1, SHA, DIGEST):
            assert secret.split(":")[-1] not in shown, path
            assert secret.split(":")[-1] not in running.told()
