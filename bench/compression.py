"""gzip of Pointsman and nginx side by side, one thread each, both at level 6: megabytes of text per second of CPU.

Rounds are interleaved and the median is kept. Writes bench/results/compression.json.
"""

import argparse
import gzip
import http.client
import json
import statistics
import tempfile
import time
from pathlib import Path

import load
import machine
import peers

NGINX = "gzip on; gzip_types *; gzip_comp_level 6; gzip_min_length 1400; gzip_proxied any; gzip_vary on;"
SIZES = {"2k": 2_000, "20k": 20_000, "200k": 200_000}
"""Bytes of text, cut from this project's own sources."""
GZIP = "Accept-Encoding: gzip"
SOURCES = Path(__file__).parent.parent / "src"
RESULTS = Path(__file__).parent / "results"


def texts(folder: Path) -> None:
    """Puts the bodies where the upstream serves files from."""
    whole = b"".join(path.read_bytes() for path in sorted(SOURCES.rglob("*.py")))
    for name, size in SIZES.items():
        (folder / name).write_bytes(whole[:size])


def packed_size(running: peers.Running, name: str) -> int:
    """Bytes of a packed answer; it must unpack to what it was."""
    client = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    client.request("GET", f"/{name}", headers={"Host": peers.HOST, "Accept-Encoding": "gzip"})
    response = client.getresponse()
    body = response.read()
    client.close()
    if response.headers["Content-Encoding"] != "gzip" or len(gzip.decompress(body)) != SIZES[name]:
        raise SystemExit(f"port {running.port} does not pack /{name}")
    return len(body)


def measure(running: peers.Running, case: load.Case, size: int, seconds: int) -> dict[str, float]:
    """One run: text packed per second of CPU, CPU per request, and what the clients saw."""
    url = f"http://127.0.0.1:{running.port}"
    load.run(url, peers.HOST, case, 1)
    before = machine.cpu_seconds(running.pids())
    seen = load.run(url, peers.HOST, case, seconds)
    used = max(machine.cpu_seconds(running.pids()) - before, 1 / machine.TICK)
    return {
        "mb_per_cpu_s": seen.requests * size / used / 1e6,
        "cpu_us": used / max(seen.requests, 1) * 1e6,
        "rate": seen.rate,
        "p99_ms": seen.p99_ms,
        "errors": seen.errors,
    }


def compare(started: dict[str, peers.Running], options: argparse.Namespace) -> dict[str, dict[str, dict[str, float]]]:
    """Medians over the rounds, by size and program."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    for name, size in SIZES.items():
        case = load.Case(name, f"/{name}", connections=16, fields=(GZIP,))
        rounds = [
            {program: measure(running, case, size, options.seconds) for program, running in started.items()}
            for _ in range(options.rounds)
        ]
        table[name] = {}
        for program, running in started.items():
            row = {key: round(statistics.median(r[program][key] for r in rounds), 3) for key in rounds[0][program]}
            row["packed_to"] = round(packed_size(running, name) / size, 3)
            row["cpu_to_nginx"] = round(
                statistics.median(r[program]["cpu_us"] / r["nginx"]["cpu_us"] for r in rounds), 3
            )
            table[name][program] = row
            print(f"{name:6} {program:10} " + "  ".join(f"{k} {v:g}" for k, v in row.items()), flush=True)
    return table


def main() -> None:
    """Runs everything and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; the median is kept")
    parser.add_argument("--output", type=Path, default=RESULTS / "compression.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("pointsman", "nginx"):
            (folder / part).mkdir()
        running = [peers.origin(folder / "origin")]
        texts(folder / "origin")
        try:
            port = running[0].port
            started = {
                "pointsman": peers.pointsman(folder / "pointsman", port, more="Compress:true"),
                "nginx": peers.nginx(folder / "nginx", port, NGINX),
            }
            running.extend(started.values())
            cases = compare(started, options)
        finally:
            for each in running:
                each.stop()
    facts = {"date": time.strftime("%Y-%m-%d"), "machine": machine.facts(), "cases": cases}
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
