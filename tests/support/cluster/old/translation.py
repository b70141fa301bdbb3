"""Old names and shapes to today's and back: pure, and forgiving, since patches are parts of objects."""

from typing import Any

Object = dict[str, Any]
EXTENSIONS, RBAC = "extensions/v1beta1", "rbac.authorization.k8s.io/v1beta1"
TODAY = {
    (EXTENSIONS, "ingresses"): "networking.k8s.io/v1",
    (EXTENSIONS, "deployments"): "apps/v1",
    (EXTENSIONS, "daemonsets"): "apps/v1",
    (RBAC, "clusterroles"): "rbac.authorization.k8s.io/v1",
    (RBAC, "clusterrolebindings"): "rbac.authorization.k8s.io/v1",
}
KINDS = {
    "ingresses": "Ingress",
    "deployments": "Deployment",
    "daemonsets": "DaemonSet",
    "clusterroles": "ClusterRole",
    "clusterrolebindings": "ClusterRoleBinding",
}
CLUSTER_WIDE = ("clusterroles", "clusterrolebindings")
HIDDEN = ("networking.k8s.io", "discovery.k8s.io")
"""Groups that this server does not have."""


def to_today(body: Object, version: str, resource: str) -> Object:
    """An object or a patch of it, as today's API has it."""
    today = TODAY[version, resource]
    changed = body | ({"apiVersion": today} if "apiVersion" in body else {})
    if resource == "ingresses" and isinstance(changed.get("spec"), dict):
        changed["spec"] = _spec_to_today(changed["spec"])
    return changed


def to_old(body: Object, version: str, resource: str) -> Object:
    """An object, a list or a watch event, as the old API had it; all else (a Status) as it is."""
    if "type" in body and "object" in body:
        return body | {"object": to_old(body["object"], version, resource)}
    if body.get("apiVersion") != TODAY[version, resource]:
        return body
    changed = body | {"apiVersion": version}
    if "items" in changed:
        changed["items"] = [_item_to_old(item, resource) for item in changed["items"] or []]
        return changed
    return _item_to_old(changed, resource)


def _item_to_old(item: Object, resource: str) -> Object:
    if resource != "ingresses" or not isinstance(item.get("spec"), dict):
        return item
    return item | {"spec": _spec_to_old(item["spec"])}


def _spec_to_today(spec: Object) -> Object:
    changed = {key: value for key, value in spec.items() if key != "backend"}
    if spec.get("backend"):
        changed["defaultBackend"] = _backend_to_today(spec["backend"])
    if spec.get("rules"):
        changed["rules"] = [_rule(rule, _path_to_today) for rule in spec["rules"]]
    return changed


def _spec_to_old(spec: Object) -> Object:
    changed = {key: value for key, value in spec.items() if key != "defaultBackend"}
    if spec.get("defaultBackend"):
        changed["backend"] = _backend_to_old(spec["defaultBackend"])
    if spec.get("rules"):
        changed["rules"] = [_rule(rule, _path_to_old) for rule in spec["rules"]]
    return changed


def _rule(rule: Object, path: Any) -> Object:
    if not rule.get("http"):
        return rule
    return rule | {"http": {"paths": [path(each) for each in rule["http"].get("paths") or []]}}


def _path_to_today(path: Object) -> Object:
    return path | {"pathType": "ImplementationSpecific", "backend": _backend_to_today(path["backend"])}


def _path_to_old(path: Object) -> Object:
    kept = {key: value for key, value in path.items() if key != "pathType"}
    return kept | {"backend": _backend_to_old(path["backend"])}


def _backend_to_today(backend: Object) -> Object:
    port = backend["servicePort"]
    return {"service": {"name": backend["serviceName"], "port": {"name" if isinstance(port, str) else "number": port}}}


def _backend_to_old(backend: Object) -> Object:
    service = backend["service"]
    return {"serviceName": service["name"], "servicePort": service["port"].get("name") or service["port"]["number"]}
