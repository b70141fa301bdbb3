import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.observability import logs


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    found = logging.getLogger(logs.NAME)
    kept = (found.handlers[:], found.level, found.propagate)
    yield found
    found.handlers[:], found.level, found.propagate = kept


def test_text_lines_look_like_1_7s(logger: logging.Logger, tmp_path: Path) -> None:
    logs.set_up(level="info", path=str(tmp_path / "deep" / "log"))
    logger.warning('a "quoted"\nline \u2028 é')
    logger.debug("not this")
    line = (tmp_path / "deep" / "log").read_text()
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"
    assert re.fullmatch(rf'time="{stamp}" level=warning msg="a \\"quoted\\"\\nline \\u2028 é"\n', line)


def test_json_lines_are_one_object_each(logger: logging.Logger, tmp_path: Path) -> None:
    logs.set_up(level="DEBUG", form="json", path=str(tmp_path / "log"))
    try:
        raise ValueError("x\ny")
    except ValueError:
        logger.exception("failed")
    (line,) = (tmp_path / "log").read_text().splitlines()
    document = json.loads(line)
    assert list(document) == ["level", "msg", "time"]
    assert document["level"] == "error"
    assert "ValueError: x\ny" in document["msg"]


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("", logging.ERROR),
        ("debug", logging.DEBUG),
        ("WARN", logging.WARNING),
        ("FATAL", logging.CRITICAL),
        ("odd", logs.PANIC),
    ],
)
def test_levels_are_1_7s(word: str, level: int) -> None:
    assert logs.level_of(word) == level


def test_a_rotated_file_is_opened_again(logger: logging.Logger, tmp_path: Path) -> None:
    path = tmp_path / "log"
    handler = logs.set_up(level="INFO", path=str(path))
    logger.info("one")
    path.rename(tmp_path / "log.1")
    logger.info("two")
    handler.reopen()
    logger.info("three")
    assert [line.rpartition("msg=")[2] for line in (tmp_path / "log.1").read_text().splitlines()] == ['"one"', '"two"']
    assert "three" in path.read_text()


def test_a_path_that_cannot_be_opened_again_changes_nothing(logger: logging.Logger, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    handler = logs.set_up(level="INFO", path=str(folder / "log"))
    folder.rename(tmp_path / "away")
    folder.write_text("a file where the directory was")
    handler.reopen()
    logger.info("still told")
    assert "still told" in (tmp_path / "away" / "log").read_text()


def test_a_full_disk_does_not_stop_the_product(logger: logging.Logger) -> None:
    logs.set_up(level="INFO", path="/dev/full")
    logger.info("lost")


def test_a_reader_that_stops_holds_nobody_up_and_hears_how_much_it_missed(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(logs, "_STDOUT", writing)
    handler = logs.set_up(level="INFO")
    for number in range(5_000):
        logger.info("line %d %s", number, "x" * 100)
    with os.fdopen(reading, encoding="utf-8") as lines:
        told = ""
        while "were dropped" not in told:
            told = lines.readline()
        logger.info("the last")
        assert "the last" in lines.readline()
    handler.flush()
