"""The supervisor as a process of its own, with two small programs in the places of controller and proxy."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.waiting import until

HOST = """
import logging, os, sys
from pointsman import supervisor
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(levelname)s %(message)s")
def program(name, *words):
    return supervisor.Program(name=name, argv=(sys.executable, "-SE", *words), longest_pause_s=0.2)
here = sys.argv[1]
watched = supervisor.Supervisor(
    controller=program("controller", here, "controller"), proxy=program("proxy", here, *sys.argv[2:]),
    grace_s=float(os.environ.get("GRACE", "20")), environ=os.environ)
print("EXIT", watched.run(), flush=True)
"""

CHILD = """
import array, os, select, signal, socket, sys
name, manner = sys.argv[1], sys.argv[2:] or [""]
def say(*words):
    os.write(1, (" ".join((name, *map(str, words))) + chr(10)).encode())
def stop(number, frame):
    say("signal", signal.Signals(number).name)
    if number == signal.SIGTERM and "stubborn" not in manner:
        os._exit(3 if "bad" in manner else 0)
for number in (signal.SIGTERM, signal.SIGUSR1):
    signal.signal(number, stop)
control = socket.socket(fileno=int(os.environ["POINTSMAN_CONTROL_FD"]))
say("pid", os.getpid(), "hup", signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)
if "mute" in manner:
    control.send(b'[1]')
    control.send(b'nonsense')
    control.close()
    signal.pause()
if "loses" in manner:
    control.send(b'{"type":"link_lost"}')
while True:
    data, rights, _, _ = control.recvmsg(4096, 64)
    if not data:
        say("orphan")
        os._exit(0)
    link = socket.socket(fileno=array.array("i", rights[0][2])[0])
    link.send(name.encode())
    say("link", data.decode(), link.recv(100).decode())
"""


class Host:
    """A running supervisor and what it and its children say."""

    def __init__(self, folder: Path, *manner: str, grace: str = "20") -> None:
        child = folder / "child.py"
        child.write_text(CHILD)
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOST, str(child), "proxy", *manner],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "GRACE": grace, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self.lines: list[str] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def heard(self, start: str, count: int = 1) -> list[str]:
        """Waits for this many lines with this beginning."""

        def probe() -> list[str]:
            found = [line for line in self.lines if line.startswith(start)]
            return found if len(found) >= count else []

        try:
            return until(probe, within=20, what=f"{count} × {start!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n" + "\n".join(self.lines)) from None

    def pid(self, name: str, nth: int = 1) -> int:
        return int(self.heard(f"{name} pid", nth)[nth - 1].split()[2])

    def started(self) -> "Host":
        self.heard("proxy link")
        self.heard("controller link")
        return self

    def ended(self) -> int:
        self.process.wait(20)
        self._reading.join(20)
        return int(self.heard("EXIT")[0].split()[1])


def end(pid: int) -> None:
    """Kills a child that outlived its test."""
    with contextlib.suppress(OSError):
        if b"child.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def hosts() -> Iterator[list[Host]]:
    made: list[Host] = []
    yield made
    for host in made:
        for line in host.lines:
            if " pid " in line:
                end(int(line.split()[2]))
        host.process.kill()
        host.process.wait()
        if host.process.stdout is not None:
            host._reading.join(10)
            host.process.stdout.close()


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_both_get_the_ends_of_one_link(tmp_path: Path, hosts: list[Host]) -> None:
    hosts.append(host := Host(tmp_path).started())
    assert host.heard("proxy link") == ['proxy link {"type": "link"} controller']
    assert host.heard("controller link") == ['controller link {"type": "link"} proxy']


@pytest.mark.parametrize("name", ["proxy", "controller"])
def test_a_killed_child_is_back_with_a_fresh_link_for_both(tmp_path: Path, hosts: list[Host], name: str) -> None:
    hosts.append(host := Host(tmp_path).started())
    os.kill(host.pid(name), signal.SIGKILL)
    assert host.pid(name, 2) != host.pid(name, 1)
    host.heard("proxy link", 2)
    host.heard("controller link", 2)
    assert host.heard(f"ERROR The {name} was killed by SIGKILL")
    other = {"proxy": "controller", "controller": "proxy"}[name]
    assert len(host.heard(f"{other} pid")) == 1


def test_a_lost_link_is_replaced(tmp_path: Path, hosts: list[Host]) -> None:
    hosts.append(host := Host(tmp_path, "loses").started())
    assert host.heard("controller link")
    assert len(host.heard("proxy pid")) == 1


def test_a_child_that_talks_nonsense_and_hangs_up_costs_nothing(tmp_path: Path, hosts: list[Host]) -> None:
    hosts.append(host := Host(tmp_path, "mute"))
    host.pid("proxy")
    host.pid("controller", 3)  # It dies of the link that nobody takes at the other end.
    ticks = Path(f"/proc/{host.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    host.process.send_signal(signal.SIGTERM)
    assert host.ended() == 0
    assert sum(map(int, ticks)) < 200, "it turned in circles"


def test_sigterm_drains_the_proxy_then_stops_the_controller(tmp_path: Path, hosts: list[Host]) -> None:
    hosts.append(host := Host(tmp_path).started())
    host.process.send_signal(signal.SIGTERM)
    assert host.ended() == 0
    told = [line for line in host.lines if " signal " in line]
    assert told == ["proxy signal SIGTERM", "controller signal SIGTERM"]


def test_a_second_signal_ends_a_drain_that_hangs(tmp_path: Path, hosts: list[Host]) -> None:
    hosts.append(host := Host(tmp_path, "stubborn").started())
    host.process.send_signal(signal.SIGINT)
    host.heard("proxy signal SIGTERM")
    host.process.send_signal(signal.SIGTERM)
    assert host.ended() == 1
    assert gone(host.pid("proxy"))
    assert gone(host.pid("controller"))


def test_a_proxy_that_overstays_is_killed(tmp_path: Path, hosts: list[Host]) -> None:
    hosts.append(host := Host(tmp_path, "stubborn", grace="0.2").started())
    host.process.send_signal(signal.SIGTERM)
    assert host.ended() == 1
    assert host.heard("ERROR The proxy did not stop in time")


def test_a_proxy_that_fails_to_drain_is_told(tmp_path: Path, hosts: list[Host]) -> None:
    hosts.append(host := Host(tmp_path, "bad").started())
    host.process.send_signal(signal.SIGTERM)
    assert host.ended() == 1
    assert host.heard("ERROR The proxy exited with status 3")


def test_usr1_reaches_both_and_other_signals_nobody(tmp_path: Path, hosts: list[Host]) -> None:
    hosts.append(host := Host(tmp_path).started())
    for number in (signal.SIGHUP, signal.SIGUSR2, signal.SIGQUIT, signal.SIGPIPE, signal.SIGWINCH, signal.SIGUSR1):
        host.process.send_signal(number)
    assert host.heard("proxy signal") == ["proxy signal SIGUSR1"]
    assert host.heard("controller signal") == ["controller signal SIGUSR1"]
    assert host.heard("proxy pid")[0].endswith("hup True")
    assert host.process.poll() is None


def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path, hosts: list[Host]) -> None:
    hosts.append(host := Host(tmp_path).started())
    host.process.kill()
    host.heard("proxy orphan")
    host.heard("controller orphan")


def test_a_program_that_cannot_start_is_told_and_tried_again(tmp_path: Path) -> None:
    script = HOST.replace("(sys.executable, ", "('/nonexistent/program', ")
    process = subprocess.Popen(
        [sys.executable, "-c", script, "x"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=20)
    assert all("Cannot start" in line and "/nonexistent/program" in line for line in lines)
    assert "EXIT" in told
