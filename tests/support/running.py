"""The product as users run it: a supervisor, its controller and its proxy, on ports that the kernel picked."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from support.client import Answer, get
from support.waiting import until

_LISTENS = re.compile(r"listens on (.*?);")
_POINT = re.compile(r"(\S+) (\S+):(\d+)")


HTTP = "Name:http Address:127.0.0.1:0"


class Running:
    """`pointsman FLAGS` with entry points `http` and `traefik`, --api, --ping unless `bare`, and the given flags."""

    def __init__(
        self,
        *flags: str,
        http: str = HTTP,
        env: dict[str, str] | None = None,
        user: int | None = None,
        bare: bool = False,
    ) -> None:
        own = (
            ()
            if bare
            else (
                f"--entryPoints={http}",
                "--entryPoints=Name:traefik Address:127.0.0.1:0",
                "--api",
                "--ping",
                "--logLevel=DEBUG",
            )
        )
        self.process = start(*own, *flags, env=env, user=user)
        self.log: list[str] = []
        self._listening = threading.Event()
        self._ports: dict[str, int] = {}
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.append(line.rstrip("\n"))
            found = _LISTENS.search(line)
            if found:
                self._ports = {name: int(port) for name, _, port in _POINT.findall(found[1])}
                self._listening.set()
        self._listening.set()

    def port(self, entry_point: str = "http") -> int:
        """The port an entry point listens on."""
        assert self._listening.wait(20), self.told()
        assert entry_point in self._ports, self.told()
        return self._ports[entry_point]

    def told(self) -> str:
        """Everything the processes wrote so far."""
        return "\n".join(self.log)

    def ready(self, within: float = 30.0) -> "Running":
        """Waits for the first full plan to be in force."""
        self.port()
        try:
            until(lambda: self.admin("/ready").status == 200, within=within, what="/ready")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.told()}") from None
        return self

    def get(self, path: str, host: str = "localhost", **fields: str) -> Answer:
        """GET on entry point `http`, on a connection of its own."""
        return get(self.port(), path, host, **fields)

    def admin(self, path: str) -> Answer:
        """GET on entry point `traefik`."""
        return get(self.port("traefik"), path)

    def served(self, path: str, host: str = "localhost", *, status: int = 200, start: str = "") -> Answer:
        """Waits until a GET is answered like this."""

        def probe() -> Answer | None:
            answer = self.get(path, host)
            return answer if answer.status == status and answer.text.startswith(start) else None

        try:
            return until(probe, what=f"{host}{path} answers {status} {start}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.get(path, host)}\n{self.told()}") from None

    def children(self, name: str) -> list[int]:
        """Process ids of running `controller` or `proxy` children."""
        mark = {"controller": "pointsman.runtime", "proxy": "pointsman-proxy"}[name]
        found = []
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
            if mark in command:
                found.append(int(pid))
        return found

    def child(self, name: str) -> int:
        """Waits for the one child of this name."""
        return until(lambda: self.children(name), what=f"a {name}")[0]

    def stop(self, number: int = signal.SIGTERM, within: float = 20.0) -> int:
        """Signals the supervisor and waits for its end; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(within)
        finally:
            self.close()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reading.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def start(*arguments: str, env: dict[str, str] | None = None, user: int | None = None) -> subprocess.Popen[str]:
    """`pointsman ARGUMENTS` from this checkout, output and errors in one pipe, away from files of this machine."""
    home = {"HOME": "/nonexistent", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **home, **(env or {})},
        user=user,
        group=user,
        extra_groups=None if user is None else (),
    )


def run(*arguments: str, env: dict[str, str] | None = None, within: float = 30.0) -> tuple[int, str]:
    """Runs `pointsman ARGUMENTS` to its end: exit status, and what it wrote."""
    process = start(*arguments, env=env)
    try:
        told, _ = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        process.terminate()
        told, _ = process.communicate(timeout=within)
        raise AssertionError(f"pointsman {arguments} still ran after {within} s\n{told}") from None
    return process.returncode, told


def command(*arguments: str) -> list[str]:
    """The command line that runs this checkout's `pointsman`."""
    return [sys.executable, "-P", "-m", "pointsman", *arguments]


def document(answer: Answer) -> dict[str, object]:
    """The JSON object in an answer."""
    found: dict[str, object] = json.loads(answer.body)
    return found
