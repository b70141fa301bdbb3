import sys
from pathlib import Path

import pytest

from pointsman.cli import proxy


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_environment_wins(tmp_path: Path) -> None:
    named = executable(tmp_path / "other")
    assert proxy.find({"POINTSMAN_PROXY": str(named)}) == named


def test_a_name_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(proxy.NoProxy, match="POINTSMAN_PROXY"):
        proxy.find({"POINTSMAN_PROXY": str(tmp_path)})


def test_beside_the_script_comes_before_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = executable(tmp_path / "bin" / proxy.NAME)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setattr(proxy.sysconfig, "get_path", lambda name: str(tmp_path / "none"))
    assert proxy.find({}) == beside


def test_nowhere_says_where_was_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "_beside", lambda: iter([tmp_path]))
    monkeypatch.setattr(proxy, "_checkout", lambda: iter([]))
    with pytest.raises(proxy.NoProxy, match=str(tmp_path)):
        proxy.find({})
