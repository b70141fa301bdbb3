"""What a JSON access log and metrics cost per request, beside nginx with a log of as many fields, in the same rounds.

Writes bench/results/observed.json.
"""

import argparse
import functools
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import compare
import machine
import peers

_VARIABLES = (
    "upstream_addr proxy_host remote_addr remote_port remote_user body_bytes_sent status request_time server_name"
    " upstream_response_length upstream_response_time upstream_status http_host request_length connection_requests"
    " host request_id request request_method request_uri server_port server_protocol upstream_connect_time time_iso8601"
    " msec sent_http_content_type sent_http_content_length upstream_http_content_type upstream_http_content_length"
    " http_user_agent http_accept"
)
_FORMAT = "{{" + ",".join(f'"{name}":"${name}"' for name in _VARIABLES.split()) + "}}"
LOGGED_NGINX = peers.NGINX.replace(
    "access_log off;",
    f"log_format json escape=json '{_FORMAT}'; access_log {{dir}}/access.log json buffer=64k flush=1s;",
)


def started(folder: Path, upstream: int) -> dict[str, peers.Running]:
    """Every variant, running."""
    log = ("--accessLog.format=json", f"--accessLog.filePath={folder}/pointsman/access.log")
    makers: dict[str, Callable[[Path, int], peers.Running]] = {
        "nginx": peers.nginx,
        "nginx, JSON log": functools.partial(peers.nginx, config=LOGGED_NGINX),
        "pointsman": peers.pointsman,
        "pointsman, JSON log": lambda home, port: peers.pointsman(home, port, peers.POINTSMAN, "", *log),
        "pointsman, metrics": lambda home, port: peers.pointsman(home, port, peers.POINTSMAN, "", "--metrics.statsd"),
    }
    running: dict[str, peers.Running] = {}
    for number, (name, make) in enumerate(makers.items()):
        home = folder / str(number)
        home.mkdir()
        running[name] = make(home, upstream)
    return running


def main() -> None:
    """Runs everything and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="length of one run")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; the median is kept")
    parser.add_argument("--output", type=Path, default=compare.RESULTS / "observed.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        upstream = peers.origin(folder / "origin")
        variants = started(folder, upstream.port)
        try:
            rounds = [
                {
                    name: compare.measure(each, compare.CASES[0], options.seconds)["cpu_us"]
                    for name, each in variants.items()
                }
                for _ in range(options.rounds)
            ]
        finally:
            for each in (*variants.values(), upstream):
                each.stop()
    cpu = {name: round(statistics.median(r[name] for r in rounds), 2) for name in variants}

    def more(name: str) -> float:
        return round(statistics.median(r[name] - r["pointsman"] for r in rounds), 2)

    ratio = statistics.median(r["pointsman, JSON log"] / r["nginx, JSON log"] for r in rounds)
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine.facts(),
        "cpu_us": cpu,
        "log_adds_us": more("pointsman, JSON log"),
        "metrics_add_us": more("pointsman, metrics"),
        "logged_to_logged_nginx": round(ratio, 3),
    }
    print(json.dumps(result, indent=1))
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
