"""Golden plans: what users write (`NAME.toml`, or `NAME.dynamic` in JSON), the plan it becomes, and the Problems."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from pointsman.compiler import Conditions, PlanBuilder, Target
from pointsman.model.dynamic import Dynamic
from pointsman.providers import diff
from pointsman.providers.file.decoding import decode_rules

FOLDER = Path(__file__).parent.parent / "golden" / "plans"
CONDITIONS = Conditions(
    entry_points=frozenset({"http", "https", "shut"}),
    default_entry_points=("http",),
    closed={"shut": "it is shut"},
    targets={"http": Target(scheme="http", port=80), "https": Target(scheme="https", port=8443)},
    tls=frozenset({"https"}),
    health_interval_ms=20_000,
    labelled=True,
)
USERS_FILES = {
    "/users": ("ann:{SHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "new:$apr1$saltsalt$AAAAAAAAAAAAAAAAAAAAAA"),
    "/digests": ("ann:traefik:0123456789abcdef0123456789abcdef",),
    "/bad": ("no colon",),
}


def read_users(path: str) -> tuple[str, ...] | str:
    """The lines of a users file that there is in golden inputs."""
    return USERS_FILES.get(path, "cannot be read: No such file")


def inputs() -> list[Path]:
    """Every input, sorted."""
    return sorted([*FOLDER.glob("*.toml"), *FOLDER.glob("*.dynamic")])


def outputs(source: Path) -> Iterator[tuple[Path, str]]:
    """Both output files of an input, and what they should hold."""
    builder = PlanBuilder(CONDITIONS, read_users)
    builder.apply("file", diff(Dynamic(), _read(source)))
    yield source.with_suffix(".plan.json"), msgspec.json.encode(builder.plan(1)).decode() + "\n"
    yield source.with_suffix(".problems.txt"), "".join(f"{problem}\n" for problem in builder.problems())


def _read(source: Path) -> Dynamic:
    if source.suffix == ".dynamic":
        return msgspec.json.decode(source.read_bytes(), type=Dynamic)
    dynamic = decode_rules(source.read_text(), source.name, Dynamic(), part_of_static=False)
    assert isinstance(dynamic, Dynamic), dynamic
    return dynamic
