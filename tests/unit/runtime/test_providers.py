"""Providers that fail, beside providers that don't."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

import pytest

from pointsman.model.dynamic import Backend, Change, Frontend, RouteRule, Server
from pointsman.model.plan import Settings
from pointsman.model.static import Static
from pointsman.providers.protocol import Provider, Publish
from pointsman.runtime import backoff, orders, registry
from pointsman.runtime.controller import Controller


def said(host: str) -> Change:
    return Change(
        frontends={"f": Frontend(backend="b", routes={"r": RouteRule(rule=f"Host:{host}")}, entry_points=("http",))},
        backends={"b": Backend(servers={"s": Server(url="http://127.0.0.1:9")})},
    )


class Failing:
    """Says something, then falls over; says something else in its second life, and lives."""

    name = "failing"
    lives = 0

    async def run(self, publish: Publish) -> None:
        Failing.lives += 1
        publish(said(f"life-{Failing.lives}.test"))
        if Failing.lives == 1:
            await asyncio.sleep(0.05)
            raise RuntimeError("fell over")
        await asyncio.Event().wait()


class Steady:
    """Says one thing."""

    name = "steady"

    async def run(self, publish: Publish) -> None:
        publish(said("steady.test"))


@contextlib.asynccontextmanager
async def controlled(controller: Controller) -> AsyncIterator[None]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(False)
    running = asyncio.create_task(controller.run(theirs))
    yield
    ours.close()
    await asyncio.wait_for(running, 10)
    theirs.close()


async def until(probe: Callable[[], bool]) -> None:
    while not probe():  # noqa: ASYNC110 – the controller tells nobody when it has compiled
        await asyncio.sleep(0.005)


async def test_a_failing_provider_takes_no_other_down_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    makers: dict[str, type[Provider]] = {"failing": Failing, "steady": Steady}
    monkeypatch.setattr(registry, "makers", lambda static, inbox: makers)
    monkeypatch.setattr(backoff, "FIRST_S", 0.2)
    controller = Controller(orders.Orders(static=Static(default_entry_points=("http",)), settings=Settings()))

    def hosts() -> set[str]:
        known = controller.providers().values()
        return {frontend.routes["r"].rule for source in known for frontend in source.frontends.values()}

    def failure_is_told() -> bool:
        return any(problem.object == "provider failing" for problem in controller.problems())

    async with controlled(controller), asyncio.timeout(10):
        await until(failure_is_told)
        assert hosts() == {"Host:life-1.test", "Host:steady.test"}
        await until(lambda: hosts() == {"Host:life-2.test", "Host:steady.test"})
        await until(lambda: not failure_is_told())
