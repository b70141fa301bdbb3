"""What a real API server says of manifests, without keeping them: server-side apply as a strict dry run."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from support.cluster.api import Api, Object


def objects(text: str) -> Iterator[Object]:
    """The objects of a manifest, those of a `kind: List` one by one."""
    for document in yaml.safe_load_all(text):
        if not isinstance(document, dict):
            continue
        if document["kind"] == "List":
            yield from document["items"]
        else:
            yield document


class DryRun:
    """Applies objects to one API server; nothing stays but the namespaces they are in."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._resources: dict[tuple[str, str], dict[str, Any]] = {}

    def applied(self, thing: Object) -> Object:
        """The object as the API server would store it, defaults included; AssertionError with its reason."""
        name = thing["metadata"].get("name", "generated")
        answer = self._api.http.patch(
            f"{self._collection(thing)}/{name}",
            params={"dryRun": "All", "fieldManager": "tests", "fieldValidation": "Strict", "force": "true"},
            headers={"Content-Type": "application/apply-patch+yaml"},
            content=json.dumps(thing),
        )
        assert answer.status_code in (200, 201), f"{thing['kind']} {name}: {answer.text[:600]}"
        stored: Object = answer.json()
        return stored

    def all_applied(self, things: Iterable[Object]) -> list[Object]:
        """Each in turn."""
        return [self.applied(thing) for thing in things]

    def _collection(self, thing: Object) -> str:
        version, kind = thing["apiVersion"], thing["kind"]
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if (version, kind) not in self._resources:
            answer = self._api.http.get(base)
            assert answer.status_code == 200, f"the API server does not serve {version}"
            found = [one for one in answer.json()["resources"] if one["kind"] == kind and "/" not in one["name"]]
            assert found, f"the API server knows no {kind} of {version}"
            self._resources[version, kind] = found[0]
        resource = self._resources[version, kind]
        if not resource["namespaced"]:
            return f"{base}/{resource['name']}"
        namespace = thing["metadata"].get("namespace", "default")
        path = f"/api/v1/namespaces/{namespace}"
        if not self._api.exists(path):
            self._api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        return f"{base}/namespaces/{namespace}/{resource['name']}"
