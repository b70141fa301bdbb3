"""Every golden plan: what users write becomes the plan and the Problems beside it, and both survive a round trip."""

from pathlib import Path

import msgspec
import pytest

from pointsman.model.plan import Plan
from support import plan_golden

INPUTS = plan_golden.inputs()


@pytest.mark.parametrize("source", INPUTS, ids=lambda source: source.stem)
def test_golden(source: Path) -> None:
    for path, text in plan_golden.outputs(source):
        assert text == path.read_text()


@pytest.mark.parametrize("source", INPUTS, ids=lambda source: source.stem)
def test_golden_plans_come_back_as_they_were(source: Path) -> None:
    text = source.with_suffix(".plan.json").read_bytes()
    assert msgspec.json.encode(msgspec.json.decode(text, type=Plan)) + b"\n" == text


def test_every_output_has_an_input() -> None:
    outputs = {path for source in INPUTS for path, _ in plan_golden.outputs(source)}
    assert outputs == {*plan_golden.FOLDER.glob("*.plan.json"), *plan_golden.FOLDER.glob("*.problems.txt")}
