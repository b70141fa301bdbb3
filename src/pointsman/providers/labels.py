"""Labels by which figures about a frontend are told apart: they come from configuration, never from a request."""

NAMESPACE = "namespace"
INGRESS = "ingress"

LABELS = (NAMESPACE, INGRESS)
"""All that any provider gives; the others' frontends have them empty."""


def of_ingress(namespace: str, name: str) -> tuple[tuple[str, str], ...]:
    """Those of a frontend that an Ingress made."""
    return ((NAMESPACE, namespace), (INGRESS, name))
