import asyncio
import logging

import pytest

from pointsman.runtime import backoff


async def test_a_failure_is_told_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backoff, "FIRST_S", 0.001)
    monkeypatch.setattr(logging.getLogger("pointsman"), "propagate", True)
    outcomes: list[Exception | None] = [ValueError("one"), OSError("two"), None]
    told: list[tuple[str, float]] = []

    async def attempt() -> None:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    await asyncio.wait_for(backoff.keep("file", attempt, lambda error, pause: told.append((str(error), pause))), 10)
    assert told == [("one", 0.001), ("two", 0.002)]
    assert "Traceback" in caplog.text


async def test_cancelling_ends_it() -> None:
    async def attempt() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(backoff.keep("file", attempt, lambda error, pause: None))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
