"""One running product for a module; its objects stay for all tests of the module."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.folder import Folder
from support.objects import Object
from support.upstream import Upstream


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """Says `main` and keeps what it received."""
    with Upstream("main") as made:
        yield made


@pytest.fixture(scope="module")
def other() -> Iterator[Upstream]:
    """Says `other`."""
    with Upstream("other") as made:
        yield made


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    """Overridden by modules: what the folder holds from the start."""
    return []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, objects: list[Object]) -> Iterator[Folder]:
    """A folder of objects with the product running on it."""
    held = Folder(tmp_path_factory.mktemp("objects"))
    Path(held.path / "objects.yaml").write_text(yaml.safe_dump_all(objects))
    with held.start() as running:
        running.ready()
        yield held
