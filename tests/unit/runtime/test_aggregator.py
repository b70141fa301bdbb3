import asyncio
from collections.abc import Mapping

import pytest

from pointsman.model.dynamic import Backend, Change, Frontend
from pointsman.model.problem import Problem
from pointsman.runtime.aggregator import Aggregator


class Seen:
    """What the aggregator handed on, awaitable."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Mapping[str, Change]] = asyncio.Queue()

    def __call__(self, changes: Mapping[str, Change]) -> None:
        self.queue.put_nowait(changes)

    async def next(self) -> Mapping[str, Change]:
        return await asyncio.wait_for(self.queue.get(), 10)


class Following:
    """An aggregator at work for the length of a block."""

    def __init__(self, *names: str, throttle_s: float = 0.0, start_s: float = 60.0, keeps_plan: bool = False) -> None:
        self.seen = Seen()
        self.keeps_plan = keeps_plan
        self.aggregator = Aggregator(
            names, self.seen, throttle_s=throttle_s, start_s=start_s, keeps_plan=lambda: self.keeps_plan
        )

    async def __aenter__(self) -> "Following":
        self.task = asyncio.create_task(self.aggregator.run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def frontend(name: str) -> Change:
    return Change(frontends={name: Frontend(backend="b")})


async def test_without_providers_an_empty_configuration_is_in_force() -> None:
    async with Following() as following:
        assert await following.seen.next() == {}


async def test_nothing_is_handed_on_before_all_have_reported() -> None:
    async with Following("file", "kubernetes") as following:
        following.aggregator.publish("file", frontend("a"))
        await asyncio.sleep(0)
        assert following.seen.queue.empty()
        assert not following.aggregator.started
        following.aggregator.publish("kubernetes", Change())
        assert await following.seen.next() == {"file": frontend("a")}


async def test_a_silent_provider_is_named_and_left_behind() -> None:
    async with Following("file", "kubernetes", start_s=0.05) as following:
        following.aggregator.publish("file", frontend("a"))
        changes = await following.seen.next()
        assert changes["file"] == frontend("a")
        (problems,) = changes["kubernetes"].problems.values()
        assert problems[0].object == "provider kubernetes"
        following.aggregator.publish("kubernetes", frontend("late"))
        late = (await following.seen.next())["kubernetes"]
        assert late.frontends == frontend("late").frontends
        assert list(late.problems.values()) == [()]


async def test_while_nobody_has_reported_nothing_is_in_force() -> None:
    async with Following("kubernetes", start_s=0.02) as following:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(following.seen.queue.get(), 0.2)
        assert not following.aggregator.started
        following.aggregator.publish("kubernetes", frontend("a"))
        assert (await following.seen.next())["kubernetes"].frontends == frontend("a").frontends


async def test_a_plan_of_an_earlier_life_is_not_replaced_by_one_without_a_silent_provider(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Following("file", "kubernetes", start_s=0.02, keeps_plan=True) as following:
        following.aggregator.publish("file", frontend("a"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(following.seen.queue.get(), 0.2)
        assert [problem.object for problem in following.aggregator.silent] == ["provider kubernetes"]
        assert caplog.text.count("provider kubernetes") == 1
        following.aggregator.publish("kubernetes", frontend("k"))
        assert set(await following.seen.next()) == {"file", "kubernetes"}
        assert following.aggregator.silent == ()


async def test_a_proxy_that_turns_out_to_have_no_plan_gets_what_there_is() -> None:
    async with Following("file", "kubernetes", start_s=0.02, keeps_plan=True) as following:
        following.aggregator.publish("file", frontend("a"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(following.seen.queue.get(), 0.2)
        following.keeps_plan = False
        following.aggregator.look_again()
        assert (await following.seen.next())["file"] == frontend("a")


async def test_a_burst_goes_out_together() -> None:
    async with Following("file") as following:
        for name in ("a", "b", "c"):
            following.aggregator.publish("file", frontend(name))
            await asyncio.sleep(0)
        following.aggregator.publish("file", Change(frontends={"a": None}, backends={"x": Backend()}))
        (change,) = (await following.seen.next()).values()
        assert change.frontends == {"a": None, "b": Frontend(backend="b"), "c": Frontend(backend="b")}
        assert change.backends == {"x": Backend()}


async def test_an_endless_burst_is_cut() -> None:
    async with Following("file") as following:

        async def chatter() -> None:
            for count in range(1_000_000):
                following.aggregator.publish("file", frontend(str(count % 7)))
                await asyncio.sleep(0.001)

        talking = asyncio.create_task(chatter())
        assert await following.seen.next()
        assert await following.seen.next()
        talking.cancel()


async def test_after_a_restart_of_its_provider_what_is_not_said_again_is_gone() -> None:
    async with Following("file") as following:
        aggregator = following.aggregator
        said = Change(
            frontends={"a": Frontend(backend="x"), "b": Frontend(backend="x")},
            problems={"frontend a": (Problem(object="frontend a", message="odd"),)},
        )
        aggregator.publish("file", said)
        await following.seen.next()
        aggregator.note("file", (Problem(object="provider file", message="failed"),))
        assert (await following.seen.next())["file"].problems
        aggregator.restarting("file")
        aggregator.publish("file", Change(frontends={"b": Frontend(backend="y")}))
        change = (await following.seen.next())["file"]
        assert change.frontends == {"a": None, "b": Frontend(backend="y")}
        assert set(change.problems.values()) == {()}
        assert set(aggregator.sources["file"].frontends) == {"b"}


async def test_the_throttle_holds_one_provider_and_keeps_only_the_newest() -> None:
    async with Following("file", "rest", throttle_s=0.3) as following:
        aggregator = following.aggregator
        aggregator.publish("rest", Change())
        aggregator.publish("file", Change(frontends={"a": Frontend(backend="1")}))
        assert "file" in await following.seen.next()
        aggregator.publish("file", Change(frontends={"a": Frontend(backend="2")}))
        aggregator.publish("rest", frontend("r"))
        assert set(await following.seen.next()) == {"rest"}
        aggregator.publish("file", Change(frontends={"a": Frontend(backend="3")}))
        changes = await following.seen.next()
        assert changes == {"file": Change(frontends={"a": Frontend(backend="3")})}
