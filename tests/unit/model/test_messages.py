"""Messages that both twins decode and write back byte for byte (`crates/plan/tests/golden.rs` is the other half)."""

from pathlib import Path

import msgspec
import pytest

from pointsman.model.plan import Upward

PLANS = Path(__file__).parents[2] / "golden" / "plans"


@pytest.mark.parametrize("path", sorted(PLANS.glob("upward-*.json")), ids=lambda path: path.stem)
def test_messages_come_back_as_they_were(path: Path) -> None:
    text = path.read_bytes().strip()
    assert msgspec.json.encode(msgspec.json.decode(text, type=Upward)) == text
