"""Each example does what its first line says, as real requests."""

import base64
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.client import Answer
from support.deployed import DEPLOY, MANIFESTS
from support.running import Running
from support.upstream import Received, Upstream

EXAMPLES = {path.stem: path for path in sorted((DEPLOY / "examples").glob("*.yaml"))}
NAMES = ("shop", "shop-next", "errors", "api")
LATER = {"redirect-to-https"}
"""Needs a certificate and a second entry point."""


def answering(name: str) -> Callable[[Received], bytes]:
    """An answer that names the service and the path that it saw; 500 for /broken."""

    def answer(request: Received) -> bytes:
        status = b"500 Internal Server Error" if request.target.endswith("/broken") else b"200 OK"
        body = f"{name} {request.target}".encode()
        return b"HTTP/1.1 %s\r\nServer: mine\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)

    return answer


@pytest.fixture(scope="module")
def upstreams() -> Iterator[dict[str, list[Upstream]]]:
    made = {name: [Upstream(name, answering(name)) for _ in range(2)] for name in NAMES}
    yield made
    for each in made.values():
        for one in each:
            one.close()


def adapted(stem: str, upstreams: dict[str, list[Upstream]]) -> Iterator[dict[str, Any]]:
    """An example in a namespace and under hosts of its own, its Services at servers of this machine."""
    text = EXAMPLES[stem].read_text().replace("shop.example.com", f"{stem}.test")
    for thing in yaml.safe_load_all(text.replace("errors.example.com", f"errors.{stem}.test")):
        thing["metadata"]["namespace"] = stem
        if thing["kind"] == "Service":
            servers = ", ".join(one.address for one in upstreams[thing["metadata"]["name"]])
            thing["metadata"].setdefault("annotations", {})["pointsman.io/servers"] = servers
        yield thing


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, upstreams: dict[str, list[Upstream]]) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("examples")
    for stem in EXAMPLES.keys() - LATER:
        (folder / f"{stem}.yaml").write_text(yaml.safe_dump_all(adapted(stem, upstreams)))
    (folder / "class.yaml").write_text((MANIFESTS / "common" / "ingressclass.yaml").read_text())
    with Running(f"--kubernetes.manifests={folder}") as product:
        yield product.ready()


def canary(ask: Callable[..., Answer], seen: dict[str, list[Upstream]]) -> None:
    shares = Counter(ask("/").text for _ in range(100))
    assert shares == {"shop /": 90, "shop-next /": 10}


def white_list(ask: Callable[..., Answer], seen: dict[str, list[Upstream]]) -> None:
    assert ask("/").status == 403


def headers(ask: Callable[..., Answer], seen: dict[str, list[Upstream]]) -> None:
    answer = ask("/", X_Debug="1")
    assert answer.value("Cache-Control") == "no-store"
    assert answer.value("Server") is None
    assert answer.value("X-Frame-Options") == "DENY"
    assert answer.value("X-Content-Type-Options") == "nosniff"
    assert answer.value("Referrer-Policy") == "same-origin"
    (got,) = [one for each in seen["shop"] for one in each.received if one.values("Host") == ["headers.test"]]
    assert got.values("X-Tenant") == ["shop"]
    assert got.values("X-Debug") == []


def basic_auth(ask: Callable[..., Answer], seen: dict[str, list[Upstream]]) -> None:
    assert ask("/").status == 401
    given = base64.b64encode(b"admin:change-me").decode()
    assert ask("/", Authorization=f"Basic {given}").text == "shop /"
    (got,) = [one for each in seen["shop"] for one in each.received if one.values("Host") == ["basic-auth.test"]]
    assert got.values("X-User") == ["admin"]
    assert got.values("Authorization") == []


def error_pages(ask: Callable[..., Answer], seen: dict[str, list[Upstream]]) -> None:
    answer = ask("/broken")
    assert (answer.status, answer.text) == (500, "errors /500.html")
    assert ask("/fine").text == "shop /fine"


def rate_limit(ask: Callable[..., Answer], seen: dict[str, list[Upstream]]) -> None:
    statuses = Counter(ask("/").status for _ in range(400))
    assert set(statuses) == {200, 429}
    assert statuses[200] >= 200


def sticky(ask: Callable[..., Answer], seen: dict[str, list[Upstream]]) -> None:
    cookie = (ask("/").value("Set-Cookie") or "").partition(";")[0]
    assert cookie.startswith("shop-pod=")
    before = [len(each.received) for each in seen["shop"]]
    for _ in range(6):
        ask("/", Cookie=cookie)
    grown = [len(each.received) - was for each, was in zip(seen["shop"], before, strict=True)]
    assert sorted(grown) == [0, 6]


def paths(ask: Callable[..., Answer], seen: dict[str, list[Upstream]]) -> None:
    assert ask("/api/users?a=b").text == "api /users?a=b"
    assert ask("/old/x").text == "shop /new/x"


CHECKS = {check.__name__.replace("_", "-"): check for check in (
    canary, white_list, headers, basic_auth, error_pages, rate_limit, sticky, paths,
)}  # fmt: skip


@pytest.mark.parametrize("stem", sorted(EXAMPLES.keys() - LATER))
def test_it_does_what_it_says(stem: str, running: Running, upstreams: dict[str, list[Upstream]]) -> None:
    def ask(path: str, **fields: str) -> Answer:
        return running.get(path, f"{stem}.test", **fields)

    CHECKS[stem](ask, upstreams)


def test_every_example_is_checked() -> None:
    assert CHECKS.keys() | LATER == EXAMPLES.keys()
    assert all(Path(path).exists() for path in EXAMPLES.values())
