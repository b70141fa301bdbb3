from pathlib import Path

import pytest

from pointsman.cli import cores, state
from pointsman.cli.errors import StartError
from pointsman.model.plan import Settings
from pointsman.model.static import Static
from pointsman.runtime import orders


def test_a_private_directory_is_private_and_temporary() -> None:
    with state.directory("") as path:
        assert path.stat().st_mode & 0o777 == 0o700
    assert not path.exists()


def test_a_configured_directory_stays(tmp_path: Path) -> None:
    with state.directory(str(tmp_path / "deep" / "state")) as path:
        assert path.stat().st_mode & 0o777 == 0o700
    assert path.exists()


def test_two_instances_cannot_share_a_directory(tmp_path: Path) -> None:
    with state.directory(str(tmp_path)), pytest.raises(StartError, match="in use"), state.directory(str(tmp_path)):
        pass
    with state.directory(str(tmp_path)):
        pass


def test_a_directory_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="file"), state.directory(str(tmp_path / "file")):
        pass


def test_without_room_for_temporary_files_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(prefix: str) -> str:
        raise FileNotFoundError(2, f"No usable temporary directory found for {prefix}")

    monkeypatch.setattr(state.tempfile, "mkdtemp", none)
    with pytest.raises(StartError, match="stateDir"), state.directory(""):
        pass


def test_what_a_cleaner_took_is_written_again(tmp_path: Path) -> None:
    told = orders.Orders(static=Static(log_level="INFO"), settings=Settings(threads=3))
    state.write(tmp_path / "gone", told)
    assert orders.read(tmp_path / "gone" / state.ORDERS) == told
    assert (tmp_path / "gone" / state.ORDERS).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("text", "most"), [("max 100000", 4096), ("100000 100000", 1), ("150000 100000", 2), ("1000 100000", 1), ("", 4096)]
)
def test_a_quota_of_the_control_group_is_honoured(tmp_path: Path, text: str, most: int) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert 1 <= cores.usable(tmp_path / "cpu.max") <= most


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    told = orders.Orders(static=Static(), settings=Settings(threads=3))
    state.write(tmp_path, told)
    with (tmp_path / state.SETTINGS).open("rb") as held:
        state.write(tmp_path, told)
        assert held.read() == (tmp_path / state.SETTINGS).read_bytes()


def test_what_is_there_is_not_written_again_so_that_a_full_disk_keeps_no_child_down(tmp_path: Path) -> None:
    told = orders.Orders(static=Static(), settings=Settings(threads=3))
    state.write(tmp_path, told)
    before = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    state.write(tmp_path, told)
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == before
