"""Events: one for each Problem in force, on the object it concerns, and none too many."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import cast

import pytest

from pointsman.model.problem import Problem, Severity
from pointsman.providers.kubernetes.backoff import Backoff
from pointsman.providers.kubernetes.client import ApiError, Client
from pointsman.providers.kubernetes.discovery import INGRESSES
from pointsman.providers.kubernetes.writing import events as module
from pointsman.providers.kubernetes.writing.events import EventWriter
from support.writes import Writes

pytestmark = pytest.mark.timeout(30)
INGRESS = "/apis/networking.k8s.io/v1/namespaces/n/ingresses/cheeses"
SERVICE = "/api/v1/namespaces/n/services/web"
EVENTS = "/api/v1/namespaces/n/events"
BAD = Problem(object="Ingress n/cheeses", key="rule-type", value="Paht", message="is skipped", remedy="write Path")
COMPILED = Problem(object="frontend a/b", origin="Ingress n/cheeses", message="is left out")
DOUBT = Problem(object="Service n/web", message="has no ports", severity=Severity.WARNING)


class Bench:
    """A writer, and an API server with one Ingress and one Service."""

    def __init__(self, *, may_write: bool = True) -> None:
        self.api, self.may_write = Writes(), may_write
        self.problems: list[Problem | None] = []
        self.writer = self.replica()
        for path in (INGRESS, SERVICE):
            self.api.put(path)
            self.api.objects[path]["metadata"]["uid"] = f"uid of {path}"

    def replica(self) -> EventWriter:
        writer = EventWriter(cast(Client, self.api), lambda: self.may_write)
        writer.on_problem = self.problems.append
        return writer

    @contextlib.asynccontextmanager
    async def running(self, writer: EventWriter | None = None) -> AsyncIterator[None]:
        task = asyncio.create_task((writer or self.writer).run(INGRESSES[0]))
        try:
            yield
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def events(self) -> list[dict[str, object]]:
        return [document for path, document in self.api.objects.items() if path.startswith(EVENTS)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SETTLE_S": 0.03, "PACE_S": 0.0, "FORBIDDEN_S": 0.02}.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module, "Backoff", lambda *_: Backoff(0.01, 0.02))


async def test_each_problem_is_told_on_its_object() -> None:
    bench = Bench()
    async with bench.running():
        bench.writer.tell([BAD, COMPILED, DOUBT, Problem(object="entry point http", message="no place")], ())
        await bench.api.count("POST", 3)
    told = {str(event["message"]): event for event in bench.events()}
    assert told.keys() == {
        "rule-type: is skipped ('Paht'); write Path",
        "frontend a/b: is left out",
        "has no ports",
    }
    assert told["has no ports"]["reason"] == "Doubtful"
    event = told["frontend a/b: is left out"]
    assert (event["reason"], event["type"]) == ("NotInForce", "Warning")
    involved = event["involvedObject"]
    assert isinstance(involved, dict)
    assert (involved["kind"], involved["uid"]) == ("Ingress", f"uid of {INGRESS}")


async def test_what_is_over_soon_is_not_told() -> None:
    bench = Bench()
    async with bench.running():
        bench.writer.tell([BAD], ())
        bench.writer.tell([DOUBT], [BAD])
        await bench.api.count("POST", 1)
    assert [event["message"] for event in bench.events()] == ["has no ports"]


async def test_replicas_and_later_lives_make_one_event_and_count_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    async with bench.running():
        bench.writer.tell([BAD], ())
        await bench.api.count("POST", 1)
    monkeypatch.setattr(module, "AGAIN_S", 0.02)
    other = bench.replica()
    async with bench.running(other):
        other.tell([BAD], ())
        await bench.api.count("PATCH", 2)
    (event,) = bench.events()
    assert isinstance(event["count"], int)
    assert event["count"] >= 2


async def test_only_the_holder_tells() -> None:
    bench = Bench(may_write=False)
    async with bench.running():
        bench.writer.tell([BAD], ())
        await asyncio.sleep(0.1)
        assert not bench.api.asked
        bench.may_write = True
        bench.writer.look_again()
        await bench.api.count("POST", 1)


async def test_without_permission_it_says_so_and_with_it_goes_on() -> None:
    bench = Bench()
    bench.api.failures["POST", EVENTS] = [ApiError(403, "no"), ApiError(500, "busy")]
    async with bench.running():
        bench.writer.tell([BAD], ())
        await bench.api.until(bench.events)
    assert "may not be written" in str(bench.problems[0])


async def test_an_object_that_is_gone_is_left_in_peace() -> None:
    bench = Bench()
    gone = Problem(object="Ingress n/gone", message="is skipped")
    async with bench.running():
        bench.writer.tell([gone], ())
        bench.writer.tell([BAD], ())
        await bench.api.count("POST", 1)
    assert [event["message"] for event in bench.events()] == ["rule-type: is skipped ('Paht'); write Path"]


async def test_long_messages_and_floods_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    bench = Bench()
    flood = [Problem(object="Ingress n/cheeses", key=str(number), message="ü" * 2_000) for number in range(50)]
    async with bench.running():
        bench.writer.tell(flood, ())
        await bench.api.count("POST", 10)
        await asyncio.sleep(0.05)
    assert len(bench.events()) == 10
    assert all(len(str(event["message"]).encode()) <= 1_000 for event in bench.events())
