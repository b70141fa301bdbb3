"""Builds the dashboard into the package before the package is built; everything else stands in pyproject.toml."""

import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
SOURCES = ROOT / "dashboard"
BUILT = ROOT / "src" / "pointsman" / "dashboard" / "assets" / "index.html"


def is_current() -> bool:
    """Whether the assets are there, and none of their sources is newer."""
    if not BUILT.exists():
        return False
    sources = [SOURCES / "index.html", SOURCES / "package-lock.json", SOURCES / "vite.config.ts"]
    sources += [path for path in (SOURCES / "src").rglob("*") if path.is_file()]
    return all(not path.exists() or path.stat().st_mtime <= BUILT.stat().st_mtime for path in sources)


def build_dashboard() -> None:
    """Runs npm. Without it the package is built all the same, and says at /dashboard/ what is missing."""
    if is_current() or not (SOURCES / "package.json").exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        left = "the dashboard that was built before is packaged" if BUILT.exists() else "there will be no dashboard"
        print(f"pointsman: npm is not on the PATH: {left}; install Node.js 20 with npm for it", file=sys.stderr)
        return
    subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=SOURCES, check=True)
    subprocess.run([npm, "run", "build"], cwd=SOURCES, check=True)


class BuildWithDashboard(build_py):
    """Package data is collected when this runs, so the dashboard must be there before."""

    def finalize_options(self) -> None:
        build_dashboard()
        super().finalize_options()


setup(cmdclass={"build_py": BuildWithDashboard})
