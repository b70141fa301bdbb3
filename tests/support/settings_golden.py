"""Golden settings: a static configuration (`NAME.toml`), what a proxy is started with, and the Problems."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from pointsman.compiler import compile_settings, start_errors, static_problems
from pointsman.config.load import load
from pointsman.model.problem import Problem
from support.plan_golden import read_users

FOLDER = Path(__file__).parent.parent / "golden" / "settings"


def inputs() -> list[Path]:
    """Every input, sorted."""
    return sorted(FOLDER.glob("*.toml"))


def outputs(source: Path) -> Iterator[tuple[Path, str]]:
    """Both output files of an input, and what they should hold; no settings where the start is refused."""
    loaded = load([f"--configFile={source}"], {})
    wrong = loaded.fatal or start_errors(loaded.static, read_users)
    problems = [f"fatal: {_told(problem)}\n" for problem in wrong]
    problems += [f"{_told(problem)}\n" for problem in loaded.problems]
    settings = ""
    if not wrong:
        compiled = compile_settings(loaded.static, threads=2, hostname="here", in_cluster=False, read_lines=read_users)
        problems += [f"{_told(problem)}\n" for problem in static_problems(loaded.static, read_users)]
        settings = msgspec.json.encode(compiled).decode() + "\n"
    yield source.with_suffix(".settings.json"), settings
    yield source.with_suffix(".problems.txt"), "".join(problems)


def _told(problem: Problem) -> str:
    return str(problem).replace(f"{FOLDER}/", "")
