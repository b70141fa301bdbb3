"""Which Ingresses are ours: the class annotation, else `spec.ingressClassName`, else the default class."""

from collections.abc import Mapping

from pointsman.providers.kubernetes.annotations import CLASS_KEY, ingress_class
from pointsman.providers.kubernetes.objects import Ingress, IngressClass
from pointsman.providers.kubernetes.values import toml_body

CONTROLLERS = ("pointsman.io/ingress-controller", "traefik.io/ingress-controller")
DEFAULT_NAME = "traefik"


class ClassError(Exception):
    """A class that can't be compared; the Ingress is skipped."""


def is_ours(ingress: Ingress, classes: Mapping[str, IngressClass], wanted: str) -> bool:
    """Whether the Ingress is of the wanted class (the option; empty: `traefik` or none). Raises ClassError.

    The annotation wins over the field. A class name without an IngressClass object is compared as text, so that it
    works where the objects may not be read.
    """
    found = ingress_class(ingress.annotations)
    if found is not None and found.value:
        if toml_body(found.value) is None:
            raise ClassError(found.key)
        return found.value == (wanted or DEFAULT_NAME)
    if ingress.class_name:
        known = classes.get(ingress.class_name)
        if known is None:
            return ingress.class_name == (wanted or DEFAULT_NAME)
        return known.controller in CONTROLLERS and wanted in ("", known.name)
    if not wanted:
        return True
    default = classes.get(wanted)
    return default is not None and default.is_default and default.controller in CONTROLLERS


def why_not_ours(ingress: Ingress, classes: Mapping[str, IngressClass], wanted: str) -> tuple[str, str]:
    """Of an Ingress that `is_ours` denies: the reason, and the remedy."""
    found = ingress_class(ingress.annotations)
    if found is not None and found.value:
        drop = "" if wanted else " or remove the annotation"
        change = f"write {wanted or DEFAULT_NAME} there{drop}"
        return f"its class is {found.value} (annotation {found.key})", _remedy(wanted, change, found.value)
    name, change = ingress.class_name, _nameable(classes, wanted)
    if not name:
        return "it has no class", _remedy(wanted, change)
    known = classes.get(name)
    if known is None:
        made = f"{change}, create an IngressClass {name} with controller {CONTROLLERS[0]}" if not wanted else change
        return f"its class is {name} (spec.ingressClassName), of which no IngressClass is known", _remedy(
            wanted, made, name
        )
    if known.controller not in CONTROLLERS:
        reason = f"its class is {name} (spec.ingressClassName), which belongs to the controller {known.controller!r}"
        return reason, _remedy(wanted, change)
    return f"its class is {name} (spec.ingressClassName)", _remedy(wanted, change, name)


def _remedy(wanted: str, change: str, other: str = "") -> str:
    takes = f"of class {wanted} alone" if wanted else f"without a class and of class {DEFAULT_NAME}"
    start = f", or start with --kubernetes.ingressClass={other}, which then counts alone" if other else ""
    return f"this Pointsman takes Ingresses {takes}: {change}{start}"


def _nameable(classes: Mapping[str, IngressClass], wanted: str) -> str:
    """What an Ingress can say to be ours."""
    name = wanted or DEFAULT_NAME
    names = sorted(one.name for one in classes.values() if one.controller in CONTROLLERS and wanted in ("", one.name))
    if name not in classes:
        names.insert(0, name)
    if names:
        return f"set spec.ingressClassName to {' or '.join(names[:3])}"
    return f"set the annotation {CLASS_KEY} to {name}"
