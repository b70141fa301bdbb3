"""Ingress status: what is written, what is left alone, what happens when writing fails."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import cast

import pytest

from pointsman.model.problem import Problem
from pointsman.model.static import IngressEndpoint
from pointsman.providers.kubernetes.backoff import Backoff
from pointsman.providers.kubernetes.client import ApiError, Client
from pointsman.providers.kubernetes.discovery import INGRESSES
from pointsman.providers.kubernetes.objects import Ingress, Published, Service
from pointsman.providers.kubernetes.store import Place
from pointsman.providers.kubernetes.writing import status as module
from pointsman.providers.kubernetes.writing.status import StatusWriter
from support.writes import Writes

pytestmark = pytest.mark.timeout(30)
ROOT = "/apis/networking.k8s.io/v1/namespaces/n/ingresses"


class Known:
    """What the provider knows of the cluster."""

    def __init__(self) -> None:
        self.ingresses: dict[Place, Ingress] = {}
        self.services: dict[Place, Service] = {}
        self.skipped: set[Place] = set()

    def ingress(self, place: Place) -> Ingress | None:
        return self.ingresses.get(place)

    def service(self, namespace: str, name: str) -> Service | None:
        return self.services.get((namespace, name))

    def is_accepted(self, place: Place) -> bool:
        return place not in self.skipped

    def places(self) -> Iterable[Place]:
        return list(self.ingresses)


class Bench:
    """A writer and its surroundings."""

    def __init__(self, options: IngressEndpoint, *, may_write: bool = True) -> None:
        self.api, self.known, self.may_write = Writes(), Known(), may_write
        self.problems: list[Problem | None] = []
        self.writer = StatusWriter(cast(Client, self.api), options, self.known, lambda: self.may_write)
        self.writer.on_problem = self.problems.append

    def ingress(self, name: str, published: Published | None = None) -> Place:
        self.known.ingresses["n", name] = Ingress(namespace="n", name=name, published=published)
        self.api.put(f"{ROOT}/{name}", spec={"kept": True})
        return "n", name

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.writer.run(INGRESSES[0]))
        try:
            yield
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def entries(self, name: str) -> object:
        return self.api.objects[f"{ROOT}/{name}"].get("status", {}).get("loadBalancer", {}).get("ingress")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Backoff", lambda *_: Backoff(0.01, 0.02))
    monkeypatch.setattr(module, "FORBIDDEN_S", 0.02)


async def test_address_and_name_are_written_where_they_are_not_yet() -> None:
    bench = Bench(IngressEndpoint(ip="192.0.2.1", hostname="in.test"))
    entry = {"ip": "192.0.2.1", "hostname": "in.test"}
    places = [
        bench.ingress("new"),
        bench.ingress("right", Published(ip="192.0.2.1", hostname="in.test")),
        bench.ingress("wrong", Published(ip="192.0.2.9")),
        bench.ingress("skipped"),
    ]
    bench.known.skipped.add(("n", "skipped"))
    async with bench.running():
        bench.writer.look_at([*places, ("n", "gone")])
        await bench.api.count("PUT", 2)
    assert sorted(bench.api.written("PUT")) == [f"{ROOT}/new/status", f"{ROOT}/wrong/status"]
    assert bench.entries("new") == bench.entries("wrong") == [entry]
    assert bench.api.objects[f"{ROOT}/new"]["spec"] == {"kept": True}
    assert bench.entries("right") is bench.entries("skipped") is None


async def test_a_services_first_address_is_published() -> None:
    bench = Bench(IngressEndpoint(ip="ignored", published_service="edge/lb"))
    place = bench.ingress("one")
    async with bench.running():
        bench.writer.look_at([place])
        await bench.api.until(lambda: bench.problems)
        assert "does not exist" in str(bench.problems[0])
        bench.known.services["edge", "lb"] = Service(
            namespace="edge", name="lb", published=Published(hostname="lb.test")
        )
        bench.writer.look_at([place])
        await bench.api.count("PUT", 1)
    assert bench.entries("one") == [{"hostname": "lb.test"}]
    assert bench.problems[-1] is None


@pytest.mark.parametrize(
    ("name", "told"), [("edge/lb", None), ("lb", "names no Service"), ("a/b/c", "names no Service")]
)
async def test_a_service_without_an_address_and_a_bad_name_write_nothing(name: str, told: str | None) -> None:
    bench = Bench(IngressEndpoint(published_service=name))
    bench.known.services["edge", "lb"] = Service(namespace="edge", name="lb")
    place = bench.ingress("one")
    async with bench.running():
        bench.writer.look_at([place])
        await bench.api.until(lambda: bench.problems)
    assert not bench.api.asked
    assert (told is None) is (bench.problems[-1] is None)
    assert told is None or told in str(bench.problems[-1])


async def test_what_fails_is_tried_again_and_what_is_forbidden_is_told() -> None:
    bench = Bench(IngressEndpoint(ip="192.0.2.1"))
    places = [bench.ingress(name) for name in ("busy", "away", "closed", "gone")]
    failures = {"busy": 409, "away": 500, "closed": 403, "gone": 404}
    for name, status in failures.items():
        bench.api.failures["PUT", f"{ROOT}/{name}/status"] = [ApiError(status, "no")]
    async with bench.running():
        bench.writer.look_at(places)
        await bench.api.until(lambda: all(bench.entries(name) for name in ("busy", "away", "closed")))
    assert bench.entries("gone") is None
    assert any("may not be written" in str(problem) for problem in bench.problems)


async def test_only_the_holder_writes() -> None:
    bench = Bench(IngressEndpoint(ip="192.0.2.1"), may_write=False)
    place = bench.ingress("one")
    async with bench.running():
        bench.writer.look_at([place])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not bench.api.asked
        bench.may_write = True
        bench.writer.look_at(bench.known.places())
        await bench.api.count("PUT", 1)
