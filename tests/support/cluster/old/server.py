"""The proxy's process, in front of a control plane."""

import socket
import sys
from pathlib import Path

from support.cluster.control_plane import ControlPlane
from support.cluster.processes import Process
from support.waiting import until

TESTS = Path(__file__).resolve().parents[3]


class OldServer:
    """Listens on a port of its own, which stays reserved for its life."""

    def __init__(self, plane: ControlPlane) -> None:
        self.reserved = socket.socket()
        self.reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.reserved.bind(("127.0.0.1", 0))
        self.port: int = self.reserved.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        words = [str(plane.directory), str(plane.port), str(self.port), plane.token]
        command = ["env", f"PYTHONPATH={TESTS}", sys.executable, "-m", "support.cluster.old", *words]
        self.process = Process("old-api", command, plane.directory)

    def start(self) -> None:
        """Starts to listen; the control plane must have been started."""
        self.process.start()
        until(lambda: socket.create_connection(("127.0.0.1", self.port), 1), what="the old API")

    def stop(self) -> None:
        """Ends the proxy."""
        self.process.stop()
        self.reserved.close()
