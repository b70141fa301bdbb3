"""Golden settings: static configurations compile to the stored settings and Problems (`make golden` re-makes them)."""

from pathlib import Path

import msgspec
import pytest

from pointsman.model.plan import Settings
from support import settings_golden


@pytest.mark.parametrize("source", settings_golden.inputs(), ids=lambda source: source.stem)
def test_settings(source: Path) -> None:
    for path, text in settings_golden.outputs(source):
        assert path.read_text() == text, f"{path.name}: if this is right, run `make golden`"
        if path.suffix == ".json" and text:
            assert "entry_points" in text
            msgspec.json.decode(text, type=Settings)
