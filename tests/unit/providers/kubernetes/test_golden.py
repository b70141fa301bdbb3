"""Every golden pair: the objects of the input mean the output, whatever the order in which they arrive."""

import random
from pathlib import Path

import pytest

from pointsman.providers.kubernetes.translator import Translator
from support import ingress_golden

INPUTS = ingress_golden.inputs()


def _name(path: Path) -> str:
    return path.name.removesuffix(".in.yaml")


@pytest.mark.parametrize("source", INPUTS, ids=_name)
def test_means_its_output(source: Path) -> None:
    assert ingress_golden.render(source) == ingress_golden.output_of(source).read_text()


@pytest.mark.parametrize("source", INPUTS, ids=_name)
def test_one_object_at_a_time_in_any_order_means_the_same(source: Path) -> None:
    events = ingress_golden.events(source)
    random.Random(_name(source)).shuffle(events)
    translator = Translator(ingress_golden.options(source))
    for event in events:
        translator.apply([event])
    assert ingress_golden.dump(translator.dynamic) == ingress_golden.output_of(source).read_text()


def test_no_output_without_input() -> None:
    outputs = {path.name for path in ingress_golden.FOLDER.glob("*.out.yaml")}
    assert outputs == {ingress_golden.output_of(source).name for source in INPUTS}
    assert len(outputs) > 100
