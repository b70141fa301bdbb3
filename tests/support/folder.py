"""A folder of Kubernetes objects that a running Pointsman reads, and short ways to write them as for Traefik 1.7."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from support.running import Running
from support.upstream import Upstream
from support.waiting import until

Object = dict[str, Any]
Rules = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Host to path to service (or several services for one path)."""

STRIP = {"kubernetes.io/ingress.class": "traefik", "traefik.frontend.rule.type": "PathPrefixStrip"}
PREFIX = {"kubernetes.io/ingress.class": "traefik", "traefik.frontend.rule.type": "PathPrefix"}


def ingress(name: str, rules: Rules, annotations: Mapping[str, str] | None = None) -> Object:
    """An Ingress as it was written for Traefik 1.7: extensions/v1beta1, port name http."""
    written = []
    for host, paths in rules.items():
        listed = []
        for path, services in paths.items():
            for service_name in [services] if isinstance(services, str) else services:
                backend = {"serviceName": service_name, "servicePort": "http"}
                listed.append({**({"path": path} if path else {}), "backend": backend})
        written.append({**({"host": host} if host else {}), "http": {"paths": listed}})
    metadata = {"name": name, "namespace": "default", "annotations": dict(annotations or {})}
    return {
        "apiVersion": "extensions/v1beta1",
        "kind": "Ingress",
        "metadata": metadata,
        "spec": {"rules": written},
    }


def service(name: str, *servers: Upstream) -> Object:
    """A Service with these servers behind its port http."""
    annotations = {"pointsman.io/servers": ", ".join(each.address for each in servers)} if servers else {}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations},
        "spec": {"ports": [{"name": "http", "port": 80}]},
    }


class Folder:
    """The folder; `apply` replaces everything in it and waits until that is in force."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._counter = itertools.count(1)
        self.running: Running | None = None

    def apply(self, *objects: Object) -> None:
        """Writes one file, in one step, with a mark that shows when it is served."""
        mark = f"mark-{next(self._counter)}.test"
        every = [*objects, ingress("mark", {mark: {"/": "mark"}}), service("mark")]
        fresh = self.path / "objects.new"
        fresh.write_text(yaml.safe_dump_all(every))
        fresh.rename(self.path / "objects.yaml")
        if self.running is not None:
            running = self.running
            try:
                until(lambda: running.get("/", mark).status != 404, what=f"{mark} in force")
            except AssertionError as error:
                raise AssertionError(f"{error}\n{running.told()}") from None

    def start(self, *flags: str, **options: Any) -> Running:
        """Runs the product on the folder."""
        self.running = Running(f"--kubernetes.manifests={self.path}", *flags, **options)
        return self.running
