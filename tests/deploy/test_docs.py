"""Pages about installing name files and sections that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [
    ROOT / "docs" / "deploy.md",
    ROOT / "docs" / "migrate.md",
    ROOT / "docs" / "migrating-from-traefik-1.7.md",
    ROOT / "deploy" / "README.md",
    ROOT / "deploy" / "helm" / "pointsman" / "README.md",
]


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    for named in set(re.findall(r"\b(?:deploy|docs|bench)/[\w./*-]+", page.read_text())):
        name = named.rstrip(".")
        assert list(ROOT.glob(name.rstrip("/"))), name
