"""RBAC to rbac.authorization.k8s.io/v1, and the rights that an ingress controller needs on today's APIs.

Rights are added to roles with Traefik 1.7's rules alone: those that read Ingresses, Services and Endpoints but write
none of them. A person's role that happens to name Ingresses is not made more powerful.
"""

from pointsman.migrate.edits import insert, like, listed, rename
from pointsman.migrate.model import Node, Options, mapping, mappings, strings

GROUP = "rbac.authorization.k8s.io"
TO = f"{GROUP}/v1"
LEASE = "pointsman"
"""Name of the Lease whose holder writes Ingress status and Events."""
_READ = ("get", "list", "watch")
_WRITE = ("create", "update", "patch", "delete", "deletecollection")


class _Right(tuple[str, str, tuple[str, ...], str]):
    """API group, resource, verbs, and the one object's name it is for (empty: all)."""


_INGRESSES = "networking.k8s.io"
_NEEDS = (
    _Right((_INGRESSES, "ingresses", _READ, "")),
    _Right((_INGRESSES, "ingresses/status", ("update",), "")),
    _Right((_INGRESSES, "ingressclasses", _READ, "")),
    _Right(("discovery.k8s.io", "endpointslices", _READ, "")),
    _Right(("coordination.k8s.io", "leases", ("create",), "")),
    _Right(("coordination.k8s.io", "leases", ("get", "update"), LEASE)),
    _Right(("", "events", ("create", "patch"), "")),
)
_CLUSTER_WIDE = {"ingressclasses"}


def role(thing: Node, options: Options) -> list[str]:
    """A Role or ClusterRole of any version."""
    notes = _version(thing)
    rules = thing.get("rules")
    if not isinstance(rules, list) or not _is_controllers(thing):
        return notes
    notes += _same_objects(thing)
    for right in _NEEDS:
        group, resource, verbs, name = right
        if (resource in _CLUSTER_WIDE and thing["kind"] == "Role") or _grants(thing, right):
            continue
        rules.append(_rule(thing, right))
        only = f" (only {name})" if name else ""
        notes.append(f"may {'/'.join(verbs)} {resource}{'.' if group else ''}{group}{only}")
    return notes


def binding(thing: Node, options: Options) -> list[str]:
    """A RoleBinding or ClusterRoleBinding of an old version."""
    was_alpha = str(thing["apiVersion"]).endswith("v1alpha1")
    notes = _version(thing)
    if not notes:
        return []
    reference = mapping(thing, "roleRef")
    if reference is not None and not reference.get("apiGroup"):
        reference.pop("apiGroup", None)
        insert(reference, 0, "apiGroup", GROUP)
        notes.append("roleRef.apiGroup")
    for subject in mappings(thing, "subjects") if was_alpha else []:
        notes += _alpha_subject(subject)
    return notes


def _alpha_subject(subject: Node) -> list[str]:
    notes = []
    if subject.get("kind") == "User" and subject.get("name") == "*":
        subject["kind"], subject["name"] = "Group", "system:authenticated"
        notes.append("user * is the group system:authenticated")
    if "apiVersion" in subject:
        rename(subject, "apiVersion", "apiGroup")
        subject["apiGroup"] = "" if subject.get("kind") == "ServiceAccount" else GROUP
        notes.append("a subject's apiVersion is its apiGroup")
    return notes


def _version(thing: Node) -> list[str]:
    was = thing["apiVersion"]
    if was == TO:
        return []
    thing["apiVersion"] = TO
    return [f"apiVersion {was} to {TO}"]


def _is_controllers(thing: Node) -> bool:
    """Whether it holds Traefik 1.7's rules."""
    seen = [("", "services"), ("", "endpoints")]
    reads = any(_grants(thing, _Right((group, "ingresses", ("list", "watch"), ""))) for group in _GROUPS)
    reads = reads and all(_grants(thing, _Right((group, resource, ("list", "watch"), ""))) for group, resource in seen)
    everything = [(group, "ingresses") for group in _GROUPS] + seen
    writes = any(_grants(thing, _Right((*place, (verb,), ""))) for place in everything for verb in _WRITE)
    return reads and not writes


_GROUPS = ("extensions", _INGRESSES)


def _same_objects(thing: Node) -> list[str]:
    """A rule about Ingresses of the old group is about the new one's too: they are the same objects."""
    notes = []
    for rule in mappings(thing, "rules"):
        groups, resources = strings(rule, "apiGroups"), strings(rule, "resources")
        about = {"ingresses", "ingresses/status"}
        if "extensions" in groups and not {_INGRESSES, "*"} & set(groups) and resources and set(resources) <= about:
            rule["apiGroups"].append(_INGRESSES)
            notes.append(f"{', '.join(resources)} in {_INGRESSES} as in extensions")
    return notes


def _grants(thing: Node, right: _Right) -> bool:
    """Whether its rules together give the right for all objects, or for the one it names."""
    group, resource, verbs, name = right
    given: set[str] = set()
    for rule in mappings(thing, "rules"):
        names = strings(rule, "resourceNames")
        sub = f"*/{resource.partition('/')[2]}" if "/" in resource else resource
        if (
            {group, "*"} & set(strings(rule, "apiGroups"))
            and {resource, sub, "*"} & set(strings(rule, "resources"))
            and (not names or (name and name in names))
        ):
            given |= set(strings(rule, "verbs"))
    return "*" in given or set(verbs) <= given


def _rule(thing: Node, right: _Right) -> Node:
    group, resource, verbs, name = right
    made = like(thing)
    made["apiGroups"] = listed(thing, [group])
    made["resources"] = listed(thing, [resource])
    if name:
        made["resourceNames"] = listed(thing, [name])
    made["verbs"] = listed(thing, list(verbs))
    return made
