"""Kubernetes objects as they were written for Traefik 1.7, in few words: extensions/v1beta1, Services, Endpoints."""

from collections.abc import Mapping, Sequence
from typing import Any

from support.upstream import Upstream

Object = dict[str, Any]
Path = tuple[str, str, int | str]
"""Path, service, port."""


def _meta(name: str, namespace: str, annotations: Mapping[str, str] | None) -> Object:
    return {"name": name, "namespace": namespace, "annotations": dict(annotations or {})}


def ingress(
    name: str,
    rules: Sequence[tuple[str, Sequence[Path]]] = (),
    annotations: Mapping[str, str] | None = None,
    *,
    namespace: str = "default",
    default: tuple[str, int | str] | None = None,
) -> Object:
    """Rules as (host, [(path, service, port)]); an empty host or path is left out."""
    spec: Object = {}
    if default is not None:
        spec["backend"] = {"serviceName": default[0], "servicePort": default[1]}
    for host, paths in rules:
        listed = []
        for path, service, port in paths:
            backend = {"serviceName": service, "servicePort": port}
            listed.append({**({"path": path} if path else {}), "backend": backend})
        spec.setdefault("rules", []).append({**({"host": host} if host else {}), "http": {"paths": listed}})
    meta = _meta(name, namespace, annotations)
    return {"apiVersion": "extensions/v1beta1", "kind": "Ingress", "metadata": meta, "spec": spec}


def service(
    name: str,
    ports: Sequence[tuple[str, int]] = (("http", 80),),
    annotations: Mapping[str, str] | None = None,
    *,
    namespace: str = "default",
    **spec: Any,
) -> Object:
    """A Service with ports (name, number); an empty name is left out."""
    listed = [{**({"name": each} if each else {}), "port": number} for each, number in ports]
    meta = _meta(name, namespace, annotations)
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": listed, **spec}}


def subset(*upstreams: Upstream, port: str = "http", pods: Sequence[str] = (), ready: bool = True) -> Object:
    """Addresses of upstreams that listen on one port: give upstreams of the same port only."""
    addresses: list[Object] = []
    for number, upstream in enumerate(upstreams):
        reference = {"targetRef": {"kind": "Pod", "name": pods[number]}} if pods else {}
        addresses.append({"ip": "127.0.0.1", **reference})
        assert upstream.port == upstreams[0].port
    ports = [{**({"name": port} if port else {}), "port": upstreams[0].port}]
    return {"addresses" if ready else "notReadyAddresses": addresses, "ports": ports}


def endpoints(name: str, *subsets: Object, namespace: str = "default") -> Object:
    """The Endpoints of a Service."""
    meta = _meta(name, namespace, None)
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": list(subsets)}


def served(name: str, *upstreams: Upstream, **more: Any) -> list[Object]:
    """A Service with port 80 named http, and the Endpoints that lead to these upstreams."""
    namespace = more.get("namespace", "default")
    return [service(name, **more), endpoints(name, *(subset(each) for each in upstreams), namespace=namespace)]
