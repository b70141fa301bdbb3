"""Kubernetes objects in few words."""

from typing import Any

Object = dict[str, Any]


def ingress(namespace: str, name: str, host: str, **more: Any) -> Object:
    """A networking.k8s.io/v1 Ingress for `/` of a host, to port 80 of service `web`; `annotations`, `labels`, `tls`,
    `service`, `ingress_class`."""
    backend = {"service": {"name": more.get("service", "web"), "port": {"number": 80}}}
    path = {"path": more.get("path", "/"), "pathType": "ImplementationSpecific", "backend": backend}
    spec: Object = {"rules": [{"host": host, "http": {"paths": [path]}}]}
    if "tls" in more:
        spec["tls"] = [{"secretName": secret} for secret in more["tls"]]
    if "ingress_class" in more:
        spec["ingressClassName"] = more["ingress_class"]
    meta = {"namespace": namespace, "name": name} | {k: more[k] for k in ("annotations", "labels") if k in more}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": spec}


def service(namespace: str, name: str = "web", **spec: Any) -> Object:
    """A service with port 80 named `http`."""
    spec = {"ports": [{"name": "http", "port": 80}], "clusterIP": "None"} | spec
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": namespace, "name": name}, "spec": spec}


def endpoint_slice(namespace: str, name: str, *addresses: str, service: str = "web", **more: Any) -> Object:
    """A slice of a service's addresses on port 8080; `conditions` for all of them, `family`."""
    conditions = more.get("conditions", {"ready": True})
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"namespace": namespace, "name": name, "labels": {"kubernetes.io/service-name": service}},
        "addressType": more.get("family", "IPv4"),
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address], "conditions": conditions} for address in addresses],
    }


def endpoints(namespace: str, name: str, *addresses: str) -> Object:
    """The older form of the same."""
    subset = {"addresses": [{"ip": address} for address in addresses], "ports": [{"name": "http", "port": 8080}]}
    meta = {"namespace": namespace, "name": name}
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": [subset] if addresses else []}


def secret(namespace: str, name: str, data: dict[str, str]) -> Object:
    """A secret from plain text."""
    meta = {"namespace": namespace, "name": name}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": data}


def account(namespace: str, name: str, rules: list[Object]) -> list[Object]:
    """A service account with a ClusterRole of these rules."""
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": namespace, "name": name}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": f"{namespace}-{name}"},
            "rules": rules,
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"{namespace}-{name}"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": f"{namespace}-{name}"},
            "subjects": [{"kind": "ServiceAccount", "namespace": namespace, "name": name}],
        },
    ]
