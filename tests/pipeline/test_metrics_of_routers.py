"""Figures by router, with the labels that tell an on-call engineer whose requests fail."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.client import Connection
from support.exposition import families, values
from support.folder import Folder, ingress, service
from support.upstream import Upstream
from support.waiting import until

HOSTILE = 'quote " slash \\ line\nend {} ü'
RULES = r"""
[backends."{backend}".servers.s]
url = "{url}"
[frontends."a.shop.test/"]
backend = "{backend}"
routes.r.rule = "Host:a.shop.test;PathPrefix:/of-the-file"
[frontends."{frontend}"]
backend = "{backend}"
routes.r.rule = 'HostRegexp:{{sub:(x|y)\.\w+}}.hostile.test'
[frontends.everybody]
backend = "{backend}"
routes.r.rule = "PathPrefix:/everybody"
"""
REQUESTS = "pointsman_router_requests_total"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream("one") as made:
        yield made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Folder]:
    """A product with Ingresses and a file."""
    rules = tmp_path_factory.mktemp("rules") / "rules.toml"
    quoted = HOSTILE.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    rules.write_text(RULES.format(url=f"http://{upstream.address}", backend=quoted, frontend=quoted))
    held = Folder(tmp_path_factory.mktemp("objects"))
    flags = (f"--file.filename={rules}", "--metrics.prometheus", "--threads=2")
    with held.start(*flags) as running:
        running.ready()
        yield held


def within(namespace: str, made: dict[str, Any]) -> dict[str, Any]:
    return {**made, "metadata": {**made["metadata"], "namespace": namespace}}


def shop(upstream: Upstream) -> list[dict[str, Any]]:
    """Two Ingresses of a namespace, one of another."""
    return [
        within("shop", ingress("front", {"a.shop.test": {"/": "web"}, "b.shop.test": {"/": "web"}})),
        within("shop", ingress("back", {"*.back.test": {"/": "web"}})),
        within("shop", service("web", upstream)),
        within("blog", ingress("front", {"blog.test": {"/": "web"}})),
        within("blog", service("web")),
    ]


def page(folder: Folder) -> str:
    assert folder.running is not None
    text = folder.running.admin("/metrics").body.decode()
    assert families(text)
    return text


def counted(folder: Folder, **labels: str) -> dict[tuple[str, ...], float]:
    return values(page(folder), REQUESTS, **labels)


def await_counts(folder: Folder, wanted: dict[tuple[str, ...], float], **labels: str) -> None:
    """Numbers are counted just behind the last byte of an answer."""
    until(lambda: counted(folder, **labels) == wanted, what=f"{labels} {wanted}")


def test_ingresses_are_told_apart_and_one_that_stays_keeps_its_counts(folder: Folder, upstream: Upstream) -> None:
    folder.apply(*shop(upstream))
    running = folder.running
    assert running is not None
    for host in ("a.shop.test", "a.shop.test", "b.shop.test", "x.back.test"):
        assert running.get("/", host).status == 200
    assert running.get("/", "blog.test").status == 503
    front = {("a.shop.test/", "a.shop.test", "2xx"): 2.0, ("b.shop.test/", "b.shop.test", "2xx"): 1.0}
    await_counts(folder, front, provider="kubernetes", namespace="shop", ingress="front")
    blog = {("blog.test/", "kubernetes", "front", "blog.test", "5xx"): 1.0}
    await_counts(folder, blog, namespace="blog")
    back = {("*.back.test/", "*.back.test", "2xx"): 1.0}
    await_counts(folder, back, provider="kubernetes", namespace="shop", ingress="back")

    folder.apply(*(made for made in shop(upstream) if made["metadata"]["name"] != "back"))
    assert counted(folder, ingress="back") == {}
    assert '"*.back.test/"' not in page(folder)
    assert running.get("/", "a.shop.test").status == 200
    front["a.shop.test/", "a.shop.test", "2xx"] = 3.0
    await_counts(folder, front, provider="kubernetes", namespace="shop", ingress="front")
    folder.apply(*shop(upstream))
    assert counted(folder, ingress="back") == {}


def test_routers_of_one_name_are_their_providers(folder: Folder, upstream: Upstream) -> None:
    folder.apply()
    folder.apply(*shop(upstream))
    assert folder.running is not None
    for path in ("/of-the-file", "/", "/"):
        assert folder.running.get(path, "a.shop.test").status == 200
    both = {("file", "", "", "a.shop.test", "2xx"): 1.0, ("kubernetes", "shop", "front", "a.shop.test", "2xx"): 2.0}
    await_counts(folder, both, router="a.shop.test/")


def test_hostile_words_are_escaped_and_routes_without_a_host_have_none(folder: Folder) -> None:
    assert folder.running is not None
    for host, path in (("x.y.hostile.test", "/"), ("anybody.test", "/everybody")):
        assert folder.running.get(path, host).status == 200
    await_counts(folder, {("file", "", "", r"{sub:(x|y)\.\w+}.hostile.test", "2xx"): 1.0}, router=HOSTILE)
    await_counts(folder, {("file", "", "", "", "2xx"): 1.0}, router="everybody")
    assert values(page(folder), "traefik_backend_requests_total", backend=HOSTILE, code="200")


def test_durations_and_bytes_are_a_routers_own(folder: Folder, upstream: Upstream) -> None:
    folder.apply()
    folder.apply(*shop(upstream))
    assert folder.running is not None
    with Connection(folder.running.port()) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: b.shop.test\r\nContent-Length: 5\r\n\r\nhello")
        body = client.read().text
    of = {"router": "b.shop.test/"}
    await_counts(folder, {("kubernetes", "shop", "front", "b.shop.test", "2xx"): 1.0}, **of)
    text = page(folder)

    def one(name: str, **labels: str) -> float:
        (value,) = values(text, f"pointsman_router_{name}", **of, **labels).values()
        return value

    assert [one("request_duration_seconds_bucket", le=bound) for bound in ("5", "+Inf")] == [1, 1]
    assert 0 < one("request_duration_seconds_sum") < 5
    assert (one("request_bytes_total"), one("response_bytes_total")) == (5, len(body))
