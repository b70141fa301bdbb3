"""What runs for the images that the walk-through's manifests name: this checkout."""

import sys
from collections.abc import Mapping
from pathlib import Path

from support.cluster.node.settings import Image

ROOT = Path(__file__).resolve().parents[3]


def images() -> Mapping[str, Image]:
    """Pointsman, also in place of Traefik, and the demo's servers."""
    pointsman = _python("pointsman")
    servers = "pointsman.demo.backends"
    return {
        "pointsman:*": pointsman,
        "*/pointsman:*": pointsman,
        "traefik:*": pointsman,
        "demo-cheese:*": _python(servers),
        "demo-gm:v1": _python(servers, "gm-v1", "8080"),
        "demo-gm:v2": _python(servers, "gm-v2", "8080"),
    }


def _python(module: str, *words: str) -> Image:
    seen = {str(ROOT), sys.prefix}
    # A container sees the root file system of this machine, but nothing that is mounted below it.
    if Path(sys.base_prefix).stat().st_dev != Path("/").stat().st_dev:
        seen.add(sys.base_prefix)
    return Image(
        entrypoint=(sys.executable, "-P", "-m", module),
        cmd=words,
        env={"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        files={path: path for path in sorted(seen)},
    )
