"""A real API server for every test here, and a namespace of its own."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from support.cluster.control_plane import ControlPlane
from support.cluster.fixture import build_first, cluster
from support.cluster.hand import Hand
from support.logged import Logged

__all__ = ["cluster"]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What takes minutes is built before any test\'s time limit runs."""
    build_first(session, "cluster")


@pytest.fixture
def hand(cluster: ControlPlane) -> Iterator[Hand]:
    """A cluster with an API server that is up, before and after."""
    yield Hand(cluster)
    if not cluster.apiserver.running:
        cluster.start_apiserver()


@pytest.fixture
async def logged() -> AsyncIterator[Logged]:
    """The provider's log lines."""
    handler, logger = Logged(), logging.getLogger("pointsman")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)


@pytest.fixture
def namespace(cluster: ControlPlane, request: pytest.FixtureRequest) -> str:
    """A namespace of this test alone."""
    name = "t-" + "".join(c if c.isalnum() else "-" for c in request.node.name.removeprefix("test_"))[:50].strip("-")
    cluster.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name
