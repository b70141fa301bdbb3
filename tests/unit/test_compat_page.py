"""docs/compat.md: made from what the program knows, complete, and never less than it was."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compat() -> ModuleType:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import compat_page
    finally:
        sys.path.pop(0)
    return compat_page  # type: ignore[no-any-return]


def test_the_page_is_current(compat: ModuleType) -> None:
    assert (ROOT / "docs" / "compat.md").read_text() == compat.page(), "run `make golden`"


def test_every_note_is_about_a_name_that_is_there(compat: ModuleType) -> None:
    names = {row.name for row in compat.rows()}
    notes = compat.compat_notes
    assert {*notes.BETTER, *notes.WHY, *notes.IDLE, *notes.OLD} <= names


def test_notes_of_what_is_missing_go_when_it_comes(compat: ModuleType) -> None:
    there = {row.name for row in compat.rows() if row.state == compat.SAME}
    assert there.isdisjoint(compat.compat_notes.WHY)


def test_names_of_every_kind_have_their_state(compat: ModuleType) -> None:
    states = {row.name: row.state for row in compat.rows()}
    good = (compat.SAME, compat.BETTER)
    for name in ("Compress", "WhiteList.SourceRange", "rate-limit", "HostRegexp", "frontends.NAME.headers.stsSeconds"):
        assert states[name] in good, name
    assert states["docker"] == states["acme.email"] == compat.MISSING


@pytest.mark.parametrize(("part", "least"), [("Rules", 100), ("Annotations", 100), ("Frontends", 100), ("Entry", 100)])
def test_what_was_there_stays(compat: ModuleType, part: str, least: float) -> None:
    """Of what needs no TLS."""
    (rows,) = [rows for title, rows in compat._parts() if title.startswith(part)]
    counted = [row for row in rows if not row.outside]
    assert 100 * sum(row.state in (compat.SAME, compat.BETTER) for row in counted) / len(counted) >= least
