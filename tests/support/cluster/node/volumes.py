"""Pod volumes: configMap, secret, projected, downwardAPI, emptyDir and hostPath as directories of this machine."""

import base64
import time
from pathlib import Path

from support.cluster.node.client import Object
from support.cluster.node.facts import Facts, Missing
from support.cluster.node.known import Known
from support.cluster.node.published import Files, publish

KINDS = {"configMap": ("configmaps", "name"), "secret": ("secrets", "secretName")}
"""Of a volume: the cache, and the field with the object's name (in projected volumes: `name`)."""


class Volumes:
    """The volumes of one pod."""

    def __init__(self, known: Known, facts: Facts) -> None:
        self.known, self.facts = known, facts
        self.tokens: dict[tuple[str, str], tuple[bytes, float]] = {}

    def directory(self, volume: Object) -> Path:
        """Where a volume's files are on this machine. Raises Missing."""
        if "hostPath" not in volume:
            return self.facts.directory / "volumes" / str(volume["name"])
        path = self.known.settings.disk / str(volume["hostPath"]["path"]).lstrip("/")
        kind = volume["hostPath"].get("type", "")
        if kind == "FileOrCreate":
            path.touch()
        elif kind in ("", "DirectoryOrCreate"):  # without a type a container engine makes the directory
            path.mkdir(parents=True, exist_ok=True)
        elif not path.exists():
            raise Missing(f"hostPath {path} does not exist")
        return path

    async def refresh(self) -> None:
        """Writes every volume: at the pod's start, when what it refers to changes, and to renew tokens."""
        for volume in self.facts.volumes:
            directory = self.directory(volume)
            if "emptyDir" in volume:
                directory.mkdir(parents=True, exist_ok=True)
                directory.chmod(0o777)
            elif "hostPath" not in volume:
                publish(directory, await self._files(volume))

    def uses(self, kind: str, name: str) -> bool:
        """Whether any volume shows the object of this cache and name."""
        word = next(word for word, (cache, _) in KINDS.items() if cache == kind)
        return any(
            word in source and name in (source[word].get("name"), source[word].get("secretName"))
            for volume in self.facts.volumes
            for source in [volume, *(volume.get("projected", {}).get("sources") or [])]
        )

    async def _files(self, volume: Object) -> Files:
        for word, (kind, field) in KINDS.items():
            if word in volume:
                return self._object(kind, volume[word][field], volume[word], 0o644)
        if "downwardAPI" in volume:
            return self._downward(volume["downwardAPI"], volume["downwardAPI"].get("defaultMode", 0o644))
        if "projected" not in volume:
            raise Missing(f"volume {volume['name']}: kind not supported by this cluster")
        files: Files = {}
        mode = volume["projected"].get("defaultMode", 0o644)
        for source in volume["projected"].get("sources") or []:
            files |= await self._projected(volume["name"], source, mode)
        return files

    async def _projected(self, volume: str, source: Object, mode: int) -> Files:
        for word, (kind, _) in KINDS.items():
            if word in source:
                return self._object(kind, source[word]["name"], source[word], mode)
        if "downwardAPI" in source:
            return self._downward(source["downwardAPI"], mode)
        if "serviceAccountToken" in source:
            spec = source["serviceAccountToken"]
            return {spec["path"]: (await self._token(volume, spec), mode)}
        return {}

    def _object(self, kind: str, name: str, source: Object, mode: int) -> Files:
        found = self.known.caches[kind].get(self.facts.namespace, name)
        if found is None:
            if source.get("optional"):
                return {}
            raise Missing(f"{kind[:-1]} {name} not found")
        data, mode = contents(kind, found), source.get("defaultMode", mode)
        if not source.get("items"):
            return {key: (value, mode) for key, value in data.items()}
        absent = [item["key"] for item in source["items"] if item["key"] not in data]
        if absent and not source.get("optional"):
            raise Missing(f"{kind[:-1]} {name} has no key {absent[0]}")
        return {
            item["path"]: (data[item["key"]], item.get("mode", mode)) for item in source["items"] if item["key"] in data
        }

    def _downward(self, source: Object, mode: int) -> Files:
        return {
            item["path"]: (self.facts.field(item["fieldRef"]["fieldPath"]).encode(), item.get("mode", mode))
            for item in source.get("items") or []
            if "fieldRef" in item
        }

    async def _token(self, volume: str, spec: Object) -> bytes:
        value, renewal = self.tokens.get((volume, spec["path"]), (b"", 0.0))
        if time.time() < renewal:
            return value
        facts = self.facts
        seconds = spec.get("expirationSeconds", 3600)
        owner = {"apiVersion": "v1", "kind": "Pod", "name": facts.name, "uid": facts.uid}
        request = {"expirationSeconds": seconds, "boundObjectRef": owner}
        if spec.get("audience"):
            request["audiences"] = [spec["audience"]]
        answer = await self.known.client.call(
            "POST",
            f"/api/v1/namespaces/{facts.namespace}/serviceaccounts/{facts.account}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": request},
        )
        value = str(answer["status"]["token"]).encode()
        self.tokens[volume, spec["path"]] = value, time.time() + 0.8 * seconds
        return value


def contents(kind: str, item: Object) -> dict[str, bytes]:
    """The files of a ConfigMap or Secret."""
    data = {key: base64.b64decode(value) for key, value in (item.get("binaryData") or {}).items()}
    for key, value in (item.get("data") or {}).items():
        data[key] = base64.b64decode(value) if kind == "secrets" else value.encode()
    return data
