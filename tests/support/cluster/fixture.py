"""The `cluster` fixture: one control plane per test session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cluster.binary import require
from support.cluster.control_plane import ControlPlane


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A running, empty cluster; fails (never skips) when a prerequisite is missing."""
    require("etcd", "etcd-server")
    directory: Path = tmp_path_factory.mktemp("cluster")
    control_plane = ControlPlane(directory)
    try:
        control_plane.start()
        yield control_plane
    finally:
        control_plane.stop()
