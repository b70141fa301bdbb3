"""A container's environment variables, and the words of its command."""

import re
from collections.abc import Mapping
from typing import Any

from support.cluster.node.client import Object
from support.cluster.node.facts import Facts, Missing
from support.cluster.node.known import Known
from support.cluster.node.settings import Image
from support.cluster.node.volumes import contents

BASE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
REFERENCE = re.compile(r"\$(\$|\(([-._a-zA-Z0-9]+)\))")


def command(container: Object, image: Image, variables: Mapping[str, str]) -> list[str]:
    """The program and its arguments: the container's, else the image's."""
    words = [expand(word, variables) for word in container.get("command") or []]
    arguments = [expand(word, variables) for word in container.get("args") or []]
    if words:
        return words + arguments
    return [*image.entrypoint, *(arguments or image.cmd)]


def expand(text: str, variables: Mapping[str, str]) -> str:
    """$(NAME) becomes the variable's value when it is known; $$ stands for one $."""
    return REFERENCE.sub(lambda match: "$" if match[1] == "$" else variables.get(match[2], match[0]), text)


def environment(known: Known, facts: Facts, container: Object, image: Image) -> dict[str, str]:
    """All variables of a container. Raises Missing."""
    variables = BASE | {"HOSTNAME": facts.hostname} | image.env | _services(known, facts)
    for source in container.get("envFrom") or []:
        for field, kind in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
            if field in source:
                found = _values(known, facts, kind, source[field])
                variables |= {source.get("prefix", "") + key: value for key, value in found.items()}
    for item in container.get("env") or []:
        value = _value(known, facts, container, item)
        if value is not None:
            variables[item["name"]] = expand(value, variables) if "value" in item else value
    return variables


def _services(known: Known, facts: Facts) -> dict[str, str]:
    variables: dict[str, str] = {}
    links = facts.spec.get("enableServiceLinks", True)
    for (namespace, name), service in known.caches["services"].items.items():
        spec = service["spec"]
        ours = (namespace == facts.namespace and links) or (namespace, name) == ("default", "kubernetes")
        if ours and spec.get("clusterIP", "None") != "None":
            prefix = name.upper().replace("-", "_") + "_SERVICE"
            variables |= {f"{prefix}_HOST": spec["clusterIP"], f"{prefix}_PORT": str(spec["ports"][0]["port"])}
    return variables


def _values(known: Known, facts: Facts, kind: str, reference: Any) -> dict[str, str]:
    found = known.caches[kind].get(facts.namespace, reference["name"])
    if found is None and not reference.get("optional"):
        raise Missing(f"{kind[:-1]} {reference['name']} not found")
    return {key: value.decode(errors="replace") for key, value in contents(kind, found or {}).items()}


def _value(known: Known, facts: Facts, container: Object, item: Object) -> str | None:
    """One variable; None when an optional source lacks it."""
    source = item.get("valueFrom") or {}
    if "fieldRef" in source:
        return facts.field(source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        section, _, name = source["resourceFieldRef"]["resource"].partition(".")
        return str((container.get("resources") or {}).get(section, {}).get(name, "0"))
    for field, kind in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
        if field in source:
            reference = source[field]
            values = _values(known, facts, kind, reference)
            if reference["key"] not in values and not reference.get("optional"):
                raise Missing(f"{kind[:-1]} {reference['name']} has no key {reference['key']}")
            return values.get(reference["key"])
    return str(item.get("value", ""))
