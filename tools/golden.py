"""Makes the golden output files anew from their inputs. Read the difference before you commit it.

`python tools/golden.py` writes, `python tools/golden.py --check` only says which files would change and exits 1.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import compat_page
import dashboard_types

from support import ingress_golden, migrate_golden, plan_golden, settings_golden

_COMPAT = Path(__file__).parent.parent / "docs" / "compat.md"
_TYPES = Path(__file__).parent.parent / "dashboard" / "src" / "api" / "documents.ts"


def outputs() -> Iterator[tuple[Path, str]]:
    """Each output file and what it should hold."""
    for source in ingress_golden.inputs():
        yield ingress_golden.output_of(source), ingress_golden.render(source)
    for source in plan_golden.inputs():
        yield from plan_golden.outputs(source)
    for source in settings_golden.inputs():
        yield from settings_golden.outputs(source)
    for source in migrate_golden.inputs():
        yield from migrate_golden.outputs(source)
    yield _TYPES, dashboard_types.render()
    yield _COMPAT, compat_page.page()


def main(check: bool) -> int:
    """Writes what differs; returns the exit code."""
    stale = [(path, text) for path, text in outputs() if not path.exists() or path.read_text() != text]
    for path, text in stale:
        print(f"{'differs' if check else 'written'}: {path}")
        if not check:
            path.write_text(text)
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
