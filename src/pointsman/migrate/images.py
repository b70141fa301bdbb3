"""Containers that run Traefik 1 get the image that runs instead of it."""

import re

from pointsman.migrate.model import Node, Options, mapping, mappings

_CHEESES = "reblochon|camembert|morbier|raclette|roquefort|cancoillotte|tetedemoine|maroilles"
_TAG = re.compile(rf"(v?1(\.[0-9]+)*(-rc[0-9]+)?|{_CHEESES})(-alpine)?")
_PUBLIC = re.compile(r"((index\.)?docker\.io/)?(library/|containous/)?traefik")
_IMAGE = re.compile(r"(?P<name>(.+/)?traefik)(:(?P<tag>[\w][\w.-]*))?(?P<digest>@.+)?")


def swap(pod: Node, options: Options) -> list[str]:
    """Rewrites the images (and the command's first word) of one pod's spec; says what it changed."""
    notes = []
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
    return notes


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
