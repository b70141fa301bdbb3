"""Users files are followed: at first sight, and whenever they are different."""

import asyncio
from pathlib import Path

import pytest

from pointsman.runtime import users_files


async def test_changed_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users_files, "PERIOD_S", 0.01)
    path, wanted, told = str(tmp_path / "users"), set[str](), asyncio.Queue[set[str]]()
    following = asyncio.create_task(users_files.follow(lambda: wanted, told.put_nowait))

    async def next_word() -> set[str]:
        return await asyncio.wait_for(told.get(), 10)

    wanted.add(path)
    assert await next_word() == {path}
    await asyncio.to_thread((tmp_path / "users").write_text, "ann:x")
    assert await next_word() == {path}
    await asyncio.to_thread((tmp_path / "users").unlink)
    assert await next_word() == {path}
    assert told.empty()
    following.cancel()
