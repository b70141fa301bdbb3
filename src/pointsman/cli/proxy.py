"""Where the proxy executable is."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

NAME = "pointsman-proxy"
VARIABLE = "POINTSMAN_PROXY"
"""Names another executable."""


class NoProxy(Exception):
    """There is no proxy executable; says where it was looked for."""


def find(environ: Mapping[str, str]) -> Path:
    """The executable named by POINTSMAN_PROXY, else beside our console script, else the newest of a checkout's builds.

    Raises NoProxy.
    """
    named = environ.get(VARIABLE)
    if named:
        path = Path(named)
        if not _runs(path):
            raise NoProxy(f"{VARIABLE} names {named}, which is not an executable file")
        return path.absolute()
    for folder in _beside():
        if _runs(folder / NAME):
            return folder / NAME
    built = [path for path in _checkout() if _runs(path)]
    if built:
        return max(built, key=lambda path: path.stat().st_mtime)
    places = ", ".join(str(folder) for folder in dict.fromkeys(_beside()))
    raise NoProxy(f"{NAME} is not installed (looked in {places}); install pointsman again, or set {VARIABLE}")


def _beside() -> Iterator[Path]:
    yield Path(sysconfig.get_path("scripts"))
    yield Path(sys.executable).absolute().parent
    script = shutil.which(sys.argv[0])
    if script is not None:
        yield Path(script).resolve().parent


def _checkout() -> Iterator[Path]:
    root = Path(__file__).resolve().parents[3]
    if (root / "Cargo.toml").is_file():
        for profile in ("release", "quick", "debug"):
            yield root / "target" / profile / NAME


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
