"""Which files are manifests, and which aren't read at all."""

import os
from pathlib import Path

import pytest

from pointsman.providers.manifests import files
from pointsman.providers.manifests.files import FileError, manifest_paths, read, signature


def test_finds_manifests_sorted_in_sub_folders(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "sub/c.json", "sub/deep/d.YAML", "e.txt", ".hidden.yaml", "..data/f.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    found = [str(path.relative_to(tmp_path)) for path in manifest_paths(tmp_path)]
    assert found == ["a.yml", "b.yaml", "sub/c.json", "sub/deep/d.YAML"]


def test_follows_links_and_enters_each_folder_once(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.yaml").write_text("")
    (tmp_path / "real" / "loop").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real" / "a.yaml")
    assert len(manifest_paths(tmp_path)) == 2


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        manifest_paths(tmp_path / "nowhere")


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 2)
    for name in "abc":
        (tmp_path / f"{name}.yaml").write_text("")
    with pytest.raises(FileError, match="more than 2"):
        manifest_paths(tmp_path)


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    for path in manifest_paths(tmp_path):
        with pytest.raises(FileError):
            signature(path)
        with pytest.raises(FileError):
            read(path)


def test_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 4)
    path = tmp_path / "a.yaml"
    path.write_text("1234")
    assert read(path) == b"1234"
    assert signature(path).size == 4
    path.write_text("12345")
    with pytest.raises(FileError, match="larger"):
        signature(path)
    with pytest.raises(FileError, match="larger"):
        read(path)
