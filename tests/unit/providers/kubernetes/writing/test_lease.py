"""One holder at a time, however replicas come, go, stall and lose their API server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from pointsman.model.problem import Problem
from pointsman.providers.kubernetes.client import ApiError, Client, Unreachable
from pointsman.providers.kubernetes.writing import lease as module
from pointsman.providers.kubernetes.writing.lease import Lease
from pointsman.providers.kubernetes.writing.writer import lease_name
from support.writes import Writes

pytestmark = pytest.mark.timeout(30)
LEASES = "/apis/coordination.k8s.io/v1/namespaces/n/leases"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "RENEW_S": 0.02,
        "RETRY_S": 0.01,
        "LAPSE_S": 0.1,
        "UNAVAILABLE_S": 0.05,
        "DURATION_S": 1,
    }.items():
        monkeypatch.setattr(module, name, value)


class Candidate:
    """A replica."""

    def __init__(self, api: Writes, identity: str) -> None:
        self.lease = Lease(cast(Client, api), ("n", "pointsman"), identity)
        self.changed = asyncio.Event()
        self.problems: list[Problem | None] = []
        self.lease.on_change = self.changed.set
        self.lease.on_problem = self.problems.append
        self.task: asyncio.Task[None] | None = None

    async def holds(self, held: bool = True) -> None:
        while self.lease.held is not held:
            self.changed.clear()
            await self.changed.wait()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Candidate"]:
        task = self.task = asyncio.create_task(self.lease.run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def spec(api: Writes) -> dict[str, Any]:
    found = api.objects[f"{LEASES}/pointsman"]["spec"]
    assert isinstance(found, dict)
    return found


async def test_the_first_takes_it_and_the_second_waits() -> None:
    api = Writes()
    async with Candidate(api, "a").running() as first:
        await first.holds()
        async with Candidate(api, "b").running() as second:
            await api.count("PUT", len(api.written("PUT")) + 5)
            assert first.lease.held
            assert not second.lease.held
            assert spec(api)["holderIdentity"] == "a"


async def test_who_leaves_gives_it_back_at_once() -> None:
    api = Writes()
    async with Candidate(api, "a").running() as first:
        await first.holds()
        async with Candidate(api, "b").running() as second:
            assert first.task is not None
            first.task.cancel()
            await second.holds()
            assert spec(api)["holderIdentity"] == "b"


async def test_who_dies_loses_it_after_its_time_by_our_own_clock() -> None:
    api = Writes()
    wrong = {"holderIdentity": "dead", "leaseDurationSeconds": 1, "renewTime": "2999-01-01T00:00:00.000000Z"}
    api.put(f"{LEASES}/pointsman", spec=wrong)
    async with Candidate(api, "a").running() as heir:
        await heir.holds()
        assert spec(api)["holderIdentity"] == "a"
        assert spec(api)["leaseTransitions"] == 1


async def test_who_cannot_renew_stops_before_another_begins() -> None:
    api = Writes()
    async with Candidate(api, "a").running() as holder:
        await holder.holds()
        away: list[Exception] = [Unreachable("gone")] * 10_000
        api.failures["GET", f"{LEASES}/pointsman"] = away
        await holder.holds(False)
        away.clear()
        await holder.holds()


async def test_a_conflict_is_lost() -> None:
    api = Writes()
    api.failures["POST", LEASES] = [ApiError(409, "there is one")]
    async with Candidate(api, "a").running() as one:
        await one.holds()
        assert len(api.written("POST")) == 2


@pytest.mark.parametrize("status", [403, 404])
async def test_where_there_can_be_none_everybody_writes_and_says_so(status: int) -> None:
    api = Writes()
    method, path = ("GET", f"{LEASES}/pointsman") if status == 403 else ("POST", LEASES)
    api.failures[method, path] = [ApiError(status, "no")]
    one = Candidate(api, "a")
    async with one.running():
        await one.holds()
        assert one.problems[0] is not None
        assert "every replica writes" in str(one.problems[0])
        await api.until(lambda: one.problems[-1] is None)
        assert one.lease.held


def test_deployments_of_different_classes_have_leases_of_their_own() -> None:
    assert [lease_name(name) for name in ("", "inside", "Team A/ü")] == [
        "pointsman",
        "pointsman-inside",
        "pointsman-team-a",
    ]
