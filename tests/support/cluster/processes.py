"""Child processes that end with the test run, however it ends."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PR_SET_PDEATHSIG = 1
SPAWNER = ThreadPoolExecutor(1)
"""The kernel means the thread that started a child when it speaks of its parent: this one lives as long as we do."""
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """To be run in a fresh child: it is killed when the thread that started it ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A program with its output in `NAME.log`; can be stopped and started again with the same arguments."""

    def __init__(self, name: str, command: Sequence[str], directory: Path) -> None:
        self.name, self.command, self.directory = name, list(command), directory
        self.log = directory / f"{name}.log"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the program in its directory; its output is appended to the log."""
        self.child = SPAWNER.submit(self._spawn).result()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                self.command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us to pass on, in order
                preexec_fn=die_with_parent,  # noqa: PLW1509 - it takes no lock
            )

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def stop(self, number: int = signal.SIGTERM, grace: float = 10) -> None:
        """Ends the program: `number` first, SIGKILL after `grace` seconds."""
        if self.child is None:
            return
        if self.running:
            os.kill(self.child.pid, number)
        try:
            self.child.wait(grace)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child = None

    def tail(self, size: int = 3000) -> str:
        """The end of the log, for messages."""
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""
