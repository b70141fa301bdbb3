"""The file provider on real files: what it publishes, when, and what survives which accident. Ids are fault cases."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pointsman.model.dynamic import Change
from pointsman.model.static import FileProvider as Section
from pointsman.providers.file import FileProvider
from pointsman.providers.file.provider import read_once

SOON_S = 10
Next = Callable[[], Awaitable[Change]]


def rules(*names: str) -> str:
    return "".join(f'[backends.{name}.servers.s]\nurl = "http://127.0.0.1:80"\n' for name in names)


def swap(path: Path, text: str) -> None:
    """Replaces a file at once, as careful editors do."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.rename(path)


@asynccontextmanager
async def running(section: Section, config_file: Path | str = "") -> AsyncIterator[Next]:
    """A provider in its loop; yields what awaits its next Change."""
    published: asyncio.Queue[Change] = asyncio.Queue()
    task = asyncio.create_task(FileProvider(section, str(config_file)).run(published.put_nowait))

    async def following() -> Change:
        getter = asyncio.ensure_future(published.get())
        await asyncio.wait({getter, task}, timeout=SOON_S, return_when=asyncio.FIRST_COMPLETED)
        if getter.done():
            return getter.result()
        getter.cancel()
        if task.done():
            task.result()
        raise TimeoutError

    try:
        yield following
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def present(change: Change) -> set[str]:
    return {name for name, backend in change.backends.items() if backend is not None}


def told(change: Change) -> str:
    return "\n".join(str(problem) for problems in change.problems.values() for problem in problems)


async def test_one_file_is_published_and_followed(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(rules("a", "b"))
    async with running(Section(filename=str(path))) as following:
        assert present(await following()) == {"a", "b"}
        path.write_text(rules("b", "c"))
        change = await following()
        assert dict.fromkeys(change.backends) == {"a": None, "c": None}
        assert present(change) == {"c"}


async def test_the_main_file_holds_rules_too(tmp_path: Path) -> None:
    path = tmp_path / "traefik.toml"
    path.write_text('logLevel = "INFO"\nunknown = 1\n[file]\n[Backends.a.servers.s]\nurl = "http://127.0.0.1"\n')
    async with running(Section(), path) as following:
        change = await following()
        assert present(change) == {"a"}
        assert not change.problems


async def test_without_any_file_there_is_a_problem() -> None:
    async with running(Section()) as following:
        assert "names neither a file nor a directory" in told(await following())


async def test_without_watch_it_reads_once(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(rules("a"))
    published: list[Change] = []
    async with asyncio.timeout(SOON_S):
        await FileProvider(Section(filename=str(path), watch=False), "").run(published.append)
    assert [present(change) for change in published] == [{"a"}]


async def test_a_directory_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "sub" / "deeper").mkdir(parents=True)
    (tmp_path / "b.toml").write_text(rules("one", "two"))
    (tmp_path / "a.toml").write_text('[backends.one.servers.first]\nurl = "http://a"\n')
    (tmp_path / "sub" / "deeper" / "c.tmpl").write_text(rules("three"))
    (tmp_path / "d.txt").write_text("no rules")
    async with running(Section(directory=str(tmp_path), filename="ignored")) as following:
        change = await following()
        assert present(change) == {"one", "two", "three"}
        one = change.backends["one"]
        assert one is not None
        assert list(one.servers) == ["first"]
        assert "the first in the order of file names stays" in told(change)
        (tmp_path / "sub" / "e.toml").write_text(rules("four"))
        assert present(await following()) == {"four"}
        (tmp_path / "b.toml").unlink()
        assert (await following()).backends == {"two": None}


async def test_c_01_a_broken_file_keeps_what_it_said_and_no_other_file_suffers(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(rules("a"))
    (tmp_path / "b.toml").write_text(rules("b"))
    async with running(Section(directory=str(tmp_path))) as following:
        assert present(await following()) == {"a", "b"}
        swap(tmp_path / "a.toml", 'x = 1\n[backends.a\nusers = ["secret"]')
        change = await following()
        assert not change.backends
        assert f"{tmp_path}/a.toml:2: file {tmp_path}/a.toml" in told(change)
        assert "secret" not in told(change)
        swap(tmp_path / "b.toml", rules("b", "c"))
        assert present(await following()) == {"c"}
        swap(tmp_path / "a.toml", rules("a2"))
        change = await following()
        assert change.backends == {"a": None, "a2": change.backends["a2"]}
        assert not told(change)


async def test_an_emptied_file_removes_everything(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(rules("a"))
    async with running(Section(filename=str(path))) as following:
        await following()
        path.write_text("")
        assert (await following()).backends == {"a": None}
        path.write_text(rules("b"))
        assert present(await following()) == {"b"}


@pytest.mark.parametrize("whole_directory", [True, False])
async def test_c_03_config_map_swaps_are_all_seen(tmp_path: Path, whole_directory: bool) -> None:
    def publish(version: int) -> None:
        copy = tmp_path / f"..v{version}"
        copy.mkdir()
        (copy / "rules.toml").write_text(rules(f"b{version}"))
        link = tmp_path / "..data_tmp"
        link.symlink_to(copy.name)
        link.rename(tmp_path / "..data")
        if version:
            old = tmp_path / f"..v{version - 1}"
            (old / "rules.toml").unlink()
            old.rmdir()

    publish(0)
    (tmp_path / "rules.toml").symlink_to("..data/rules.toml")
    section = Section(directory=str(tmp_path)) if whole_directory else Section(filename=str(tmp_path / "rules.toml"))
    async with running(section) as following:
        assert present(await following()) == {"b0"}
        for version in range(1, 20):
            publish(version)
            change = await following()
            assert change.backends[f"b{version - 1}"] is None
            assert present(change) == {f"b{version}"}


async def test_c_03_the_target_of_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "config").mkdir()
    target, link = tmp_path / "real" / "rules.toml", tmp_path / "config" / "traefik.toml"
    target.write_text(rules("a"))
    link.symlink_to(target)
    async with running(Section(filename=str(link))) as following:
        assert present(await following()) == {"a"}
        target.write_text(rules("a", "b"))
        assert present(await following()) == {"b"}


async def test_c_04_deleted_dangling_and_back(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(rules("a"))
    async with running(Section(filename=str(path))) as following:
        await following()
        path.unlink()
        change = await following()
        assert not change.backends
        assert "cannot be read: No such file" in told(change)
        path.symlink_to("nowhere")
        (tmp_path / "nowhere").write_text(rules("b"))
        change = await following()
        assert present(change) == {"b"}
        assert not told(change)


async def test_c_04_the_directory_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.toml").write_text(rules("a"))
    async with running(Section(directory=str(folder))) as following:
        await following()
        folder.rename(tmp_path / "old")
        change = await following()
        assert not change.backends
        assert "cannot be read" in told(change)
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / "a.toml").write_text(rules("b"))
        (tmp_path / "new").rename(folder)
        change = await following()
        assert set(change.backends) == {"a", "b"}
        (folder / "a.toml").write_text(rules("c"))
        assert present(await following()) == {"c"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
async def test_c_04_mode_000_and_back(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(rules("a"))
    async with running(Section(filename=str(path))) as following:
        await following()
        path.chmod(0)
        assert "Permission denied" in told(await following())
        path.chmod(0o600)
        assert not told(await following())


@pytest.mark.parametrize("kind", ["missing", "broken"])
async def test_a_file_that_is_bad_from_the_start_is_reported_and_taken_when_it_is_good(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "not-yet" / "rules.toml"
    if kind == "broken":
        path.parent.mkdir()
        path.write_text("x = [")
    async with running(Section(filename=str(path))) as following:
        change = await following()
        assert not change.backends
        assert str(path) in told(change)
        path.parent.mkdir(exist_ok=True)
        swap(path, rules("a"))
        assert present(await following()) == {"a"}


async def test_a_burst_of_writes_ends_with_the_last(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(rules("a"))
    async with running(Section(filename=str(path))) as following:
        await following()
        for index in range(200):
            path.write_text(rules(f"b{index:03}"))
        seen: set[str] = set()
        while "b199" not in seen:
            seen |= present(await following())


def test_c_05_a_directory_of_too_much_is_refused(tmp_path: Path) -> None:
    for index in range(9):
        with (tmp_path / f"{index}.toml").open("wb") as file:
            file.truncate(8 << 20)
    dynamic = read_once(Section(directory=str(tmp_path)), "")
    assert "more than 64 MiB" in str(dynamic.problems[0])


def test_c_01_a_check_reads_without_following(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("x = [")
    dynamic = read_once(Section(directory=str(tmp_path)), "")
    assert "rules.toml:1" in str(dynamic.problems[0])
