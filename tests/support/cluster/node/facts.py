"""What a pod's manifest says of it, and the address it got."""

import json
from pathlib import Path

from support.cluster.node.client import Object
from support.cluster.node.settings import ADDRESS, NAME


class Missing(Exception):
    """Something that a pod refers to does not exist yet."""


class Facts:
    """A pod's identity; `address` is empty until its network is up."""

    def __init__(self, manifest: Object, pods: Path) -> None:
        meta, spec = manifest["metadata"], manifest["spec"]
        self.manifest = manifest
        self.namespace: str = meta["namespace"]
        self.name: str = meta["name"]
        self.uid: str = meta["uid"]
        self.hostname: str = spec.get("hostname") or self.name[:63]
        self.grace: float = spec.get("terminationGracePeriodSeconds", 30)
        self.restart_policy: str = spec.get("restartPolicy", "Always")
        self.directory: Path = pods / self.uid
        self.address = ""

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def path(self) -> str:
        """URL path of the object."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"

    @property
    def spec(self) -> Object:
        found: Object = self.manifest["spec"]
        return found

    @property
    def volumes(self) -> list[Object]:
        return self.spec.get("volumes") or []

    @property
    def account(self) -> str:
        """The pod's service account."""
        return str(self.spec.get("serviceAccountName", "default"))

    def field(self, path: str) -> str:
        """A field as the downward API gives it. Raises Missing for one that this node does not know."""
        meta = self.manifest["metadata"]
        kind, _, key = path.partition("['")
        if key:
            return str((meta.get(kind.split(".")[1]) or {}).get(key[:-2], ""))
        if path in ("metadata.labels", "metadata.annotations"):
            pairs = sorted((meta.get(path.split(".")[1]) or {}).items())
            return "\n".join(f"{name}={json.dumps(value)}" for name, value in pairs)
        values = {
            "metadata.name": self.name,
            "metadata.namespace": self.namespace,
            "metadata.uid": self.uid,
            "spec.nodeName": NAME,
            "spec.serviceAccountName": self.account,
            "status.podIP": self.address,
            "status.podIPs": self.address,
            "status.hostIP": ADDRESS,
            "status.hostIPs": ADDRESS,
        }
        if path not in values:
            raise Missing(f"field {path} is not supported by this cluster")
        return values[path]
