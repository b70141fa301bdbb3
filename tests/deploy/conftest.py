"""What is in deploy/: read, rendered, and shown to a real API server."""

import contextlib

import pytest

from support.charts.program import Missing, binary, built
from support.cluster.fixture import cluster

__all__ = ["cluster"]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Builds Helm before any test's time limit runs: on a new machine that takes minutes."""
    if any(item.path.parent.name == "deploy" for item in session.items) and not binary().exists():
        print("\nbuilding helm, once for this machine: some minutes", flush=True)
        with contextlib.suppress(Missing):  # The tests that call it fail with the same words.
            built()
