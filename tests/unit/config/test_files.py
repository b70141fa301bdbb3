"""Configuration files that are not what they should be are refused at once."""

import os
from pathlib import Path

import pytest

from pointsman.config.files import MAX_BYTES, ReadError, named, read, usual
from pointsman.config.toml import TomlError, parse


def why(path: Path | str) -> str:
    with pytest.raises(ReadError) as caught:
        read(path)
    return str(caught.value)


def test_a_text_of_the_largest_size(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"#" * MAX_BYTES)
    assert len(read(tmp_path / "x")) == MAX_BYTES
    (tmp_path / "x").write_bytes(b"#" * (MAX_BYTES + 1))
    assert why(tmp_path / "x") == f"is larger than {MAX_BYTES} bytes"


def test_a_sparse_gibibyte(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as file:
        file.truncate(1 << 30)
    assert "is larger than" in why(tmp_path / "x")


@pytest.mark.timeout(5)
def test_what_is_not_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert why(tmp_path / "fifo") == "is not a regular file"
    assert why("/dev/zero") == "is not a regular file"
    assert "directory" in why(tmp_path)
    assert "too many levels" in why(tmp_path / "loop")
    assert "does not exist" in why(tmp_path / "dangling")
    assert why("a\0b") == "is not a valid path"


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a = 1\nb = '\xff'")
    assert why(tmp_path / "x") == "is not UTF-8: byte 6 of line 2"


def test_usual_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "traefik.toml").mkdir()
    assert usual({"HOME": str(tmp_path / "home")}) is None
    (tmp_path / "traefik.toml").rmdir()
    (tmp_path / "traefik.toml").touch()
    assert usual({}) == Path("traefik.toml")


def test_named(tmp_path: Path) -> None:
    assert named("$A/b", {"A": "/x"}) == Path("/x/b")
    assert named("${A}b$NONE", {"A": "/x"}) == Path("/xb")
    assert named(str(tmp_path), {}) == tmp_path / "traefik.toml"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 10_000 + "]" * 10_000,
        "a = " + "{b = " * 10_000 + "1" + "}" * 10_000,
        ".".join(["a"] * 500_000) + " = 1",
        "[" + ".".join(["a"] * 500_000) + "]",
        "a = {b = 1, " + " . ".join(["'a'"] * 100_000) + " = 1}",
        "a = " + "9" * 100_000,
        "a = 1\na = 2",
        "[a]\n[a]",
        "a = 1\r2",
        'a = "\\ud800"',
        "a = 9999-99-99",
    ],
)
def test_toml_that_is_refused(text: str) -> None:
    with pytest.raises(TomlError):
        parse(text, "x.toml")


def test_a_byte_order_mark_and_windows_lines() -> None:
    tree = parse("\ufeffa = 1\r\nb = 2\r\n", "x.toml")
    assert [(entry.key, str(entry.origin)) for entry in tree.entries] == [("a", "x.toml:1:1"), ("b", "x.toml:2:1")]
