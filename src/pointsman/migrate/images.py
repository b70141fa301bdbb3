"""Containers that run Traefik 1 get the image that runs instead of it, and what it needs: it does not run as root."""

import re

from pointsman.migrate.edits import insert, like, position
from pointsman.migrate.model import Node, Options, mapping, mappings

_CHEESES = "reblochon|camembert|morbier|raclette|roquefort|cancoillotte|tetedemoine|maroilles"
_TAG = re.compile(rf"(v?1(\.[0-9]+)*(-rc[0-9]+)?|{_CHEESES})(-alpine)?")
_PUBLIC = re.compile(r"((index\.)?docker\.io/)?(library/|containous/)?traefik")
_SYSCTL = "net.ipv4.ip_unprivileged_port_start"
_IMAGE = re.compile(r"(?P<name>(.+/)?traefik)(:(?P<tag>[\w][\w.-]*))?(?P<digest>@.+)?")


def swap(pod: Node, options: Options) -> list[str]:
    """Rewrites the images (and the command's first word) of one pod's spec; says what it changed."""
    notes, low = list[str](), False
    for container in mappings(pod, "containers") + mappings(pod, "initContainers"):
        image = container.get("image")
        if not isinstance(image, str) or image == options.image or not is_traefik_1(image):
            continue
        container["image"] = options.image
        notes.append(f"image {image} to {options.image}")
        command = container.get("command")
        if isinstance(command, list) and command and str(command[0]).rpartition("/")[2] == "traefik":
            notes.append(f"command {command[0]} to pointsman")
            command[0] = "pointsman"
        low = low or _listens_low(pod, container)
    return notes + (_allow_low_ports(pod) if low else [])


def _listens_low(pod: Node, container: Node) -> bool:
    """Whether a container that does not run as root names a port that only root may listen on."""
    users = [(mapping(place, "securityContext") or {}).get("runAsUser") for place in (container, pod)]
    if next((user for user in users if user is not None), None) == 0:
        return False
    ports = [port.get("containerPort") for port in mappings(container, "ports")]
    return any(isinstance(port, int) and 0 < port < 1024 for port in ports)


def _allow_low_ports(pod: Node) -> list[str]:
    if pod.get("hostNetwork") is True:
        return [f"set {_SYSCTL}=80 on the nodes: the image does not run as root"]
    context = mapping(pod, "securityContext")
    if context is None:
        context = like(pod)
        pod.pop("securityContext", None)
        insert(pod, position(pod, "containers"), "securityContext", context)
    if any(one.get("name") == _SYSCTL for one in mappings(context, "sysctls")):
        return []
    made = like(pod)
    made.update({"name": _SYSCTL, "value": "0"})
    if isinstance(context.get("sysctls"), list):
        context["sysctls"].insert(0, made)  # At its end, comments of what follows would come before it.
    else:
        context["sysctls"] = [made]
    return [f"sysctl {_SYSCTL}=0: the image does not run as root"]


def is_traefik_1(image: str) -> bool:
    """Whether an image is of Traefik 1: by its tag anywhere, without one (or `latest`) only where 1.7 came from."""
    found = _IMAGE.fullmatch(image)
    if found is None:
        return False
    if found["tag"] is not None and _TAG.fullmatch(found["tag"]):
        return True
    return found["tag"] in (None, "latest") and not found["digest"] and bool(_PUBLIC.fullmatch(found["name"]))


def pod_spec(thing: Node) -> Node | None:
    """The spec of the pods that an object of any workload kind makes."""
    if thing.get("kind") == "Pod":
        return mapping(thing, "spec")
    if thing.get("kind") == "CronJob":
        return mapping(thing, "spec", "jobTemplate", "spec", "template", "spec")
    return mapping(thing, "spec", "template", "spec")
