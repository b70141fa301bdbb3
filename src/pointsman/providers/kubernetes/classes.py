"""Which Ingresses are ours: the class annotation, else `spec.ingressClassName`, else the default class."""

from collections.abc import Mapping

from pointsman.providers.kubernetes.annotations import ingress_class
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
