"""Random tables and requests: what explain says, offline and live, is what requests meet."""

import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec
import pytest

from pointsman.cli import offline
from pointsman.cli.asking import ask
from pointsman.explain import Decision, decide
from pointsman.explain.requests import from_url
from pointsman.model.plan import Question
from support.client import Answer, Connection
from support.running import HTTP, Running
from support.upstream import Received, Upstream

pytestmark = pytest.mark.timeout(120)
HOSTS = ["a.test", "b.test", "c.a.test"]
PATHS = ["/", "/x", "/x/", "/x/y", "/xy", "/z/7", "/X"]
METHODS = ["GET", "POST", "DELETE"]
ENTRY_POINTS = [["http"], ["other"], ["http", "other"]]
POINTS = (f"--entryPoints={HTTP}", "--entryPoints=Name:other Address:127.0.0.1:0")
PARTS = [
    "Host:{h}",
    "HostRegexp:{{sub:[a-z]+}}.test",
    "Path:{p}",
    "PathPrefix:{p}",
    "PathPrefixStrip:{p}",
    "PathStrip:/z/{{id:[0-9]+}}",
    "Method:GET",
    "Method:GET,POST",
    "Headers:X-A,1",
    "Query:q=1",
    "AddPrefix:/added",
]


def table(rng: random.Random, count: int) -> str:
    lines = ["[file]"]
    for number in range(count):
        parts = [part.format(h=rng.choice(HOSTS), p=rng.choice(PATHS)) for part in rng.sample(PARTS, rng.randint(1, 3))]
        lines += [
            f"[frontends.f{number:02}]",
            'backend = "web"',
            f"entryPoints = {msgspec.json.encode(rng.choice(ENTRY_POINTS)).decode()}",
            *([f"priority = {rng.randint(1, 40)}"] if rng.random() < 0.3 else []),
            f"[frontends.f{number:02}.headers.customRequestHeaders]",
            f'X-Frontend = "f{number:02}"',
            f"[frontends.f{number:02}.routes.r]",
            f'rule = "{";".join(parts)}"',
        ]
    return "\n".join(lines)


def ingresses(rng: random.Random, count: int, address: str) -> str:
    """Manifests, each object with a host and path that no other has: so it is its frontend's only one."""
    pairs = [(host, path) for host in ["", *HOSTS] for path in PATHS]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "annotations": {"pointsman.io/servers": address}},
        "spec": {"ports": [{"port": 80}]},
    }
    objects = [ingress(rng, number, pair) for number, pair in enumerate(rng.sample(pairs, count))]
    return "\n---\n".join(msgspec.json.encode(one).decode() for one in [service, *objects])


def ingress(rng: random.Random, number: int, pair: tuple[str, str]) -> dict[str, object]:
    host, path = pair
    kind = rng.choice(["Prefix", "Exact", "ImplementationSpecific"])
    points = ",".join(rng.choice(ENTRY_POINTS))
    said = {"custom-request-headers": f"X-Frontend:i{number}", "frontend-entry-points": points}
    if kind == "ImplementationSpecific" and rng.random() < 0.5:
        said["rule-type"] = rng.choice(["PathPrefixStrip", "Path", "PathStrip"])
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"http": {"paths": [{"path": path, "pathType": kind, "backend": backend}]}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": f"i{number}",
            "annotations": {f"ingress.kubernetes.io/{name}": value for name, value in said.items()},
        },
        "spec": {"rules": [{**rule, "host": host} if host else rule]},
    }


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    def echo(received: Received) -> bytes:
        body = f"{' '.join(received.values('X-Frontend'))} {received.target}".encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    with Upstream("web", echo) as made:
        yield made


CATCH_ALL = """
[backends.web.servers.s]
url = "http://{address}"
[frontends.all]
backend = "web"
entryPoints = ["traefik"]
[frontends.all.headers.customRequestHeaders]
X-Frontend = "all"
[frontends.all.routes.r]
rule = "PathPrefix:/"
"""


class Asked(NamedTuple):
    """One random request."""

    entry_point: str
    method: str
    host: str
    target: str
    value: str
    """Of X-A."""

    def question(self) -> Question:
        url, fields = f"http://{self.host}{self.target}", [f"X-A: {self.value}"]
        return from_url(url, method=self.method, headers=fields, entry_point=self.entry_point)

    def send(self, port: int) -> Answer:
        with Connection(port) as connection:
            head = f"{self.method} {self.target} HTTP/1.1\r\nHost: {self.host}\r\nX-A: {self.value}\r\n"
            connection.send(f"{head}Content-Length: 0\r\n\r\n".encode())
            return connection.read()


def requests(rng: random.Random, count: int) -> list[Asked]:
    return [
        Asked(
            rng.choice(["http", "other"]),
            rng.choice(METHODS),
            rng.choice([*HOSTS, "d.test"]),
            rng.choice(PATHS) + rng.choice(["", "?q=1", "?q=2"]),
            rng.choice(["1", "2"]),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_explanations_come_true(seed: int, tmp_path: Path, upstream: Upstream) -> None:
    rng = random.Random(seed)
    rules, manifests = tmp_path / "rules.toml", tmp_path / "manifests"
    servers = f'[backends.web.servers.s]\nurl = "http://{upstream.address}"\n'
    rules.write_text(table(rng, 40) + "\n" + servers)
    manifests.mkdir()
    (manifests / "all.yaml").write_text(ingresses(rng, 15, upstream.address))
    flags = (f"--file.filename={rules}", f"--kubernetes.manifests={manifests}")
    known = offline.read(("explain", *POINTS, *flags), {})
    asked = requests(rng, 120)
    questions = [one.question() for one in asked]
    said = [
        decide(question, found, known.known())
        for question, found in zip(questions, ask(known.plan, questions, {}), strict=True)
    ]
    assert {one.status for one in said} >= {0, 404}
    with Running(POINTS[1], *flags) as running:
        running.ready()
        for one, decision in zip(asked, said, strict=True):
            answer = one.send(running.port(one.entry_point))
            assert (answer.status, answer.text if answer.status == 200 else "") == expected(decision), (one, decision)
        for one, decision in zip(asked[:5], said, strict=False):
            url, point = quote(f"http://{one.host}{one.target}", safe=""), one.entry_point
            query = f"url={url}&method={one.method}&header=X-A:{one.value}&entryPoint={point}"
            live = running.admin(f"/api/v2/explain?{query}")
            assert msgspec.json.decode(live.text, type=Decision).answer == decision.answer


OWN_PATHS = ["/", "/dashboard", "/dashboard/", "/dashboards", "/api", "/api/nothing", "/apix", "/health", "/health/"]
OWN_PATHS += ["/healthz", "/ping", "/ping/", "/ready", "/metrics", "/api/providers/rest", "/api/providers/rest/x"]


@pytest.mark.parametrize("flags", [("--metrics.prometheus", "--rest"), ("--api.dashboard=false",)])
def test_routes_of_our_own_come_before_routers(flags: tuple[str, ...], tmp_path: Path, upstream: Upstream) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(CATCH_ALL.format(address=upstream.address))
    flags = (f"--file.filename={rules}", *flags)
    own = ("--entryPoints=Name:traefik Address:127.0.0.1:0", f"--entryPoints={HTTP}", "--api", "--ping")
    known = offline.read(("explain", *own, *flags), {})
    with Running(*flags) as running:
        running.ready()
        for method, path in product(["GET", "PUT", "POST"], OWN_PATHS):
            one = Asked("traefik", method, "a.test", path, "1")
            question = one.question()
            decision = decide(question, ask(known.plan, [question], {})[0], known.known())
            comes = one.send(running.port("traefik")).text == f"all {path}"
            assert comes == (decision.status == 0), (one, decision.answer)


def expected(decision: Decision) -> tuple[int, str]:
    if decision.status or decision.winner is None:
        return decision.status, ""
    by = decision.winner
    name = by.origin.rpartition("/")[2] if by.provider == "kubernetes" else by.frontend
    return 200, f"{name} {by.forwards}"
