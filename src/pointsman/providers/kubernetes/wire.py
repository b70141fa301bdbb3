"""The API's JSON (or the same shape from YAML) to slim objects. Unknown fields are ignored; `null` means empty."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from pointsman.providers.kubernetes.objects import (
    ENDPOINT_SLICE,
    ENDPOINTS,
    INGRESS,
    INGRESS_CLASS,
    SECRET,
    SERVICE,
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSlice,
    EndpointSubset,
    Ingress,
    IngressBackend,
    IngressClass,
    IngressPath,
    IngressRule,
    IngressTls,
    KubernetesObject,
    Published,
    Secret,
    Service,
    ServicePort,
    SliceEndpoint,
)

T = TypeVar("T")

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_CLASS_ANNOTATION = "ingressclass.kubernetes.io/is-default-class"
SLICE_SERVICE_LABEL = "kubernetes.io/service-name"
_RELEVANT = ("ingress.kubernetes.io/", "traefik.", "pointsman.io/", CLASS_ANNOTATION)


def is_relevant(key: str) -> bool:
    """Whether an annotation can change the configuration; the others are dropped while decoding."""
    return key.startswith(_RELEVANT)


def decode(kind: str, data: bytes | str | msgspec.Raw) -> KubernetesObject:
    """Decodes one object's JSON. The kind is given because the items of a list don't carry it.

    Raises `msgspec.ValidationError` (wrong shape) or `msgspec.DecodeError` (not JSON).
    """
    return _SHAPES[kind].decode(data)


def convert(kind: str, document: object) -> KubernetesObject:
    """The same from plain dicts and lists, as YAML gives them. Raises `msgspec.ValidationError`."""
    return _SHAPES[kind].convert(document)


class _Wire(msgspec.Struct, rename="camel", gc=False):
    """Base of the API's shapes."""


class _Meta(_Wire, gc=False):
    name: str = ""
    namespace: str | None = None
    uid: str | None = None
    creation_timestamp: str | None = None
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None

    def relevant(self) -> Mapping[str, str]:
        return {key: value for key, value in (self.annotations or {}).items() if is_relevant(key)}


class _BalancerIngress(_Wire, gc=False):
    ip: str | None = None
    hostname: str | None = None


class _LoadBalancer(_Wire, gc=False):
    ingress: list[_BalancerIngress] | None = None


class _Status(_Wire, gc=False):
    load_balancer: _LoadBalancer | None = None

    def slim(self) -> Published | None:
        entries = self.load_balancer.ingress if self.load_balancer else None
        return Published(ip=entries[0].ip or "", hostname=entries[0].hostname or "") if entries else None


class _PortRef(_Wire, gc=False):
    name: str | None = None
    number: int | None = None


class _ServiceRef(_Wire, gc=False):
    name: str = ""
    port: _PortRef | None = None


class _IngressBackend(_Wire, gc=False):
    service_name: str | None = None
    service_port: int | str | None = None
    service: _ServiceRef | None = None

    def slim(self) -> IngressBackend:
        if self.service is None:
            return IngressBackend(service=self.service_name or "", port=self.service_port or 0)
        port = self.service.port or _PortRef()
        return IngressBackend(service=self.service.name, port=port.name or port.number or 0)


class _HttpPath(_Wire, gc=False):
    path: str | None = None
    path_type: str | None = None
    backend: _IngressBackend | None = None

    def slim(self) -> IngressPath:
        backend = self.backend or _IngressBackend()
        return IngressPath(path=self.path or "", path_type=self.path_type or "", backend=backend.slim())


class _Http(_Wire, gc=False):
    paths: list[_HttpPath] | None = None


class _IngressRule(_Wire, gc=False):
    host: str | None = None
    http: _Http | None = None

    def slim(self) -> IngressRule:
        paths = None if self.http is None else tuple(path.slim() for path in self.http.paths or ())
        return IngressRule(host=self.host or "", paths=paths)


class _IngressTls(_Wire, gc=False):
    hosts: list[str] | None = None
    secret_name: str | None = None


class _IngressSpec(_Wire, gc=False):
    ingress_class_name: str | None = None
    backend: _IngressBackend | None = None
    default_backend: _IngressBackend | None = None
    rules: list[_IngressRule] | None = None
    tls: list[_IngressTls] | None = None


class _Ingress(_Wire, gc=False):
    metadata: _Meta
    spec: _IngressSpec | None = None
    status: _Status | None = None

    def slim(self) -> Ingress:
        meta, spec = self.metadata, self.spec or _IngressSpec()
        backend = spec.default_backend or spec.backend
        return Ingress(
            namespace=meta.namespace or "",
            name=meta.name,
            uid=meta.uid or "",
            created=meta.creation_timestamp or "",
            annotations=meta.relevant(),
            labels=meta.labels or {},
            class_name=spec.ingress_class_name,
            default_backend=backend.slim() if backend else None,
            rules=tuple(rule.slim() for rule in spec.rules or ()),
            tls=tuple(IngressTls(hosts=tuple(t.hosts or ()), secret=t.secret_name or "") for t in spec.tls or ()),
            published=self.status.slim() if self.status else None,
        )


class _Port(_Wire, gc=False):
    name: str | None = None
    port: int | None = None


class _ServiceSpec(_Wire, gc=False):
    type: str | None = None
    external_name: str | None = None
    ports: list[_Port] | None = None
    ip_families: list[str] | None = None


class _Service(_Wire, gc=False):
    metadata: _Meta
    spec: _ServiceSpec | None = None
    status: _Status | None = None

    def slim(self) -> Service:
        meta, spec = self.metadata, self.spec or _ServiceSpec()
        return Service(
            namespace=meta.namespace or "",
            name=meta.name,
            annotations=meta.relevant(),
            type=spec.type or "",
            external_name=spec.external_name or "",
            ports=tuple(ServicePort(name=p.name or "", port=p.port or 0) for p in spec.ports or ()),
            ip_families=tuple(spec.ip_families or ()),
            published=self.status.slim() if self.status else None,
        )


class _TargetRef(_Wire, gc=False):
    name: str | None = None


class _Address(_Wire, gc=False):
    ip: str = ""
    target_ref: _TargetRef | None = None


class _Subset(_Wire, gc=False):
    addresses: list[_Address] | None = None
    ports: list[_Port] | None = None

    def slim(self) -> EndpointSubset:
        return EndpointSubset(
            addresses=tuple(EndpointAddress(ip=a.ip, pod=_pod(a.target_ref)) for a in self.addresses or ()),
            ports=_endpoint_ports(self.ports),
        )


class _Endpoints(_Wire, gc=False):
    metadata: _Meta
    subsets: list[_Subset] | None = None

    def slim(self) -> Endpoints:
        meta = self.metadata
        subsets = tuple(subset.slim() for subset in self.subsets or ())
        return Endpoints(namespace=meta.namespace or "", name=meta.name, subsets=subsets)


class _Conditions(_Wire, gc=False):
    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class _SliceEndpoint(_Wire, gc=False):
    addresses: list[str] | None = None
    conditions: _Conditions | None = None
    target_ref: _TargetRef | None = None

    def slim(self) -> SliceEndpoint:
        conditions = self.conditions or _Conditions()
        ready = conditions.ready is not False
        return SliceEndpoint(
            ip=self.addresses[0] if self.addresses else "",
            pod=_pod(self.target_ref),
            ready=ready,
            serving=ready if conditions.serving is None else conditions.serving,
            terminating=bool(conditions.terminating),
        )


class _EndpointSlice(_Wire, gc=False):
    metadata: _Meta
    address_type: str | None = None
    endpoints: list[_SliceEndpoint] | None = None
    ports: list[_Port] | None = None

    def slim(self) -> EndpointSlice:
        meta = self.metadata
        return EndpointSlice(
            namespace=meta.namespace or "",
            name=meta.name,
            service=(meta.labels or {}).get(SLICE_SERVICE_LABEL, ""),
            address_type=self.address_type or "IPv4",
            endpoints=tuple(e.slim() for e in self.endpoints or () if e.addresses),
            ports=_endpoint_ports(self.ports),
        )


class _Secret(_Wire, gc=False):
    metadata: _Meta
    type: str | None = None
    data: dict[str, str | None] | None = None

    def slim(self) -> Secret:
        meta = self.metadata
        encoded = {key: value or "" for key, value in (self.data or {}).items()}
        return Secret(namespace=meta.namespace or "", name=meta.name, type=self.type or "", encoded=encoded)


class _IngressClassSpec(_Wire, gc=False):
    controller: str | None = None


class _IngressClass(_Wire, gc=False):
    metadata: _Meta
    spec: _IngressClassSpec | None = None

    def slim(self) -> IngressClass:
        mark = (self.metadata.annotations or {}).get(DEFAULT_CLASS_ANNOTATION, "")
        controller = (self.spec or _IngressClassSpec()).controller or ""
        return IngressClass(name=self.metadata.name, controller=controller, is_default=mark == "true")


def _pod(target: _TargetRef | None) -> str:
    return (target.name or "") if target else ""


def _endpoint_ports(ports: list[_Port] | None) -> tuple[EndpointPort, ...]:
    return tuple(EndpointPort(name=p.name or "", port=p.port or 0) for p in ports or ())


class _Shape(Generic[T]):
    """How one kind is read: its wire type and the step to the slim object."""

    def __init__(self, wire: type[T], slim: Callable[[T], KubernetesObject]) -> None:
        self._wire = wire
        self._decoder = msgspec.json.Decoder(wire)
        self._slim = slim

    def decode(self, data: bytes | str | msgspec.Raw) -> KubernetesObject:
        return self._slim(self._decoder.decode(data))

    def convert(self, document: object) -> KubernetesObject:
        return self._slim(msgspec.convert(document, self._wire))


_SHAPES: Mapping[str, _Shape[Any]] = {
    INGRESS: _Shape(_Ingress, _Ingress.slim),
    SERVICE: _Shape(_Service, _Service.slim),
    ENDPOINTS: _Shape(_Endpoints, _Endpoints.slim),
    ENDPOINT_SLICE: _Shape(_EndpointSlice, _EndpointSlice.slim),
    SECRET: _Shape(_Secret, _Secret.slim),
    INGRESS_CLASS: _Shape(_IngressClass, _IngressClass.slim),
}
