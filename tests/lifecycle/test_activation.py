"""Started by a service manager that holds the listening sockets: no connection is refused, even between two runs."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from support.client import get
from support.running import command
from support.waiting import until

_HANDED = """
import os, sys
names, numbers, words = sys.argv[1], [int(n) for n in sys.argv[2].split(",")], sys.argv[3:]
for place, number in enumerate(numbers):
    os.dup2(number, 3 + place)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(numbers)), "LISTEN_FDNAMES": names}
os.execv(words[0], words)
"""


def started(sockets: dict[str, socket.socket], *flags: str) -> subprocess.Popen[str]:
    numbers = [each.fileno() for each in sockets.values()]
    handing = [sys.executable, "-c", _HANDED, ":".join(sockets), ",".join(map(str, numbers))]
    return subprocess.Popen(
        [*handing, *command(*flags)],
        pass_fds=numbers,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "HOME": "/nonexistent"},
    )


def spare(low: int) -> socket.socket:
    """A listening socket whose descriptor is not among the first."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        return socket.socket(fileno=fcntl.fcntl(made.fileno(), fcntl.F_DUPFD_CLOEXEC, low))


def test_inherited_sockets_serve_and_outlive_a_run(tmp_path: Path) -> None:
    flags = ("--entryPoints=Name:http Address::80", "--entryPoints=Name:traefik Address::8080", "--ping", "--threads=2")
    with spare(20) as http, spare(30) as admin:
        ports = http.getsockname()[1], admin.getsockname()[1]
        process = started({"http": http, "traefik": admin}, *flags)
        try:
            until(lambda: get(ports[1], "/ready").status == 200, what="/ready")
            assert get(ports[0], "/").status == 404
            inherited = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            for child in inherited:
                assert b"LISTEN_FDS" not in Path(f"/proc/{child}/environ").read_bytes()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            statuses: list[int] = []
            waiting = threading.Thread(target=lambda: statuses.append(get(ports[0], "/").status))
            waiting.start()  # Nobody accepts now: the connection waits in the socket for the next run.
            process = started({"http": http, "traefik": admin}, *flags)
            waiting.join(30)
            assert statuses == [404]
        finally:
            process.terminate()
            process.wait(20)
            assert process.stdout is not None
            process.stdout.close()


def test_a_socket_for_no_entry_point_ends_the_start_with_the_remedy() -> None:
    with spare(20) as http:
        process = started({"web": http}, "--entryPoints=Name:http Address:127.0.0.1:0")
        told, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "inherited socket web" in told
    assert "FileDescriptorName= to one of http" in told
    assert "Traceback" not in told
