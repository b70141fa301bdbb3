"""The `cluster` fixture: one control plane per test session."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cluster.binary import BINARY, Missing, kube_binary, require
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


def build_first(session: pytest.Session, fixture: str) -> None:
    """Builds the API server, if a test needs it, before any time limit runs: on a new machine it takes minutes."""
    if any(fixture in getattr(item, "fixturenames", ()) for item in session.items) and not BINARY.exists():
        print("\nbuilding kube-apiserver, once for this machine: some minutes", flush=True)
        with contextlib.suppress(Missing):  # The fixture fails with the same words, as a test's error.
            kube_binary()
