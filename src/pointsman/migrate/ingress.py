"""Ingress of extensions/v1beta1 and networking.k8s.io/v1beta1 to networking.k8s.io/v1.

Refuses what the v1 API server refuses, as measured on one of Kubernetes 1.36. pathType ImplementationSpecific leaves
the decision to the rule-type annotation, as before.
"""

import re

from pointsman.migrate.edits import insert, like, move, position, rename
from pointsman.migrate.model import Node, Options, Unsupported, mapping, mappings

TO = "networking.k8s.io/v1"
_CLASS = "kubernetes.io/ingress.class"
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_HOST = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")
_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
_SECRET = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def rewrite(ingress: Node, options: Options) -> list[str]:
    """One Ingress. Raises Unsupported."""
    spec = mapping(ingress, "spec")
    if spec is None or not (mappings(spec, "rules") or "backend" in spec or "defaultBackend" in spec):
        raise Unsupported("has neither rules nor a default backend", "give it one, or remove it")
    _check_class(ingress, spec)
    _check_tls(spec)
    backends = 0
    if mapping(spec, "backend") is not None:
        backends += _backend(spec, "backend")
        rename(spec, "backend", "defaultBackend")
    for rule in mappings(spec, "rules"):
        backends += _rule(rule)
    notes = [f"apiVersion {ingress['apiVersion']} to {TO}"]
    ingress["apiVersion"] = TO
    if backends:
        notes.append(f"{backends} backend{'s' if backends > 1 else ''} in the new form")
    return notes


def _rule(rule: Node) -> int:
    host = rule.get("host") or ""
    if host and not _is_host(host):
        raise Unsupported(f"the host {host!r} is not a name that networking.k8s.io/v1 accepts", _host_remedy(str(host)))
    http = mapping(rule, "http")
    if http is None:
        return 0
    paths = mappings(http, "paths")
    if not paths:
        raise Unsupported(f"the rule of host {host!r} has no paths", "remove its http section or give it a path")
    return sum(_path(path) for path in paths)


def _path(path: Node) -> int:
    text = path.get("path") or ""
    if text and not str(text).startswith("/"):
        raise Unsupported(f"the path {text!r} does not begin with /", "write the path from its / on")
    if not path.get("pathType"):
        path.pop("pathType", None)
        insert(path, position(path, "path") + 1 if "path" in path else 0, "pathType", "ImplementationSpecific")
    return _backend(path, "backend")


def _backend(holder: Node, name: str) -> int:
    """Rewrites one backend in place; 0 when it had the new form already (two paths may share one by an alias)."""
    backend = mapping(holder, name)
    if backend is None:
        raise Unsupported("a path has no backend", "name a Service and its port")
    if "service" in backend or ("resource" in backend and "serviceName" not in backend):
        return 0
    service, port = backend.get("serviceName"), _port(backend.get("servicePort"))
    if not isinstance(service, str) or not _SERVICE.fullmatch(service):
        raise Unsupported(f"the backend's service {service!r} is not a Service's name", "name a Service")
    made, ported = like(backend), like(backend)
    for old in [key for key in backend if key in ("serviceName", "servicePort")]:
        if old == "serviceName":
            where = position(backend, old)
            move(backend, old, made, "name")
        else:
            where = position(backend, old)
            made["port"] = ported
            move(backend, old, ported, "number" if isinstance(port, int) else "name")
    insert(backend, where, "service", made)
    if isinstance(port, int):
        ported["number"] = port
    return 1


def _port(port: object) -> int | str:
    """A number written as text is a number, as it was to Traefik 1.7."""
    if isinstance(port, str) and re.fullmatch(r"[0-9]{1,5}", port):
        port = int(port)
    if isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65536:
        return port
    if isinstance(port, str) and _PORT_NAME.fullmatch(port):
        return port
    message = f"the backend's port {port!r} is neither a number from 1 to 65535 nor a name of at most 15 of a-z, 0-9, -"
    raise Unsupported(message, "name a port of the Service")


def _check_class(ingress: Node, spec: Node) -> None:
    annotations = mapping(ingress, "metadata", "annotations")
    given, field = (annotations or {}).get(_CLASS), spec.get("ingressClassName")
    if given is not None and field is not None and given != field:
        remedy = "keep the annotation, which decided until now"
        raise Unsupported(f"the annotation {_CLASS} and spec.ingressClassName differ", remedy)


def _check_tls(spec: Node) -> None:
    for item in mappings(spec, "tls"):
        hosts = item.get("hosts") or []
        if not isinstance(hosts, list):
            raise Unsupported(f"spec.tls: hosts is {hosts!r}", "write a list of names")
        for host in hosts:
            if not _is_host(host):
                remedy = _host_remedy(str(host)).replace("remove the host", "remove it from spec.tls")
                raise Unsupported(f"the host {host!r} in spec.tls is not a name that {TO} accepts", remedy)
        secret = item.get("secretName")
        if secret and not (isinstance(secret, str) and _SECRET.fullmatch(secret)):
            raise Unsupported(f"spec.tls: {secret!r} is not a Secret's name", "rename the Secret")


def _is_host(host: object) -> bool:
    if not isinstance(host, str) or len(host) > 253 or not _HOST.fullmatch(host) or _ADDRESS.fullmatch(host):
        return False
    return all(len(label) <= 63 for label in host.split("."))


def _host_remedy(host: str) -> str:
    if host != host.lower() and _is_host(host.lower()):
        return f"write it in lower case: {host.lower()}"
    if host == "*":
        return "remove the host: a rule without one is for every host"
    if "," in host:
        return "write one rule for each host"
    if _ADDRESS.fullmatch(host):
        return "use a name, or a rule without a host"
    return (
        "write one rule for each name, a wildcard only as the first label (*.example.com), or put it into a rules file"
    )
