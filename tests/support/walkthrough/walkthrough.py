"""A user's hand on a cluster with Pointsman: kubectl and curl."""

import collections
import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from support.client import Answer, Connection, get
from support.cluster.cluster import Cluster
from support.looping import Looping
from support.waiting import until

WEB, ADMIN = 30036, 30037
"""Node ports of the Service in the walk-through's first chapter."""
SYSTEM = "kube-system"
ADDRESS = "cheeses.example"
"""What Ingresses get as their address, where that is configured."""
CONTROLLER = "traefik-ingress-controller"
LABEL = "k8s-app=traefik-ingress-lb"
NAME = re.compile(r"gm-v\d|[a-z]+(?=-)")
"""Of the Deployment that gave an answer."""
SURE = 4
"""This many connections in a row go to every replica: a node port takes its pods in turn."""


class PodInfo(msgspec.Struct, frozen=True):
    """A running pod."""

    name: str
    uid: str
    address: str


class Walkthrough:
    """Manifests by name (without .yaml), requests to the node ports; `server`: an API beside the cluster's own."""

    def __init__(self, cluster: Cluster, manifests: Path, *, server: str = "") -> None:
        self.cluster, self.manifests = cluster, manifests
        self.flags = (f"--server={server}",) if server else ()
        # Today's kubectl has no schema of old kinds to check them against.
        self.check = f"--validate={'false' if server else 'true'}"

    def deploy(self, deployment: str = "03-deployment") -> None:
        """The first chapter: rights, configuration, Pointsman, and what it will route to; waits until all serve."""
        self.apply("01-rbac", "03-config", deployment, "02-cheeses", "06-gm-v1", "06-gm-v2")
        self.rolled_out(CONTROLLER, namespace=SYSTEM)
        for name in ("stilton", "cheddar", "wensleydale", "gm-v1", "gm-v2"):
            self.rolled_out(name)
        self.settled("/", status=404)

    def kubectl(self, *words: str, text: str = "") -> str:
        """What kubectl prints."""
        return self.cluster.kubectl(*self.flags, *words, text=text)

    def apply(self, *names: str) -> None:
        """`kubectl apply -f` of these manifests."""
        files = (("-f", str(self.manifests / f"{name}.yaml")) for name in names)
        self.kubectl("apply", self.check, *(word for pair in files for word in pair))

    def objects(self, name: str) -> list[dict[str, Any]]:
        """The objects of a manifest, to be changed and applied."""
        return list(yaml.safe_load_all((self.manifests / f"{name}.yaml").read_text()))

    def put(self, *objects: dict[str, Any]) -> None:
        """`kubectl apply` of objects."""
        self.kubectl("apply", self.check, "-f", "-", text=yaml.safe_dump_all(objects))

    def clear(self) -> None:
        """Deletes all Ingresses, and waits until none is served."""
        found = json.loads(self.kubectl("get", "ingress", "-o", "json"))["items"]
        if found:
            self.kubectl("delete", "ingress", "--all")
        hosts = {rule.get("host", "localhost") for item in found for rule in item["spec"].get("rules") or []}
        for host in sorted(hosts):
            self.settled("/", host, status=404, start="404 page not found")

    def rolled_out(self, name: str, *, namespace: str = "default") -> None:
        """Waits for a Deployment's rollout."""
        self.kubectl("-n", namespace, "rollout", "status", f"deployment/{name}", "--timeout=60s")

    def replaced(self, before: set[str]) -> None:
        """Waits until Pointsman's pods of before are gone, and those in their place ready."""
        self.rolled_out(CONTROLLER, namespace=SYSTEM)
        until(lambda: not before & self.every_pod(), within=90, what="the old pods gone")

    def pods(self, label: str = LABEL, namespace: str = SYSTEM) -> list[PodInfo]:
        """The pods with a label that aren't leaving."""
        found = json.loads(self.kubectl("-n", namespace, "get", "pods", "-l", label, "-o", "json"))["items"]
        return [
            PodInfo(item["metadata"]["name"], item["metadata"]["uid"], item["status"].get("podIP", ""))
            for item in found
            if not item["metadata"].get("deletionTimestamp")
        ]

    def every_pod(self, label: str = LABEL, namespace: str = SYSTEM) -> set[str]:
        """The uids of all pods with a label, also of those that are leaving."""
        path = "jsonpath={.items[*].metadata.uid}"
        return set(self.kubectl("-n", namespace, "get", "pods", "-l", label, "-o", path).split())

    def get(self, path: str, host: str = "localhost", **fields: str) -> Answer:
        """GET at node port `web`, on a connection of its own."""
        return get(WEB, path, host, address=self.cluster.address, **fields)

    def admin(self, path: str) -> Answer:
        """GET at node port `admin`."""
        return get(ADMIN, path, address=self.cluster.address)

    def settled(
        self, path: str, host: str = "localhost", *, status: int = 200, start: str = "", has: str = ""
    ) -> Answer:
        """Waits until every replica answers like this: status, and a body that begins and contains so."""

        def probe() -> Answer | None:
            for _ in range(SURE):
                answer = self.get(path, host)
                if answer.status != status or not answer.text.startswith(start) or has not in answer.text:
                    raise OSError(f"{answer.status} {answer.text[:200]!r}")
            return answer

        return until(probe, within=30, what=f"{host}{path} answers {status} {start}")

    def shares(self, path: str, host: str = "localhost", *, count: int) -> dict[str, int]:
        """How many of so many requests on one connection each Deployment (or status) answers."""
        found: collections.Counter[str] = collections.Counter()
        with Connection(WEB, host=self.cluster.address) as connection:
            for _ in range(count):
                answer = connection.get(path, host)
                name = NAME.match(answer.text) if answer.status == 200 else None
                found[name[0] if name else str(answer.status)] += 1
        return dict(found)

    def shared(self, path: str, host: str = "localhost", *, wanted: dict[str, int]) -> None:
        """Waits until as many requests as are wanted are answered by those wanted."""
        count = sum(wanted.values())
        until(lambda: self.shares(path, host, count=count) == wanted, what=f"{host}{path} shared as {wanted}")

    @contextlib.contextmanager
    def unbroken(self, path: str, host: str = "localhost", *, by: Sequence[str]) -> Iterator[Looping]:
        """Clients that keep asking meanwhile, on kept and on new connections: one of those answers each request."""
        with self.looping(path, host) as kept, self.looping(path, host, keep=False) as fresh:
            yield kept
            seen = kept.total, fresh.total
            until(lambda: kept.total > seen[0] + 10 and fresh.total > seen[1] + 10, what="clients go on")
        for clients in (kept, fresh):
            assert clients.failures == []
            others = [told for told in clients.answers if not told.startswith(tuple(f"200 {name}" for name in by))]
            assert others == []

    def looping(self, path: str, host: str = "localhost", *, keep: bool = True) -> Looping:
        """Clients at node port `web`."""
        return Looping(WEB, path, host, keep=keep, address=self.cluster.address)
