import asyncio
import json
import socket

import msgspec
import pytest

from pointsman.model.plan import (
    Applied,
    Downward,
    Forward,
    Health,
    Hello,
    Rejected,
    Route,
    ServerHealth,
    Stats,
    TellStats,
    Upward,
)
from pointsman.runtime import frames
from pointsman.runtime.applier import Applier, Changes
from pointsman.runtime.link import Link

ROUTE = Route(provider="p", name="a", entry_points=("http",), priority=1, action=Forward(pool="p/b"))


class Proxy:
    """The proxy's side of a link."""

    def __init__(self, link: Link) -> None:
        ours, theirs = socket.socketpair()
        self.serving = asyncio.create_task(link.serve(theirs))
        self._socket = ours

    async def __aenter__(self) -> "Proxy":
        self.reader, self.writer = await asyncio.open_unix_connection(sock=self._socket)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.writer.close()
        await asyncio.wait_for(self.serving, 10)

    def say(self, message: Upward) -> None:
        body = msgspec.json.encode(message)
        self.writer.write(len(body).to_bytes(4, "big") + body)

    async def hear(self) -> Downward:
        size = int.from_bytes(await asyncio.wait_for(self.reader.readexactly(4), 10), "big")
        return msgspec.json.decode(await self.reader.readexactly(size), type=Downward)


@pytest.fixture
def answers() -> list[None]:
    return []


@pytest.fixture
def link(answers: list[None]) -> Link:
    return Link(Applier(), lambda: answers.append(None))


async def test_a_proxy_is_brought_into_step_and_kept_there(link: Link, answers: list[None]) -> None:
    link.change(Changes(routes={"p/a": ROUTE}))
    async with Proxy(link) as proxy:
        proxy.say(Hello(generation=7, pid=1))
        plan = await proxy.hear()
        assert msgspec.to_builtins(plan)["plan"]["generation"] == 8
        proxy.say(Applied(generation=8))
        link.change(Changes(routes={"p/a": None}))
        delta = msgspec.to_builtins(await proxy.hear())
        assert delta["base"] == 8
        assert delta["routes"] == {"p/a": None}
        proxy.say(Rejected(generation=8, message="no"))
        assert "plan" in msgspec.to_builtins(await proxy.hear())
    assert len(answers) == 3


async def test_who_is_down_is_known_until_another_proxy_says_otherwise(link: Link, answers: list[None]) -> None:
    down = ServerHealth(pool="p/b", server="s", url="http://h:80", reason="answered 500")
    for said in ((down,), (), (down,)):
        async with Proxy(link) as proxy:
            proxy.say(Hello(generation=0, pid=1))
            proxy.say(Health(servers=said))
        assert link.health == said
    async with Proxy(link) as proxy:
        proxy.say(Hello(generation=0, pid=1))
    assert link.health == ()
    assert len(answers) == 7


async def test_a_new_proxy_starts_from_everything(link: Link) -> None:
    link.change(Changes(routes={"p/a": ROUTE}))
    for generation in (0, 3):
        async with Proxy(link) as proxy:
            proxy.say(Hello(generation=generation, pid=1))
            plan = msgspec.to_builtins(await proxy.hear())["plan"]
            assert set(plan["routes"]) == {"p/a"}
            assert plan["generation"] > generation


@pytest.mark.parametrize(
    "wire",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02{}",
        b"\x00\x00\x00\x01x",
        b'\x00\x00\x00\x10{"type":"other"}',
        b"\x00\x00",
    ],
)
async def test_nonsense_ends_the_link_and_nothing_else(link: Link, wire: bytes) -> None:
    async with Proxy(link) as proxy:
        proxy.writer.write(wire)
        proxy.writer.write_eof()
        assert await asyncio.wait_for(proxy.reader.read(), 10) == b""
    link.change(Changes(routes={"p/a": ROUTE}))


def test_a_frame_is_length_and_json() -> None:
    frame = frames.encode(msgspec.json.decode(b'{"type":"apply_delta","base":1,"generation":2}', type=Downward))
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4
    assert json.loads(frame[4:]) == {"type": "apply_delta", "base": 1, "generation": 2}


NUMBERS = Stats(
    pid=1,
    uptime_ms=2,
    open=3,
    in_flight=4,
    retries=5,
    codes={200: 6},
    micros=7,
    bytes=8,
    durations=(9,),
    routes={},
    errors=(),
)


async def test_numbers_are_asked_for_and_a_lost_proxy_ends_the_wait(link: Link) -> None:
    assert await link.stats("all") is None
    async with Proxy(link) as proxy:
        proxy.say(Hello(generation=0, pid=1))
        link.change(Changes())
        await proxy.hear()
        asked = asyncio.create_task(link.stats("all"))
        assert await proxy.hear() == TellStats(routes="all")
        proxy.say(NUMBERS)
        assert await asyncio.wait_for(asked, 10) == NUMBERS
        asked = asyncio.create_task(link.stats("none"))
        assert await proxy.hear() == TellStats()
    assert await asyncio.wait_for(asked, 10) is None
