"""Every golden pair: the manifests become the output beside them, with that report, and need no second migration."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pointsman.migrate import Options, Outcome, migrate
from support import migrate_golden

INPUTS = migrate_golden.inputs()
OLD = ("extensions/v1beta1", "apps/v1beta1", "apps/v1beta2", "networking.k8s.io/v1beta1", "policy/v1beta1")


def _name(path: Path) -> str:
    return path.name.removesuffix(".in.yaml")


def _objects(text: str) -> Iterator[dict[str, Any]]:
    for document in yaml.safe_load_all(text):
        if isinstance(document, dict):
            yield from document["items"] if document.get("kind") == "List" else [document]


@pytest.mark.parametrize("source", INPUTS, ids=_name)
def test_becomes_its_output(source: Path) -> None:
    for path, text in migrate_golden.outputs(source):
        assert text == path.read_text()


@pytest.mark.parametrize("source", INPUTS, ids=_name)
def test_a_second_migration_changes_nothing(source: Path) -> None:
    once = migrate_golden.output_of(source).read_text()
    again = migrate(once, Options())
    assert again.text == once
    assert all(one.outcome is not Outcome.CHANGED for one in again.objects)


@pytest.mark.parametrize("source", INPUTS, ids=_name)
def test_metadata_is_untouched(source: Path) -> None:
    before, after = _objects(source.read_text()), _objects(migrate_golden.output_of(source).read_text())
    for old, new in zip(before, after, strict=True):
        assert new["kind"] == old["kind"]
        assert new.get("metadata") == old.get("metadata")


def test_comments_stay_in_their_order() -> None:
    source = migrate_golden.FOLDER / "comments.in.yaml"

    def comments(path: Path) -> list[str]:
        return [line[line.index("#") :].strip() for line in path.read_text().splitlines() if "#" in line]

    before, after = comments(source), comments(migrate_golden.output_of(source))
    assert len(before) > 20
    assert after == before


@pytest.mark.parametrize("source", [path for path in INPUTS if path.name.startswith("guide-")], ids=_name)
def test_the_walk_through_needs_nothing_else(source: Path) -> None:
    text = migrate_golden.output_of(source).read_text()
    assert not [thing for thing in _objects(text) if thing["apiVersion"] in OLD]
    changed = [
        line
        for line in difflib.ndiff(source.read_text().splitlines(), text.splitlines())
        if line.startswith("- ") and not line.strip("- ").startswith(("apiVersion:", "serviceName:", "servicePort:"))
    ]
    assert [line for line in changed if "image:" not in line] == []


def test_no_output_without_input() -> None:
    outputs = {path for source in INPUTS for path, _ in migrate_golden.outputs(source)}
    assert outputs == {*migrate_golden.FOLDER.glob("*.out.yaml"), *migrate_golden.FOLDER.glob("*.report.txt")}
    assert len(INPUTS) > 20
