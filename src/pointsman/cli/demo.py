"""`pointsman demo`: the product on its own manifests and servers, without a cluster."""

import argparse
import contextlib
import http.client
import importlib.resources
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from pointsman.cli import run
from pointsman.demo import services, tour

_READY_S = 30.0


class NotReady(Exception):
    """The demo did not start to serve."""


def demo(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Serves until Ctrl-C; with --check tries every URL, says how each went, and ends: 0 when all were right."""
    options = _options(arguments)
    try:
        return _serve(options, environ)
    except (OSError, NotReady) as error:
        print(f"pointsman: the demo cannot start: {error}", file=sys.stderr)
        return 1


def _serve(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    with _backends() as ports, tempfile.TemporaryDirectory(prefix="pointsman-demo-") as folder:
        _write(Path(folder), ports)
        flags = [
            f"--entryPoints=Name:http Address:127.0.0.1:{options.port}",
            f"--entryPoints=Name:traefik Address:127.0.0.1:{options.admin_port}",
            "--api",
            "--ping",
            f"--kubernetes.manifests={folder}",
            "--logLevel=ERROR",
        ]
        guide = _Guide(options, Path(folder))
        guide.start()
        code = run.run(flags, environ, hint="; give the demo other ports with --port and --admin-port")
        return guide.code if guide.code is not None else code


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pointsman demo", description=demo.__doc__)
    parser.add_argument("--check", action="store_true", help="try every URL, report, and exit 0 or 1")
    parser.add_argument("--port", type=_port, default=8000, help="port of the routes, on loopback (%(default)s)")
    parser.add_argument("--admin-port", type=_port, default=8080, help="port of the API, on loopback (%(default)s)")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65_536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 1 to 65535")
    return int(text)


def _write(folder: Path, ports: Mapping[str, list[int]]) -> None:
    """Copies the manifests, to be edited while the demo runs, and adds the Services of the demo's servers."""
    with importlib.resources.as_file(importlib.resources.files("pointsman.demo") / "manifests") as shipped:
        for manifest in sorted(shipped.glob("*.yaml")):
            shutil.copyfile(manifest, folder / manifest.name)
    (folder / "services.yaml").write_text(services.manifest(ports))


@contextlib.contextmanager
def _backends() -> Iterator[dict[str, list[int]]]:
    """The demo's servers as a process; yields their ports by service."""
    command = [sys.executable, "-P", "-m", "pointsman.demo.backends"]
    process = subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
    )
    try:
        if process.stdout is None or process.stdin is None:
            raise NotReady("the demo's servers have no pipes")
        line = process.stdout.readline()
        if not line:
            raise NotReady("the demo's servers did not start")
        yield json.loads(line)
    finally:
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        process.wait()


class _Guide(threading.Thread):
    """Waits for the product to serve, then prints the tour, or walks it and stops the product."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        super().__init__(daemon=True)
        self._options = options
        self._folder = folder
        self.code: int | None = None
        """The verdict of --check; None without one."""

    def run(self) -> None:
        """Ends when the tour is printed or checked."""
        ready = self._ready()
        if not self._options.check:
            if ready:
                _print_tour(self._options, self._folder)
            return
        try:
            self.code = _check(self._options.port) if ready else 1
            if not ready:
                print(f"FAILED  Pointsman was not ready within {_READY_S:g} s", flush=True)
        finally:
            if self.code is None:
                self.code = 1
            os.kill(os.getpid(), signal.SIGTERM)

    def _ready(self) -> bool:
        end = time.monotonic() + _READY_S
        while time.monotonic() < end:
            connection = http.client.HTTPConnection("127.0.0.1", self._options.admin_port, timeout=2)
            try:
                connection.request("GET", "/ready")
                if connection.getresponse().status == 200:
                    return True
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.05)
        return False


def _print_tour(options: argparse.Namespace, folder: Path) -> None:
    lines = ["", "Pointsman serves the demo. Try, in another terminal:", ""]
    for stop in tour.STOPS:
        lines += [f"  # {stop.title}: {stop.expected}", f"  {stop.curl(options.port)}", ""]
    lines += [
        f"Routes, servers, problems: http://127.0.0.1:{options.admin_port}/dashboard/ (JSON: /api, /api/v2/problems)",
        f"Manifests, to be edited while it runs: {folder}",
        "Ctrl-C stops everything.",
        "",
    ]
    print("\n".join(lines), flush=True)


def _check(port: int) -> int:
    failed = 0
    for stop in tour.STOPS:
        try:
            answers = stop.ask(port)
            good, got = stop.judge(answers), _told(stop, answers)
        except OSError as error:
            good, got = False, str(error)
        failed += not good
        print(f"{'ok' if good else 'FAILED':<7} {stop.curl(port)}\n        expected: {stop.expected}; got: {got}")
    print(f"{len(tour.STOPS) - failed} of {len(tour.STOPS)} as expected", flush=True)
    return int(failed > 0)


def _told(stop: tour.Stop, answers: list[tuple[int, str]]) -> str:
    if stop.times > 1:
        return ", ".join(f"{count} × {name}" for name, count in sorted(tour.shares(answers).items()))
    status, body = answers[0]
    return f"{status} {body.partition(chr(10))[0]}"
