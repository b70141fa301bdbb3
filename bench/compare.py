"""CPU time per request and p99 of Pointsman, nginx, HAProxy and Caddy, side by side, one proxy thread each.

Rounds are interleaved and the median is kept, so that a noisy neighbour hits all alike.
Writes bench/results/compare.json.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import load
import machine
import peers

CASES = (
    load.Case("20 B GET", "/20"),
    load.Case("1 KiB GET", "/1k"),
    load.Case("100 KiB GET", "/100k"),
    load.Case("POST 16 KiB", "/post", post=True),
    load.Case("one connection per request", "/20", close=True),
)
RESULTS = Path(__file__).parent / "results"


def measure(running: peers.Running, case: load.Case, seconds: int) -> dict[str, float]:
    """One run: CPU µs per request of the proxy, and what the clients saw."""
    url = f"http://127.0.0.1:{running.port}"
    load.run(url, peers.HOST, case, 1)
    before = machine.cpu_seconds(running.pids())
    seen = load.run(url, peers.HOST, case, seconds)
    used = machine.cpu_seconds(running.pids()) - before
    return {
        "cpu_us": used / max(seen.requests, 1) * 1e6,
        "rate": seen.rate,
        "p50_ms": seen.p50_ms,
        "p99_ms": seen.p99_ms,
        "errors": seen.errors,
    }


def routes(count: int) -> str:
    """A rule file with `count` frontends besides the one that is measured, on hosts and paths of their own."""
    text = [peers.POINTSMAN]
    for i in range(count):
        text.append(
            f'[frontends.f{i}]\nbackend = "bench"\n[frontends.f{i}.routes.r]\n'
            f'rule = "Host:h{i % 2000}.test;PathPrefix:/team{i // 2000}/service{i}"\n'
        )
    return "".join(text)


def scale(folder: Path, upstream: int, options: argparse.Namespace) -> dict[str, object]:
    """The same request with 10 and with 10,000 routes: CPU ratio and the proxy's memory."""
    started = {}
    for count in (10, 10_000):
        home = folder / f"routes{count}"
        home.mkdir()
        started[count] = peers.pointsman(home, upstream, routes(count))
    try:
        rounds = [
            {count: measure(running, CASES[0], options.seconds)["cpu_us"] for count, running in started.items()}
            for _ in range(options.rounds)
        ]
        memory = machine.resident_mb(started[10_000].pids())
    finally:
        for running in started.values():
            running.stop()
    ratio = statistics.median(r[10_000] / r[10] for r in rounds)
    return {"cpu_ratio_10000_to_10_routes": round(ratio, 3), "proxy_mb_at_10000_routes": round(memory, 1)}


def compare(folder: Path, upstream: int, options: argparse.Namespace) -> dict[str, dict[str, dict[str, float]]]:
    """All cases for all peers: medians over the rounds, and the ratio of CPU per request to nginx."""
    started, table = {}, {}
    try:
        for name in options.peers:
            (folder / name).mkdir()
            started[name] = peers.PEERS[name](folder / name, upstream)
        for case in CASES:
            if options.case and case.name not in options.case:
                continue
            rounds = [
                {name: measure(running, case, options.seconds) for name, running in started.items()}
                for _ in range(options.rounds)
            ]
            table[case.name] = {name: summary(rounds, name) for name in started}
            for name, row in table[case.name].items():
                print(f"{case.name:28} {name:10} " + "  ".join(f"{k} {v:g}" for k, v in row.items()), flush=True)
    finally:
        for running in started.values():
            running.stop()
    return table


def summary(rounds: list[dict[str, dict[str, float]]], name: str) -> dict[str, float]:
    """Medians of one peer; errors are summed."""
    row = {
        key: round(statistics.median(r[name][key] for r in rounds), 3) for key in ("cpu_us", "rate", "p50_ms", "p99_ms")
    }
    row["errors"] = sum(r[name]["errors"] for r in rounds)
    if "nginx" in rounds[0]:
        row["cpu_to_nginx"] = round(statistics.median(r[name]["cpu_us"] / r["nginx"]["cpu_us"] for r in rounds), 3)
    return row


def main() -> None:
    """Runs everything and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; the median is kept")
    parser.add_argument("--peers", nargs="+", choices=peers.PEERS, default=list(peers.PEERS))
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES], help="only this (repeatable)")
    parser.add_argument("--output", type=Path, default=RESULTS / "compare.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        upstream = peers.origin(folder / "origin")
        try:
            cases = compare(folder, upstream.port, options)
            whole = "pointsman" in options.peers and not options.case
            scaled = scale(folder, upstream.port, options) if whole else {}
        finally:
            upstream.stop()
    print(scaled)
    versions = {name: machine.version(*peers.VERSIONS[name]) for name in options.peers if name in peers.VERSIONS}
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine.facts(),
        "versions": versions,
        "seconds": options.seconds,
        "rounds": options.rounds,
        "cases": cases,
        "scale": scaled,
    }
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
