"""One running product for a module; its objects are replaced for every test."""

from collections.abc import Iterator

import pytest

from support.folder import Folder
from support.upstream import Upstream


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """A folder of objects with the product running on it."""
    held = Folder(tmp_path_factory.mktemp("objects"))
    with held.start() as running:
        running.ready()
        yield held


@pytest.fixture
def upstreams() -> Iterator[list[Upstream]]:
    """Upstreams made here are closed at the end of the test."""
    made: list[Upstream] = []
    yield made
    for each in made:
        each.close()
