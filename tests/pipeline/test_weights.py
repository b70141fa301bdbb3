"""Chapter 5 of the walk-through: shares of services, and what happens when they cannot be."""

import collections

import pytest

from support.client import Connection
from support.folder import STRIP, Folder, ingress, service
from support.upstream import Upstream

HOST = "cheeses.minikube"
WEIGHTS = "traefik.ingress.kubernetes.io/service-weights"


@pytest.fixture
def cheeses(upstreams: list[Upstream]) -> list[Upstream]:
    upstreams += [Upstream("cheddar"), Upstream("wensleydale")]
    return upstreams


def shared(weights: str) -> dict[str, object]:
    return ingress("cheeses", {HOST: {"/": ["cheddar", "wensleydale"]}}, {**STRIP, WEIGHTS: weights})


def counts(folder: Folder, times: int) -> collections.Counter[str]:
    """Answers to `times` requests of one connection, thus of one thread."""
    assert folder.running is not None
    with Connection(folder.running.port()) as connection:
        return collections.Counter(connection.get("/", HOST).text.strip() for _ in range(times))


@pytest.mark.parametrize("weights", ["cheddar: 75%\nwensleydale: 25%\n", "wensleydale: 25%\n"])
def test_shares_are_exact(folder: Folder, cheeses: list[Upstream], weights: str) -> None:
    folder.apply(shared(weights), *(service(each.name, each) for each in cheeses))
    assert counts(folder, 400) == {"cheddar": 300, "wensleydale": 100}


@pytest.mark.parametrize(
    "weights",
    ["cheddar: 75%\nwensleydale: 50%\n", "cheddar: 150%\n", "cheddar: many\n", "cheddar: 20%\nwensleydale: 20%\n"],
)
def test_weights_that_cannot_be_skip_that_ingress_alone(folder: Folder, cheeses: list[Upstream], weights: str) -> None:
    other = ingress("other", {"other.minikube": {"/": "cheddar"}})
    folder.apply(shared(weights), other, *(service(each.name, each) for each in cheeses))
    assert counts(folder, 1) == {"404 page not found": 1}
    assert folder.running is not None
    assert folder.running.get("/", "other.minikube").status == 200
    assert b"weights" in folder.running.admin("/api/v2/problems").body


def test_a_service_that_does_not_exist_is_404_for_the_whole_weighted_ingress(
    folder: Folder, cheeses: list[Upstream]
) -> None:
    folder.apply(shared("wensleydale: 25%\n"), service("cheddar", cheeses[0]))
    assert counts(folder, 1) == {"404 page not found": 1}


def test_the_share_of_a_service_without_endpoints_goes_to_the_others(folder: Folder, cheeses: list[Upstream]) -> None:
    folder.apply(shared("wensleydale: 25%\n"), service("cheddar", cheeses[0]), service("wensleydale"))
    assert counts(folder, 40) == {"cheddar": 40}


def test_a_service_without_servers_answers_503_and_a_problem_says_what_to_do(folder: Folder) -> None:
    folder.apply(ingress("cheeses", {HOST: {"/": "cheddar"}}), service("cheddar"))
    assert folder.running is not None
    assert folder.running.get("/", HOST).status == 503
    assert b"pointsman.io/servers" in folder.running.admin("/api/v2/problems").body


def test_replicas_share_evenly_on_one_thread(folder: Folder, upstreams: list[Upstream]) -> None:
    upstreams += [Upstream(f"pod-{number}") for number in range(3)]
    folder.apply(ingress("cheeses", {HOST: {"/": "cheddar"}}), service("cheddar", *upstreams))
    assert counts(folder, 30) == {f"pod-{number}": 10 for number in range(3)}
