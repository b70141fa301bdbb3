"""What a test does to a cluster: create, patch, delete objects; ask for tokens. Blocking, as the test's own hand."""

import ssl
from pathlib import Path
from typing import Any

import httpx2

Object = dict[str, Any]
GROUPS = {
    "Ingress": "/apis/networking.k8s.io/v1",
    "IngressClass": "/apis/networking.k8s.io/v1",
    "EndpointSlice": "/apis/discovery.k8s.io/v1",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1",
    "Role": "/apis/rbac.authorization.k8s.io/v1",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1",
}
PLURALS = {"Ingress": "ingresses", "IngressClass": "ingressclasses", "Endpoints": "endpoints"}
CLUSTER_WIDE = {"Namespace", "Node", "IngressClass", "ClusterRole", "ClusterRoleBinding"}


class Api:
    """An administrator's client of one API server."""

    def __init__(self, url: str, token: str, ca: Path) -> None:
        self.trust = ssl.create_default_context(cafile=str(ca))
        self.http = httpx2.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            verify=self.trust,
            timeout=30,
            limits=httpx2.Limits(max_keepalive_connections=0),  # an API server that restarts drops idle connections
            trust_env=False,
        )

    def ready(self) -> bool:
        """Whether the API server calls itself ready."""
        try:
            return self.http.get("/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    def exists(self, path: str) -> bool:
        """Whether a GET of this path answers 200."""
        return self.http.get(path).status_code == 200

    def create(self, manifest: Object) -> Object:
        """POST; returns the object as stored."""
        return self._done(self.http.post(self.collection(manifest), json=manifest))

    def replace(self, manifest: Object) -> Object:
        """PUT over whatever is there."""
        return self._done(self.http.put(self._path(manifest), json=manifest))

    def patch(self, manifest: Object, patch: Object) -> Object:
        """JSON merge patch of the object that `manifest` names."""
        headers = {"Content-Type": "application/merge-patch+json"}
        return self._done(self.http.patch(self._path(manifest), json=patch, headers=headers))

    def set_status(self, manifest: Object, status: Object) -> Object:
        """Merge-patches the status of the object that `manifest` names, as its controller would."""
        headers = {"Content-Type": "application/merge-patch+json"}
        return self._done(self.http.patch(f"{self._path(manifest)}/status", json={"status": status}, headers=headers))

    def delete(self, manifest: Object, grace: int | None = None) -> None:
        """DELETE the object that `manifest` names; `grace` in seconds, for pods."""
        query = {} if grace is None else {"gracePeriodSeconds": grace}
        self._done(self.http.delete(self._path(manifest), params=query))

    def account_token(self, namespace: str, name: str) -> str:
        """A fresh token of a service account."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token = self._done(self.http.post(path, json=request))["status"]["token"]
        assert isinstance(token, str)
        return token

    @staticmethod
    def collection(manifest: Object) -> str:
        """URL path of the collection that an object belongs to."""
        kind = manifest["kind"]
        scope = "" if kind in CLUSTER_WIDE else f"/namespaces/{manifest['metadata'].get('namespace', 'default')}"
        return f"{GROUPS.get(kind, '/api/v1')}{scope}/{PLURALS.get(kind, kind.lower() + 's')}"

    def _path(self, manifest: Object) -> str:
        return f"{self.collection(manifest)}/{manifest['metadata']['name']}"

    @staticmethod
    def _done(response: httpx2.Response) -> Object:
        if response.status_code >= 300:
            raise AssertionError(f"{response.request.method} {response.request.url}: {response.text[:500]}")
        body = response.json()
        assert isinstance(body, dict)
        return body
