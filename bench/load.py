"""Load from wrk, pinned to core 1: requests done, rate and latency quantiles."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
POST = """wrk.method = "POST"
wrk.body = string.rep("x", 16384)
wrk.headers["Content-Type"] = "application/octet-stream"
"""


@dataclass(frozen=True)
class Case:
    """One kind of traffic."""

    name: str
    path: str
    post: bool = False
    close: bool = False
    connections: int = 64
    fields: tuple[str, ...] = ()
    """Further request fields, `Name: value`."""


@dataclass(frozen=True)
class Load:
    """What wrk saw; `errors` counts socket errors and answers that were not 2xx."""

    requests: int
    rate: float
    p50_ms: float
    p99_ms: float
    errors: int


def run(url: str, host: str, case: Case, seconds: int) -> Load:
    """Runs one closed loop of `case.connections` connections for `seconds`."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s", "--latency"]
    command += ["-H", f"Host: {host}"] + (["-H", "Connection: close"] if case.close else [])
    command += [part for field in case.fields for part in ("-H", field)]
    with tempfile.TemporaryDirectory() as folder:
        if case.post:
            script = Path(folder) / "post.lua"
            script.write_text(POST)
            command += ["-s", str(script)]
        done = subprocess.run(
            [*command, url + case.path], capture_output=True, text=True, check=True, timeout=seconds + 30
        )
    return parse(done.stdout)


def parse(text: str) -> Load:
    """Reads wrk's report."""

    def quantile(name: str) -> float:
        found = re.search(rf"^\s+{name}%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.M)
        if found is None:
            raise SystemExit(f"wrk saw no answers; its report:\n{text}")
        return float(found[1]) * UNITS[found[2]]

    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return Load(
        requests=int(re.search(r"(\d+) requests in", text).group(1)),
        rate=float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
        p50_ms=quantile("50"),
        p99_ms=quantile("99"),
        errors=sum(map(int, errors.groups() if errors else ())) + int(bad.group(1) if bad else 0),
    )
