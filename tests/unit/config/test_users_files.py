"""Users files: lines, limits, and what is no file."""

import os
from pathlib import Path

import pytest

from pointsman.config.users_files import read_lines


def test_lines_are_trimmed_and_comments_left_out(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("# people\n\n  ann:x \r\nbob:#y\n   # none\neve:z")
    assert read_lines(str(tmp_path / "users")) == ("ann:x", "bob:#y", "eve:z")


def test_a_missing_file_and_a_directory_say_so(tmp_path: Path) -> None:
    assert read_lines(str(tmp_path / "none")) == "cannot be read: No such file or directory"
    assert isinstance(read_lines(str(tmp_path)), str)
    assert isinstance(read_lines("a\0b"), str)


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_lines(str(tmp_path / "pipe")) == "is not a regular file"


@pytest.mark.parametrize(
    ("content", "reason"), [(b"a\xff:b", "is not UTF-8 (byte 2)"), (b"x" * (9 << 20), "is larger")]
)
def test_what_is_no_text_or_too_much_of_it(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "users").write_bytes(content)
    found = read_lines(str(tmp_path / "users"))
    assert isinstance(found, str)
    assert found.startswith(reason)
