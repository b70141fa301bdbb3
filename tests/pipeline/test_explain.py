"""Random tables and requests: what explain says, offline and live, is what requests meet."""

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pointsman.cli import offline
from pointsman.cli.asking import ask
from pointsman.explain import Decision, decide
from pointsman.explain.requests import from_url
from support.client import get
from support.running import Running
from support.upstream import Received, Upstream

pytestmark = pytest.mark.timeout(120)
HOSTS = ["a.test", "b.test", "c.a.test"]
PATHS = ["/", "/x", "/x/", "/x/y", "/xy", "/z/7", "/X"]
PARTS = [
    "Host:{h}",
    "HostRegexp:{{sub:[a-z]+}}.test",
    "Path:{p}",
    "PathPrefix:{p}",
    "PathPrefixStrip:{p}",
    "PathStrip:/z/{{id:[0-9]+}}",
    "Method:GET",
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
            *([f"priority = {rng.randint(1, 40)}"] if rng.random() < 0.3 else []),
            f"[frontends.f{number:02}.headers.customRequestHeaders]",
            f'X-Frontend = "f{number:02}"',
            f"[frontends.f{number:02}.routes.r]",
            f'rule = "{";".join(parts)}"',
        ]
    return "\n".join(lines)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    def echo(received: Received) -> bytes:
        body = f"{' '.join(received.values('X-Frontend'))} {received.target}".encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    with Upstream("web", echo) as made:
        yield made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_explanations_come_true(seed: int, tmp_path: Path, upstream: Upstream) -> None:
    rng = random.Random(seed)
    rules = tmp_path / "rules.toml"
    servers = f'[backends.web.servers.s]\nurl = "http://{upstream.address}"\n'
    rules.write_text(table(rng, 40) + "\n" + servers)
    flag = f"--file.filename={rules}"
    known = offline.read(("explain", flag), {})
    asked = [
        (rng.choice(HOSTS), rng.choice(PATHS) + rng.choice(["", "?q=1", "?q=2"]), rng.choice(["1", "2"]))
        for _ in range(60)
    ]
    questions = [
        from_url(f"http://{host}{path}", method="GET", headers=[f"X-A: {value}"], entry_point="http")
        for host, path, value in asked
    ]
    said = [
        decide(question, found, known.known())
        for question, found in zip(questions, ask(known.plan, questions, {}), strict=True)
    ]
    with Running(flag) as running:
        running.ready()
        for (host, path, value), decision in zip(asked, said, strict=True):
            answer = get(running.port(), path, host, X_A=value)
            assert (answer.status, answer.text if answer.status == 200 else "") == expected(decision), (path, decision)
        host, path, value = asked[0]
        query = f"url=http%3A%2F%2F{host}{path.replace('?', '%3F').replace('=', '%3D')}&header=X-A:{value}"
        live = running.admin(f"/api/v2/explain?{query}")
        assert msgspec.json.decode(live.text, type=Decision).answer == said[0].answer


def expected(decision: Decision) -> tuple[int, str]:
    if decision.status or decision.winner is None:
        return decision.status, ""
    return 200, f"{decision.winner.frontend} {decision.winner.forwards}"
