"""Slim Kubernetes objects: only the fields that decide routing, so that an update of anything else compares equal.

Frozen and compared by value. `wire.decode` makes them from the API's JSON; nothing here does I/O.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec

INGRESS = "Ingress"
SERVICE = "Service"
ENDPOINTS = "Endpoints"
ENDPOINT_SLICE = "EndpointSlice"
SECRET = "Secret"  # noqa: S105 - a kind
INGRESS_CLASS = "IngressClass"


class Slim(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of every slim object: immutable, compared by value."""


class IngressBackend(Slim, frozen=True, kw_only=True, gc=False):
    """Where a path leads."""

    service: str = ""
    """Name in the Ingress' namespace; empty when the backend is something else than a service."""
    port: int | str = 0
    """Number or name of a port of the service."""


class IngressPath(Slim, frozen=True, kw_only=True, gc=False):
    """One path of a rule."""

    path: str = ""
    path_type: str = ""
    """`Exact`, `Prefix`, `ImplementationSpecific`; empty means the last."""
    backend: IngressBackend = IngressBackend()


class IngressRule(Slim, frozen=True, kw_only=True, gc=False):
    """One host and its paths."""

    host: str = ""
    paths: tuple[IngressPath, ...] | None = ()
    """None: the rule has no `http` section."""


class IngressTls(Slim, frozen=True, kw_only=True, gc=False):
    """A certificate asked for."""

    hosts: tuple[str, ...] = ()
    secret: str = ""


class Published(Slim, frozen=True, kw_only=True, gc=False):
    """Where an Ingress or a Service can be reached from outside: `status.loadBalancer.ingress[0]`."""

    ip: str = ""
    hostname: str = ""


class Ingress(Slim, frozen=True, kw_only=True, gc=False):
    """An Ingress of any of its three API versions."""

    namespace: str
    name: str
    uid: str = ""
    created: str = ""
    """`metadata.creationTimestamp` as text; RFC 3339 in UTC sorts as text."""
    annotations: Mapping[str, str] = {}
    """Only the keys that this provider reads (`wire.is_relevant`)."""
    labels: Mapping[str, str] = {}
    class_name: str | None = None
    """`spec.ingressClassName`."""
    default_backend: IngressBackend | None = None
    rules: tuple[IngressRule, ...] = ()
    tls: tuple[IngressTls, ...] = ()
    published: Published | None = None
    """What its status says; decides no route."""

    @property
    def order(self) -> tuple[str, str, str]:
        """Ingresses are taken by creation time, then namespace, then name."""
        return (self.created, self.namespace, self.name)


class ServicePort(Slim, frozen=True, kw_only=True, gc=False):
    """One port of a service."""

    name: str = ""
    port: int = 0


class Service(Slim, frozen=True, kw_only=True, gc=False):
    """A service: port names, options, or the external name it stands for."""

    namespace: str
    name: str
    annotations: Mapping[str, str] = {}
    type: str = ""
    external_name: str = ""
    ports: tuple[ServicePort, ...] = ()
    ip_families: tuple[str, ...] = ()
    """Primary family first; empty on old API servers."""
    published: Published | None = None


class EndpointPort(Slim, frozen=True, kw_only=True, gc=False):
    """One port that the addresses of a subset or slice listen on."""

    name: str = ""
    port: int = 0


class EndpointAddress(Slim, frozen=True, kw_only=True, gc=False):
    """One address and the pod behind it (`targetRef.name`), where known."""

    ip: str
    pod: str = ""


class EndpointSubset(Slim, frozen=True, kw_only=True, gc=False):
    """Ready addresses that share ports."""

    addresses: tuple[EndpointAddress, ...] = ()
    ports: tuple[EndpointPort, ...] = ()


class Endpoints(Slim, frozen=True, kw_only=True, gc=False):
    """The addresses of the service of the same name. Addresses that aren't ready are left out."""

    namespace: str
    name: str
    subsets: tuple[EndpointSubset, ...] = ()


class SliceEndpoint(Slim, frozen=True, kw_only=True, gc=False):
    """One endpoint of a slice. Conditions that the API leaves out mean ready, serving, not terminating."""

    ip: str
    """First address; the API calls the addresses of one endpoint interchangeable."""
    pod: str = ""
    ready: bool = True
    serving: bool = True
    terminating: bool = False


class EndpointSlice(Slim, frozen=True, kw_only=True, gc=False):
    """A part of a service's addresses."""

    namespace: str
    name: str
    service: str = ""
    """From the label `kubernetes.io/service-name`; empty: nobody's."""
    address_type: str = "IPv4"
    endpoints: tuple[SliceEndpoint, ...] = ()
    ports: tuple[EndpointPort, ...] = ()


class Secret(Slim, frozen=True, kw_only=True, gc=False):
    """A secret. Its text never appears in `repr`, logs or Problems."""

    namespace: str
    name: str
    type: str = ""
    encoded: Mapping[str, str] = {}
    """`data` as the API gives it: base64 text by key. Decoded only when an Ingress needs it."""

    def keys(self) -> tuple[str, ...]:
        """Names of the entries, sorted."""
        return tuple(sorted(self.encoded))

    def get(self, key: str) -> bytes:
        """Content of one entry; empty when it is missing or isn't base64."""
        try:
            return base64.b64decode(self.encoded.get(key, ""), validate=True)
        except (binascii.Error, ValueError):
            return b""

    def __repr__(self) -> str:
        return f"Secret({self.namespace}/{self.name}, type={self.type!r}, keys={list(self.keys())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Keeps `rich` tracebacks from walking the fields."""
        return [("name", f"{self.namespace}/{self.name}")]


class IngressClass(Slim, frozen=True, kw_only=True, gc=False):
    """Says which controller serves the Ingresses of a class. Cluster-wide: `namespace` is always empty."""

    namespace: str = ""
    name: str
    controller: str = ""
    is_default: bool = False


KubernetesObject = Ingress | Service | Endpoints | EndpointSlice | Secret | IngressClass


class ObjectEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One object as it is now; `object` None: it is gone. Adding and updating are not told apart."""

    kind: str
    """`INGRESS`, `SERVICE`, `ENDPOINTS`, `ENDPOINT_SLICE`, `SECRET` or `INGRESS_CLASS`."""
    namespace: str
    name: str
    object: KubernetesObject | None


def seen(thing: KubernetesObject) -> ObjectEvent:
    """The event that says: this object exists, like this."""
    return ObjectEvent(kind=type(thing).__name__, namespace=thing.namespace, name=thing.name, object=thing)


def gone(thing: KubernetesObject) -> ObjectEvent:
    """The event that says: this object no longer exists."""
    return ObjectEvent(kind=type(thing).__name__, namespace=thing.namespace, name=thing.name, object=None)
