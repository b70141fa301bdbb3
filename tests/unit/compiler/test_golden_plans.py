"""Golden plans: what users write (`NAME.toml`, or `NAME.dynamic` in JSON), and the plan and Problems it becomes.

`POINTSMAN_GOLDEN=write` makes the expected files anew; read the difference before committing it.
"""

import os
from pathlib import Path

import msgspec
import pytest

from pointsman.compiler import Conditions, PlanBuilder
from pointsman.model.dynamic import Dynamic
from pointsman.model.plan import Plan
from pointsman.providers import diff
from pointsman.providers.file.decoding import decode_rules

FOLDER = Path(__file__).parents[2] / "golden" / "plans"
INPUTS = sorted([*FOLDER.glob("*.toml"), *FOLDER.glob("*.dynamic")])
CONDITIONS = Conditions(
    entry_points=frozenset({"http", "https", "shut"}), default_entry_points=("http",), closed={"shut": "it is shut"}
)


def read(path: Path) -> Dynamic:
    if path.suffix == ".dynamic":
        return msgspec.json.decode(path.read_bytes(), type=Dynamic)
    dynamic = decode_rules(path.read_text(), path.name, Dynamic(), part_of_static=False)
    assert isinstance(dynamic, Dynamic), dynamic
    return dynamic


def compiled(dynamic: Dynamic) -> tuple[bytes, str]:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("file", diff(Dynamic(), dynamic))
    return msgspec.json.encode(builder.plan(1)) + b"\n", "".join(f"{problem}\n" for problem in builder.problems())


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    plan, problems = compiled(read(path))
    expected, told = path.with_suffix(".plan.json"), path.with_suffix(".problems.txt")
    if os.environ.get("POINTSMAN_GOLDEN") == "write":
        expected.write_bytes(plan)
        told.write_text(problems)
    assert msgspec.json.decode(plan) == msgspec.json.decode(expected.read_bytes())
    assert plan == expected.read_bytes()
    assert problems == told.read_text()


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_golden_plans_come_back_as_they_were(path: Path) -> None:
    text = path.with_suffix(".plan.json").read_bytes()
    assert msgspec.json.encode(msgspec.json.decode(text, type=Plan)) + b"\n" == text


def test_there_are_golden_plans() -> None:
    assert len(INPUTS) >= 6
