"""A whole cluster of one node: the control plane, and pods that run. Needs root, for network and mount namespaces."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from support.cluster.binary import Missing, require
from support.cluster.control_plane import ControlPlane
from support.cluster.node.settings import ADDRESS, NAME, Image, Settings
from support.cluster.processes import Process
from support.waiting import until

TESTS = Path(__file__).resolve().parents[2]


class Failed(AssertionError):
    """A command that did not succeed; the message has its output."""


class Cluster:
    """`start` and `stop`; `kubectl` and commands on the node or in a pod's network in between.

    The host finds node ports at `address`, one of the loopback interface's: every cluster has its own, unless told.
    """

    def __init__(self, directory: Path, images: Mapping[str, Image], address: str = "") -> None:
        self.plane = ControlPlane(directory, run_pods=True)
        high, low = divmod(self.plane.port, 256)
        self.address = address or f"127.{high}.{low}.1"
        self.namespace = f"pointsman-{self.plane.port}"
        self.images = dict(images)
        self.node: Process | None = None

    def start(self, pods_api_port: int | None = None) -> None:
        """Brings it up, empty; with a port given, pods find that on the host instead of the API server."""
        if os.geteuid() != 0:
            raise Missing("the test cluster's pods need root, for network and mount namespaces: run as root")
        self.tools = {name: require(name, package) for name, package in TOOLS.items()}
        self.plane.start()
        self._network()
        settings = Settings(
            directory=str(self.plane.directory),
            namespace=self.namespace,
            host_address=self.address,
            api_port=self.plane.port,
            pods_api_port=pods_api_port or self.plane.port,
            token=self.plane.token,
            images=self.images,
        )
        words = [sys.executable, "-m", "support.cluster.node", msgspec.json.encode(settings).decode()]
        self.node = Process("node", ["env", f"PYTHONPATH={TESTS}", *words], self.plane.directory)
        self.node.start()
        self.plane.start_controllers()
        for path in ("/api/v1/namespaces/default/serviceaccounts/default", f"/api/v1/nodes/{NAME}"):
            until(lambda path=path: self.plane.api.exists(path), within=60, what=path)  # type: ignore[misc]

    def stop(self) -> None:
        """Ends everything and removes the network namespaces."""
        if self.node is not None:
            self.node.stop(grace=30)
        self.plane.stop()
        for path in sorted(Path("/run/netns").glob(f"{self.namespace}*")):
            if re.fullmatch(rf"{self.namespace}(-[0-9a-f-]+)?", path.name):
                subprocess.run(["ip", "netns", "del", path.name], check=False)

    def __enter__(self) -> "Cluster":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def kubectl(self, *words: str, text: str = "") -> str:
        """Runs kubectl with this standard input; returns what it prints. Raises Failed."""
        return _run([self.tools["kubectl"], f"--kubeconfig={self.plane.kubeconfig}", *words], text)

    def on_node(self, *words: str, pod: str = "") -> str:
        """Runs a command in the node's network, or in that of the pod with this uid. Raises Failed."""
        name = f"{self.namespace}-{pod[:13]}" if pod else self.namespace
        return _run(["nsenter", f"--net=/run/netns/{name}", *words], "")

    @property
    def disk(self) -> Path:
        """The node's own disk, which hostPath volumes show."""
        return self.plane.directory / "disk"

    def _network(self) -> None:
        # The name has the API server's port in it, which is ours: what is left there of an earlier cluster is dead.
        subprocess.run(["ip", "netns", "del", self.namespace], check=False, capture_output=True)
        _run(["ip", "netns", "add", self.namespace], "")
        # A bridge without an address of its own takes a pod's, and changes it when that pod ends: nobody finds it then.
        _run(
            ["ip", "-n", self.namespace, "-batch", "-"],
            f"link add br0 address {BRIDGE} type bridge\naddr add {ADDRESS}/16 dev br0\n"
            "link set br0 up\nlink set lo up\n"
            "route add local 10.96.0.0/16 dev lo\nroute add local 10.97.0.0/16 dev lo\n",
        )


BRIDGE = "02:00:00:00:00:01"
TOOLS = {"ip": "iproute2", "kubectl": "kubernetes-client", "nsenter": "util-linux", "unshare": "util-linux"}
"""Commands, and the Debian packages that bring them."""


def _run(words: list[str], text: str, seconds: float = 120) -> str:
    """Standard output of a command. Raises Failed with everything it printed."""
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False, timeout=seconds)
    if done.returncode:
        raise Failed(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout
