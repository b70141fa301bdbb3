"""HorizontalPodAutoscaler of autoscaling/v2beta1 and v2beta2 to autoscaling/v2; the latter two have the same form."""

from pointsman.migrate.edits import insert, like, move, position
from pointsman.migrate.model import Node, Options, Unsupported, mapping, mappings

TO = "autoscaling/v2"
_TARGETS = {
    "targetAverageUtilization": ("Utilization", "averageUtilization"),
    "targetAverageValue": ("AverageValue", "averageValue"),
}


def rewrite(thing: Node, options: Options) -> list[str]:
    """One autoscaler. Raises Unsupported."""
    was, thing["apiVersion"] = thing["apiVersion"], TO
    notes = [f"apiVersion {was} to {TO}"]
    if not was.endswith("v2beta1"):
        return notes
    metrics = mappings(mapping(thing, "spec"), "metrics")
    for metric in metrics:
        _target(metric)
    return [*notes, "targets in the new form"] if metrics else notes


def _target(metric: Node) -> None:
    source = mapping(metric, "resource")
    if metric.get("type") != "Resource" or source is None:
        raise Unsupported(f"a metric of type {metric.get('type')!r}", f"write it as {TO} has it: metric and target")
    given = [name for name in _TARGETS if name in source]
    if len(given) != 1:
        raise Unsupported("a metric does not have one target", f"give it {' or '.join(_TARGETS)}")
    kind, name = _TARGETS[given[0]]
    target = like(source)
    target["type"] = kind
    where = position(source, given[0])
    move(source, given[0], target, name)
    insert(source, where, "target", target)
