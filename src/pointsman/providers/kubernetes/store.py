"""The objects as they are now; tells what an event really changes."""

from collections.abc import Mapping

import msgspec

from pointsman.providers.kubernetes.addresses import Addresses, from_endpoints, from_slices
from pointsman.providers.kubernetes.objects import (
    ENDPOINT_SLICE,
    ENDPOINTS,
    SERVICE,
    Endpoints,
    EndpointSlice,
    Ingress,
    IngressClass,
    KubernetesObject,
    ObjectEvent,
    Secret,
    Service,
)

Place = tuple[str, str]
"""(namespace, name)."""


class Store:
    """Objects by kind and place."""

    def __init__(self) -> None:
        self._objects: dict[str, dict[Place, KubernetesObject]] = {}
        self._slices: dict[Place, dict[str, EndpointSlice]] = {}
        self._addresses: dict[Place, Addresses | None] = {}
        self.classes: dict[str, IngressClass] = {}

    def put(self, event: ObjectEvent) -> bool:
        """Takes one event in; False when it changes nothing."""
        of_kind = self._objects.setdefault(event.kind, {})
        place = (event.namespace, event.name)
        old, new = of_kind.get(place), event.object
        if old == new:
            return False
        if new is None:
            del of_kind[place]
        else:
            of_kind[place] = new
        if isinstance(old, Ingress | Service) and isinstance(new, Ingress | Service) and _routes_as(old, new):
            return False
        self._index(event.kind, place, old, new)
        return True

    def _index(self, kind: str, place: Place, old: KubernetesObject | None, new: KubernetesObject | None) -> None:
        if kind in (ENDPOINTS, SERVICE):
            self._addresses.pop(place, None)
        for thing in (old, new):
            if isinstance(thing, EndpointSlice):
                self._index_slice(thing, present=thing is new)
            elif isinstance(thing, IngressClass):
                self.classes.pop(thing.name, None)
                if thing is new:
                    self.classes[thing.name] = thing

    def _index_slice(self, thing: EndpointSlice, present: bool) -> None:
        place = (thing.namespace, thing.service)
        self._addresses.pop(place, None)
        slices = self._slices.setdefault(place, {})
        if present:
            slices[thing.name] = thing
        else:
            slices.pop(thing.name, None)
        if not slices:
            del self._slices[place]

    def before(self, event: ObjectEvent) -> KubernetesObject | None:
        """The object that an event is about to replace."""
        return self._objects.get(event.kind, {}).get((event.namespace, event.name))

    def ingresses(self) -> Mapping[Place, Ingress]:
        """Every Ingress, ours or not."""
        return self._objects.get("Ingress", {})  # type: ignore[return-value]

    def ingress(self, place: Place) -> Ingress | None:
        """An Ingress."""
        found = self._objects.get("Ingress", {}).get(place)
        return found if isinstance(found, Ingress) else None

    def service(self, namespace: str, name: str) -> Service | None:
        """A service."""
        found = self._objects.get(SERVICE, {}).get((namespace, name))
        return found if isinstance(found, Service) else None

    def secret(self, namespace: str, name: str) -> Secret | None:
        """A secret."""
        found = self._objects.get("Secret", {}).get((namespace, name))
        return found if isinstance(found, Secret) else None

    def addresses(self, namespace: str, name: str) -> Addresses | None:
        """Addresses of a service; slices win over Endpoints, which mirror them. None: neither exists."""
        place = (namespace, name)
        if place not in self._addresses:
            self._addresses[place] = self._merge(place)
        return self._addresses[place]

    def _merge(self, place: Place) -> Addresses | None:
        slices = self._slices.get(place)
        if slices:
            service = self.service(*place)
            return from_slices(slices.values(), service.ip_families if service else ())
        found = self._objects.get(ENDPOINTS, {}).get(place)
        return from_endpoints(found) if isinstance(found, Endpoints) else None


def _routes_as(old: Ingress | Service, new: Ingress | Service) -> bool:
    """Whether two versions of an object differ only in where they say they are published."""
    return old.published != new.published and msgspec.structs.replace(old, published=new.published) == new


def address_places(event: ObjectEvent, before: KubernetesObject | None) -> set[Place]:
    """The services whose addresses an event may change."""
    if event.kind == ENDPOINTS:
        return {(event.namespace, event.name)}
    if event.kind != ENDPOINT_SLICE:
        return set()
    slices = (thing for thing in (before, event.object) if isinstance(thing, EndpointSlice))
    return {(thing.namespace, thing.service) for thing in slices}
