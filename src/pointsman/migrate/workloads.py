"""Deployment, DaemonSet, ReplicaSet and StatefulSet of old groups to apps/v1."""

from pointsman.migrate.edits import drop, insert, like, position
from pointsman.migrate.model import Node, Options, Unsupported, mapping

TO = "apps/v1"
_GONE = {
    "rollbackTo": "spec.rollbackTo dropped: kubectl rollout undo does its work",
    "templateGeneration": "spec.templateGeneration dropped: the API server counts by itself",
}


def rewrite(thing: Node, options: Options) -> list[str]:
    """One workload. Raises Unsupported."""
    version = thing["apiVersion"]
    notes = [f"apiVersion {version} to {TO}"]
    thing["apiVersion"] = TO
    spec = mapping(thing, "spec")
    if spec is None or "template" not in spec:
        if spec is None or "selector" not in spec:
            notes.append("only a part of an object, so nothing else")
        return notes
    notes += [note for name, note in _GONE.items() if drop(spec, name)]
    notes += _selector(spec)
    if thing["kind"] == "DaemonSet" and "updateStrategy" not in spec and version == "extensions/v1beta1":
        made = like(spec)
        made["type"] = "OnDelete"
        insert(spec, position(spec, "template"), "updateStrategy", made)
        notes.append("updateStrategy OnDelete, which was the default")
    return notes


def _selector(spec: Node) -> list[str]:
    labels = mapping(spec, "template", "metadata", "labels")
    selector = mapping(spec, "selector")
    if not labels:
        raise Unsupported("its pods have no labels, so it can't have a selector", "label the template")
    if selector:
        wanted = mapping(selector, "matchLabels") or {}
        wrong = [key for key, value in wanted.items() if labels.get(key) != value]
        if wrong:
            message = f"its selector asks for the label {wrong[0]}, which its pods don't have"
            raise Unsupported(message, "make template and selector agree")
        return []
    made, match = like(spec), like(spec)
    match.update((str(key), value) for key, value in labels.items())
    made["matchLabels"] = match
    where = position(spec, "template")
    if drop(spec, "selector"):
        where = position(spec, "template")
    insert(spec, where, "selector", made)
    return ["selector made from the template's labels"]
