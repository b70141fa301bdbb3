"""What a request of the old API asks for, and discovery of that API."""

from urllib.parse import parse_qs, urlsplit

import msgspec

from support.cluster.old.translation import CLUSTER_WIDE, HIDDEN, KINDS, TODAY, Object

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
CHANGES = {"POST": "create", "PUT": "update", "PATCH": "patch"}


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A request for objects of an old group and version."""

    version: str
    resource: str
    namespace: str
    name: str
    subresource: str
    verb: str

    def today(self) -> str:
        """URL path at today's API."""
        words = [f"/apis/{TODAY[self.version, self.resource]}"]
        words += ["namespaces", self.namespace] if self.namespace else []
        return "/".join([*words, *(word for word in (self.resource, self.name, self.subresource) if word)])

    def review(self) -> Object:
        """The question whether the caller may do this, under the old group's name."""
        attributes = {
            "group": self.version.partition("/")[0],
            "resource": self.resource,
            "subresource": self.subresource,
            "namespace": self.namespace,
            "name": self.name,
            "verb": self.verb,
        }
        kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        return kind | {"spec": {"resourceAttributes": attributes}}


def parse(method: str, target: str) -> Target | None:
    """The old objects that a request is about; None for any other request."""
    parts = urlsplit(target)
    words = parts.path.strip("/").split("/")
    version, rest = "/".join(words[1:3]), words[3:]
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    if words[0] != "apis" or not rest or (version, rest[0]) not in TODAY:
        return None
    resource, name, subresource = (*rest, "", "")[:3]
    if method == "GET":
        verb = "watch" if parse_qs(parts.query).get("watch", ["0"])[0] in ("1", "true") else "get" if name else "list"
    elif method == "DELETE":
        verb = "delete" if name else "deletecollection"
    else:
        verb = CHANGES[method]
    return Target(
        version=version, resource=resource, namespace=namespace, name=name, subresource=subresource, verb=verb
    )


def is_hidden(path: str) -> bool:
    """Whether this server does not have such a path."""
    return any(path == f"/apis/{group}" or path.startswith(f"/apis/{group}/") for group in HIDDEN)


def resources(version: str) -> Object | None:
    """The APIResourceList of an old group and version; None where there is none."""
    found: list[Object] = []
    for old, resource in TODAY:
        if old != version:
            continue
        scope = {"namespaced": resource not in CLUSTER_WIDE, "kind": KINDS[resource]}
        found.append({"name": resource, "singularName": "", "verbs": VERBS} | scope)
        if resource not in CLUSTER_WIDE:
            found.append({"name": f"{resource}/status", "singularName": "", "verbs": ["get", "update"]} | scope)
    if not found:
        return None
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": found}


def groups(today: Object) -> Object:
    """The APIGroupList: today's without what is hidden, with the old versions first."""
    kept = [group for group in today["groups"] if group["name"] not in HIDDEN]
    olds = sorted({version for version, _ in TODAY})
    named = {group["name"]: group for group in kept}
    for version in olds:
        group, _, number = version.partition("/")
        listed = {"groupVersion": version, "version": number}
        if group in named:
            named[group]["versions"] = [*named[group]["versions"], listed]
        else:
            kept.append({"name": group, "versions": [listed], "preferredVersion": listed})
    return today | {"groups": kept}
