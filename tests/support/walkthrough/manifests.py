"""The walk-through's manifests: as written for Traefik 1.7, and as `pointsman migrate` leaves them.

The Ingresses are those of the golden files `guide-*`, which say what becomes of them; the rest is in `tests/guide`.
"""

import shutil
from pathlib import Path

from support.running import run
from support.walkthrough.images import ROOT

OWN = ROOT / "tests" / "guide" / "manifests"
GOLDEN = ROOT / "tests" / "golden" / "ingress"


def write_old(directory: Path) -> Path:
    """Writes all of them; the Ingresses of `guide-NAME.in.yaml` are in `ingress-NAME.yaml`."""
    directory.mkdir()
    for path in OWN.glob("*.yaml"):
        shutil.copyfile(path, directory / path.name)
    for path in GOLDEN.glob("guide-*.in.yaml"):
        name = path.name.removeprefix("guide-").removesuffix(".in.yaml")
        documents = path.read_text().split("\n---\n")
        kept = [document for document in documents if "\nkind: Ingress\n" in f"\n{document}"]
        (directory / f"ingress-{name}.yaml").write_text("\n---\n".join(kept) + "\n")
    return directory


def write_migrated(old: Path, directory: Path) -> Path:
    """Migrates a folder of them. Raises AssertionError when something is not supported."""
    code, told = run("migrate", str(old), "-o", str(directory))
    assert code == 0, told
    return directory
