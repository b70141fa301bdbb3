"""Which files are read, and the limits that keep hostile ones out."""

import os
from pathlib import Path

import pytest

from pointsman.providers.file import reading
from pointsman.providers.file.reading import Unreadable, read_text, rule_files, signature


def test_c_05_a_pipe_is_refused_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    with pytest.raises(Unreadable, match="not a regular file"):
        read_text(tmp_path / "a.toml")


def test_c_05_an_endless_device_is_refused() -> None:
    with pytest.raises(Unreadable, match="not a regular file"):
        read_text(Path("/dev/zero"))


def test_c_05_a_link_loop_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").symlink_to("b.toml")
    (tmp_path / "b.toml").symlink_to("a.toml")
    with pytest.raises(Unreadable, match="Too many levels"):
        read_text(tmp_path / "a.toml")
    assert signature(tmp_path / "a.toml") is None


def test_c_05_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a.toml").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(Unreadable, match="larger than 8 MiB"):
        read_text(tmp_path / "a.toml")


def test_c_05_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"a = 1\n\xff")
    with pytest.raises(Unreadable, match=r"not UTF-8 \(byte 7\)"):
        read_text(tmp_path / "a.toml")


def test_c_05_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FILES", 3)
    for index in range(4):
        (tmp_path / f"{index}.toml").touch()
    with pytest.raises(Unreadable, match="more than 3 rule files"):
        rule_files(tmp_path)


def test_c_05_too_deep_a_tree_is_refused(tmp_path: Path) -> None:
    (tmp_path / "/".join("d" * (reading.DEPTH + 2))).joinpath().mkdir(parents=True)
    deepest = tmp_path.joinpath(*"d" * (reading.DEPTH + 1))
    deepest.mkdir(parents=True, exist_ok=True)
    with pytest.raises(Unreadable, match="levels of directories"):
        rule_files(tmp_path)


@pytest.mark.parametrize("path", ["", "/no/such/file", "/etc/passwd/x", "a\0b"])
def test_what_is_not_there_is_said(path: str) -> None:
    with pytest.raises(Unreadable):
        read_text(Path(path))


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        read_text(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(Unreadable, match="Not a directory"):
        rule_files(tmp_path / "file")


def test_only_rule_files_and_never_kubernetes_own_copies(tmp_path: Path) -> None:
    for name in ("b.toml", "a.tmpl", "c.txt", ".hidden.toml"):
        (tmp_path / name).touch()
    (tmp_path / "..2024").mkdir()
    (tmp_path / "..2024" / "b.toml").touch()
    (tmp_path / "linked").symlink_to("..2024")
    assert [path.name for path in rule_files(tmp_path)] == [".hidden.toml", "a.tmpl", "b.toml"]


def test_a_signature_changes_with_content_and_mode(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("a")
    first = signature(path)
    assert first == signature(path)
    path.write_text("ab")
    assert signature(path) != first
