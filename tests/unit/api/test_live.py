import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from pointsman.api import documents as d
from pointsman.api import live
from pointsman.api.live import Sampler, TooManyListeners
from pointsman.model.plan import RecentError, RouteStats, Stats
from support.held import Held


def stats(second: int, *, pid: int = 1) -> Stats:
    route = RouteStats(classes=(0, 0, second * 10, 0, 0, 0), micros=0, durations=(0, second * 10))
    return Stats(
        pid=pid,
        uptime_ms=second * 1000,
        open=0,
        in_flight=0,
        retries=0,
        codes={200: second * 10},
        micros=0,
        bytes=0,
        durations=(0, second * 10),
        routes={"p/a": route} if second % 2 else {},
        errors=(),
    )


def read(piece: bytes) -> d.Live:
    assert piece.startswith(b"data: ")
    assert piece.endswith(b"\n\n")
    return msgspec.json.decode(piece[6:], type=d.Live)


async def events(of: AsyncIterator[bytes], count: int) -> list[d.Live]:
    return [read(await asyncio.wait_for(anext(of), 10)) for _ in range(count)]


async def test_one_sampler_serves_all_and_rests_when_nobody_looks() -> None:
    held = Held({}, numbers=[stats(n) for n in range(1, 200)])
    sampler = Sampler(held, interval_s=0.01, linger_s=0.0)
    one, two = sampler.listen(""), sampler.listen("p/a")
    first = (await events(one, 3))[0]
    shown = await events(two, 3)
    assert first.hostname == "replica-1"
    assert shown[-1].router is not None
    assert shown[-1].router.name == "p/a"
    assert shown[-1].sample is not None
    assert shown[-1].sample.requests > 0
    assert shown[0].history
    assert not shown[1].history
    assert held.asked[0] == "all"
    assert set(held.asked[1:]) == {"changed"}
    await one.aclose()  # type: ignore[attr-defined]
    await two.aclose()  # type: ignore[attr-defined]
    assert sampler.listeners == 0
    assert sampler._task is not None
    await asyncio.wait_for(sampler._task, 10)


def failing(second: int) -> Stats:
    one = RecentError(unix_us=1, status=502, method="GET", host="h", path="", route="", server="", reason="", micros=1)
    errors = (msgspec.structs.replace(one, unix_us=n, path=f"/{n}") for n in range(second, 0, -1))
    return msgspec.structs.replace(stats(second), errors=tuple(errors))


async def test_an_error_is_told_once_to_each_listener() -> None:
    sampler = Sampler(Held({}, numbers=[failing(n) for n in range(1, 60)]), interval_s=0.01)
    one = sampler.listen("")
    heard = await events(one, 4)
    assert heard[0].first
    assert not heard[1].first
    paths = [error.path for event in reversed(heard) for error in event.errors]
    assert paths == [f"/{n}" for n in range(len(paths), 0, -1)]
    late = (await events(sampler.listen(""), 1))[0]
    assert late.first
    assert [error.path for error in late.errors][-1] == "/1"


async def test_an_event_is_made_once_for_all_who_want_the_same() -> None:
    sampler = Sampler(Held({}, numbers=[stats(n) for n in range(1, 200)]), interval_s=0.01)
    following = [sampler.listen("") for _ in range(3)]
    for _ in range(3):
        pieces = await asyncio.gather(*(anext(one) for one in following))
    assert pieces[0] is pieces[1] is pieces[2]


async def test_another_proxy_begins_a_new_count() -> None:
    held = Held({}, numbers=[stats(5), stats(6), stats(1, pid=2), stats(1, pid=2), stats(2, pid=2), stats(3, pid=2)])
    sampler = Sampler(held, interval_s=0.01)
    following = sampler.listen("")
    async with asyncio.timeout(10):
        async for piece in following:
            event = read(piece)
            assert event.sample is None or event.sample.requests >= 0
            if event.total == 30:
                break
    assert held.asked.count("all") == 2


async def test_listeners_are_bounded_and_can_be_ended() -> None:
    sampler = Sampler(Held({}, numbers=[stats(1)]), interval_s=0.01)
    following = [sampler.listen("") for _ in range(live.LISTENERS)]
    with pytest.raises(TooManyListeners):
        sampler.listen("")
    await events(following[0], 1)
    sampler.end_streams()
    assert [piece async for piece in following[0]] == []
    for one in following[1:]:
        await one.aclose()  # type: ignore[attr-defined]
