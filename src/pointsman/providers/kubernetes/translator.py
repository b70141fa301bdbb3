"""Slim objects in, Changes out: keeps each Ingress' own translation and recomputes only what an event touches."""

from collections.abc import Iterable, Set

import msgspec

from pointsman.model.dynamic import Change, Dynamic
from pointsman.providers.kubernetes.objects import ObjectEvent


class TranslatorOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What of `[kubernetes]` decides the translation."""

    ingress_class: str = ""
    """Empty: Ingresses without a class, with an empty one, or of class `traefik`; else exactly this class."""
    disable_pass_host_headers: bool = False
    enable_pass_tls_cert: bool = False
    strict: bool = False
    """`--security=strict`: Ingresses of different namespaces never share a frontend; the oldest namespace keeps it."""
    manifests: bool = False
    """Objects come from a folder; only changes how Problems tell the remedy."""


class Translator:
    """Holds the objects and the Dynamic that follows from them. Not thread-safe; does no I/O and reads no clock."""

    def __init__(self, options: TranslatorOptions) -> None:
        self._options = options

    def apply(self, events: Iterable[ObjectEvent]) -> Change:
        """Takes events in and returns what is different now; the same event again gives an empty Change."""
        raise NotImplementedError

    @property
    def dynamic(self) -> Dynamic:
        """Everything, as it is now."""
        raise NotImplementedError

    @property
    def secrets(self) -> Set[tuple[str, str]]:
        """(namespace, name) of every secret that an Ingress in force names; no other secret is needed."""
        raise NotImplementedError

    @property
    def accepted(self) -> Set[tuple[str, str]]:
        """(namespace, name) of the Ingresses that are ours and weren't skipped as a whole (their status is written)."""
        raise NotImplementedError
