"""Golden pairs of `pointsman migrate`: manifests in, manifests out, and the report of every object."""

from collections.abc import Iterator
from pathlib import Path

from pointsman.migrate import Options, migrate

FOLDER = Path(__file__).parent.parent / "golden" / "migrate"


def inputs() -> list[Path]:
    """Every `NAME.in.yaml`, sorted."""
    return sorted(FOLDER.glob("*.in.yaml"))


def output_of(source: Path) -> Path:
    """The `NAME.out.yaml` beside it."""
    return source.with_name(source.name.replace(".in.yaml", ".out.yaml"))


def outputs(source: Path) -> Iterator[tuple[Path, str]]:
    """Both output files of an input, and what they should hold."""
    result = migrate(source.read_text(), Options())
    yield output_of(source), result.text
    report = "".join(f"{one.line}: {one}\n" for one in result.objects)
    yield source.with_name(source.name.replace(".in.yaml", ".report.txt")), report
