"""A volume's files, replaced in one step as the kubelet does it."""

import shutil
import time
from pathlib import Path

Files = dict[str, tuple[bytes, int]]
"""Content and mode by path below the volume."""


def publish(directory: Path, files: Files) -> None:
    """Writes a new directory, then renames the link `..data` over the old one; does nothing when all is the same."""
    directory.mkdir(parents=True, exist_ok=True)
    data = directory / "..data"
    old = data.resolve() if data.is_symlink() else None
    if old and _content(old) == {name: content for name, (content, _) in files.items()}:
        return
    fresh = directory / f"..{time.strftime('%Y_%m_%d_%H_%M_%S')}.{time.monotonic_ns() % 10**9:09d}"
    fresh.mkdir()
    for name, (content, mode) in files.items():
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(mode)
    temporary = directory / "..data_tmp"
    temporary.symlink_to(fresh.name)
    temporary.rename(data)
    _link(directory, {name.split("/")[0] for name in files})
    if old:
        shutil.rmtree(old, ignore_errors=True)


def _content(directory: Path) -> dict[str, bytes]:
    return {str(each.relative_to(directory)): each.read_bytes() for each in directory.rglob("*") if each.is_file()}


def _link(directory: Path, names: set[str]) -> None:
    for link in directory.iterdir():
        if not link.name.startswith("..") and link.name not in names:
            link.unlink()
    for name in names:
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(f"..data/{name}")
