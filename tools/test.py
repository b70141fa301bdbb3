"""Runs every test and closes with one line: `tests: N passed, N failed, N skipped`. Exits 1 when anything failed.

Arguments are handed to pytest, e.g. `tools/test.py tests/unit -k weights`; with arguments the Rust tests are left out.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str) -> tuple[int, str]:
    """Runs a command in the checkout, shows its output as it comes, and returns its exit code and the output."""
    environment = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        lines.append(line)
    return process.wait(), "".join(lines)


# Vitest has colours and the label in front: `      Tests  2 failed | 12 passed (14)`.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_VITEST = re.compile(r"\s+Tests\s+\d")


def count(word: str, output: str) -> int:
    """Sums the numbers that stand before `word` on the runners' closing lines."""
    lines = _COLOUR.sub("", output).splitlines()
    closing = [
        line for line in lines if line.startswith(("test result:", "=")) or " in " in line or _VITEST.match(line)
    ]
    return sum(int(n) for line in closing for n in re.findall(rf"\b(\d+) {word}\b", line))


def main() -> int:
    """The dashboard's, Rust, then Python; all run even if the first fails."""
    steps = []
    if len(sys.argv) == 1:
        steps.append(("npm", "--prefix", "dashboard", "test", "--silent"))
        steps.append(("cargo", "test", "--quiet", "--locked", "--workspace"))
    steps.append((sys.executable, "-m", "pytest", *sys.argv[1:]))
    code, outputs = 0, []
    for step in steps:
        status, output = run(*step)
        code = code or status
        outputs.append(output)
    text = "\n".join(outputs)
    failed = count("failed", text) + count("errors?", text)
    failed = max(failed, int(code != 0))
    print(f"\ntests: {count('passed', text)} passed, {failed} failed, {count('skipped', text)} skipped")
    return int(code != 0)


if __name__ == "__main__":
    raise SystemExit(main())
