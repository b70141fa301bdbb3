"""Chapter 6 of the walk-through: releases while clients keep playing."""

import collections
from collections.abc import Callable

import pytest

from support.client import Connection
from support.folder import PREFIX, Folder, Object, ingress, service
from support.looping import Looping
from support.upstream import Received, Upstream
from support.waiting import until

WEIGHTS = "traefik.ingress.kubernetes.io/service-weights"
RULE = "/dm0/gm"


def game(version: str) -> Callable[[Received], bytes]:
    """The demo's game server: `/{gameid}/gm/call`, anything else is not found."""

    def answer(request: Received) -> bytes:
        parts = request.target.strip("/").split("/")
        found = len(parts) == 3 and parts[1:] == ["gm", "call"]
        text = f"{version}: game {parts[0]}\n" if found else f"{version}: 404 not Found!\n"
        status = "200 OK" if found else "404 Not Found"
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()

    return answer


@pytest.fixture
def pods(upstreams: list[Upstream]) -> dict[str, list[Upstream]]:
    made = {version: [Upstream(version, game(version)) for _ in range(4)] for version in ("gm-v1", "gm-v2")}
    upstreams += [pod for several in made.values() for pod in several]
    return made


def versions(folder: Folder, times: int) -> collections.Counter[str]:
    assert folder.running is not None
    with Connection(folder.running.port()) as connection:
        answers = [connection.get("/dm0/gm/call") for _ in range(times)]
    assert {answer.status for answer in answers} == {200}
    return collections.Counter(answer.text.partition(":")[0] for answer in answers)


def of(version: str) -> Object:
    return ingress(version, {"localhost": {RULE: version}}, PREFIX)


def test_ingresses_with_the_same_rule_share_by_pods(folder: Folder, pods: dict[str, list[Upstream]]) -> None:
    one, two = pods["gm-v1"], pods["gm-v2"]
    folder.apply(of("gm-v1"), service("gm-v1", *one[:2]), service("gm-v2", *two[:2]))
    assert versions(folder, 20) == {"gm-v1": 20}
    folder.apply(of("gm-v1"), of("gm-v2"), service("gm-v1", *one[:2]), service("gm-v2", *two[:2]))
    assert versions(folder, 40) == {"gm-v1": 20, "gm-v2": 20}
    folder.apply(of("gm-v1"), of("gm-v2"), service("gm-v1", *one[:2]), service("gm-v2", *two))
    assert versions(folder, 60) == {"gm-v1": 20, "gm-v2": 40}
    folder.apply(of("gm-v2"), service("gm-v1", *one[:2]), service("gm-v2", *two))
    assert versions(folder, 20) == {"gm-v2": 20}


def test_every_step_of_a_release_is_served_without_one_failure(folder: Folder, pods: dict[str, list[Upstream]]) -> None:
    services = [service(version, *several[:2]) for version, several in pods.items()]
    both = {"localhost": {RULE: ["gm-v1", "gm-v2"]}}
    weights = {**PREFIX, WEIGHTS: "gm-v1: 75%\ngm-v2: 25%\n"}
    steps: list[tuple[Object, dict[str, int]]] = [
        (ingress("dm0-gm", {"localhost": {RULE: "gm-v1"}}, PREFIX), {"gm-v1": 40}),
        (ingress("dm0-gm", both, weights), {"gm-v1": 30, "gm-v2": 10}),
        (ingress("dm0-gm", {"localhost": {RULE: "gm-v2"}}, PREFIX), {"gm-v2": 40}),
    ]
    folder.apply(steps[0][0], *services)
    assert folder.running is not None
    port = folder.running.port()
    with Looping(port, "/dm0/gm/call") as kept, Looping(port, "/dm0/gm/call", keep=False) as fresh:
        for step, shares in steps * 3:
            folder.apply(step, *services)
            assert set(versions(folder, 20)) <= set(shares)
            seen = kept.total + fresh.total
            until(lambda seen=seen: kept.total + fresh.total > seen + 20, what="clients go on")  # type: ignore[misc]
    for clients in (kept, fresh):
        assert clients.failures == []
        assert clients.bad() == {}
    for step, shares in steps:
        folder.apply(step, *services)
        assert versions(folder, 40) == shares


def test_what_the_game_does_not_know_is_its_own_404(folder: Folder, pods: dict[str, list[Upstream]]) -> None:
    folder.apply(of("gm-v1"), service("gm-v1", pods["gm-v1"][0]))
    assert folder.running is not None
    answer = folder.running.get("/dm0/gm/other")
    assert (answer.status, answer.text) == (404, "gm-v1: 404 not Found!\n")
