"""Chapter 2 of the walk-through: hosts, paths and rule types."""

import pytest

from support.folder import STRIP, Folder, ingress, service
from support.upstream import Upstream


@pytest.fixture
def cheeses(folder: Folder, upstreams: list[Upstream]) -> dict[str, Upstream]:
    made = {name: Upstream(name) for name in ("stilton", "cheddar", "wensleydale")}
    upstreams += made.values()
    return made


def services(cheeses: dict[str, Upstream]) -> list[dict[str, object]]:
    return [service(name, upstream) for name, upstream in cheeses.items()]


RULES = {
    "stilton.minikube": {"/": "stilton"},
    "cheeses.minikube": {"/cheddar": "cheddar", "/wensleydale": "wensleydale"},
}


@pytest.mark.parametrize(
    ("host", "path", "name", "seen"),
    [
        ("stilton.minikube", "/", "stilton", "/"),
        ("stilton.minikube", "/a/b?c=d", "stilton", "/a/b?c=d"),
        ("STILTON.minikube", "/", "stilton", "/"),
        ("stilton.minikube:8000", "/", "stilton", "/"),
        ("cheeses.minikube", "/cheddar/call", "cheddar", "/call"),
        ("cheeses.minikube", "/cheddar", "cheddar", "/"),
        ("cheeses.minikube", "/cheddar/", "cheddar", "/"),
        ("cheeses.minikube", "/cheddarx", "cheddar", "/x"),
        ("cheeses.minikube", "/wensleydale/x?y=%20z", "wensleydale", "/x?y=%20z"),
    ],
)
def test_a_request_reaches_its_service_with_the_path_cut(
    folder: Folder, cheeses: dict[str, Upstream], host: str, path: str, name: str, seen: str
) -> None:
    folder.apply(ingress("cheeses", RULES, STRIP), *services(cheeses))
    assert folder.running is not None
    answer = folder.running.get(path, host)
    assert (answer.status, answer.text) == (200, f"{name}\n")
    (request,) = cheeses[name].received
    assert request.target == seen


@pytest.mark.parametrize(
    ("host", "path"),
    [("other.minikube", "/"), ("cheeses.minikube", "/"), ("cheeses.minikube", "/Cheddar"), ("x.stilton.minikube", "/")],
)
def test_anything_else_is_404(folder: Folder, cheeses: dict[str, Upstream], host: str, path: str) -> None:
    folder.apply(ingress("cheeses", RULES, STRIP), *services(cheeses))
    assert folder.running is not None
    answer = folder.running.get(path, host)
    assert (answer.status, answer.text) == (404, "404 page not found\n")
    assert answer.value("Content-Type") == "text/plain; charset=utf-8"
    assert answer.value("X-Content-Type-Options") == "nosniff"
    assert answer.value("Content-Length") == "19"


@pytest.mark.parametrize(
    ("rule_type", "rule", "path", "seen"),
    [
        ("Path", "/cheddar", "/cheddar", "/cheddar"),
        ("Path", "/cheddar", "/cheddar/x", None),
        ("PathPrefix", "/cheddar", "/cheddar/x", "/cheddar/x"),
        ("PathStrip", "/cheddar", "/cheddar", "/"),
        ("PathStrip", "/cheddar", "/cheddar/x", None),
        ("PathPrefixStrip", "/cheddar", "/cheddar/x", "/x"),
        ("PathPrefix", "/cheddar/{name}/{id:[0-9]+}", "/cheddar/a/123", "/cheddar/a/123"),
        ("PathPrefix", "/cheddar/{name}/{id:[0-9]+}", "/cheddar/a/123/more", "/cheddar/a/123/more"),
        ("PathPrefix", "/cheddar/{name}/{id:[0-9]+}", "/cheddar/a/x", None),
        ("PathPrefixStrip", "/cheddar/{name}/{id:[0-9]+}", "/cheddar/a/123", None),
        ("PathPrefixStripRegex", "/cheddar", "/cheddar", None),
    ],
)
def test_rule_types(
    folder: Folder, cheeses: dict[str, Upstream], rule_type: str, rule: str, path: str, seen: str | None
) -> None:
    annotations = {"traefik.frontend.rule.type": rule_type}
    folder.apply(ingress("cheeses", {"cheeses.minikube": {rule: "cheddar"}}, annotations), *services(cheeses))
    assert folder.running is not None
    answer = folder.running.get(path, "cheeses.minikube")
    if seen is None:
        assert answer.status == 404
        assert cheeses["cheddar"].received == []
    else:
        assert answer.status == 200
        assert [request.target for request in cheeses["cheddar"].received] == [seen]


def test_the_host_header_is_passed_and_the_cut_prefix_told(folder: Folder, cheeses: dict[str, Upstream]) -> None:
    folder.apply(ingress("cheeses", RULES, STRIP), *services(cheeses))
    assert folder.running is not None
    folder.running.get("/cheddar/call", "cheeses.minikube")
    (request,) = cheeses["cheddar"].received
    assert request.values("Host") == ["cheeses.minikube"]
    assert request.values("X-Forwarded-Prefix") == ["/cheddar"]


@pytest.mark.parametrize(
    ("priorities", "name", "seen"),
    [
        ((None, None), "wensleydale", "/xxx"),
        ((2, 1), "cheddar", "/wensleydale/xxx"),
        ((2, None), "wensleydale", "/xxx"),
    ],
)
def test_priorities(
    folder: Folder,
    cheeses: dict[str, Upstream],
    priorities: tuple[int | None, int | None],
    name: str,
    seen: str,
) -> None:
    """Chapter 4: the longest rule wins, unless priorities say otherwise."""
    paths = {"cheddar": "/cheddar", "wensleydale": "/cheddar/wensleydale"}
    objects = []
    for (cheese, path), priority in zip(paths.items(), priorities, strict=True):
        extra = {"traefik.ingress.kubernetes.io/priority": str(priority)} if priority is not None else {}
        objects.append(ingress(cheese, {"cheeses.minikube": {path: cheese}}, {**STRIP, **extra}))
    folder.apply(*objects, *services(cheeses))
    assert folder.running is not None
    assert folder.running.get("/cheddar/wensleydale/xxx", "cheeses.minikube").text == f"{name}\n"
    assert [request.target for request in cheeses[name].received] == [seen]
