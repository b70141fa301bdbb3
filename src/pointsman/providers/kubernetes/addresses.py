"""The addresses of a service: from Endpoints, or merged over its EndpointSlices."""

from collections.abc import Callable, Iterable

import msgspec

from pointsman.providers.kubernetes.objects import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSlice,
    EndpointSubset,
    SliceEndpoint,
)

_FAMILIES = ("IPv4", "IPv6", "FQDN")


class Addresses(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a service's addresses."""

    subsets: tuple[EndpointSubset, ...] = ()
    any: bool = False
    """Whether there is an address at all, ready or not."""

    @property
    def instances(self) -> int:
        """Number of usable addresses over all subsets, whatever their ports."""
        return sum(len(subset.addresses) for subset in self.subsets)


def from_endpoints(endpoints: Endpoints) -> Addresses:
    """The subsets as they are."""
    return Addresses(subsets=endpoints.subsets, any=bool(endpoints.subsets))


def from_slices(slices: Iterable[EndpointSlice], families: tuple[str, ...]) -> Addresses:
    """Slices of one service, merged: one IP family, each address once for the same ports.

    Ready endpoints count; when none is ready, those that still serve while they terminate. The family is the
    service's first one that has such an endpoint (a pod must not be reached twice).
    """
    ordered = sorted(slices, key=lambda part: part.name)
    present = any(part.endpoints for part in ordered)
    for usable in (_is_ready, _still_serves):
        for family in dict.fromkeys((*families, *_FAMILIES)):
            subsets = _subsets([part for part in ordered if part.address_type == family], usable)
            if subsets:
                return Addresses(subsets=subsets, any=True)
    return Addresses(any=present)


def _is_ready(endpoint: SliceEndpoint) -> bool:
    return endpoint.ready


def _still_serves(endpoint: SliceEndpoint) -> bool:
    return endpoint.serving and endpoint.terminating


def _subsets(slices: list[EndpointSlice], usable: Callable[[SliceEndpoint], bool]) -> tuple[EndpointSubset, ...]:
    by_ports: dict[tuple[EndpointPort, ...], dict[str, EndpointAddress]] = {}
    for part in slices:
        chosen = [endpoint for endpoint in part.endpoints if usable(endpoint)]
        if chosen:
            addresses = by_ports.setdefault(part.ports, {})
            for endpoint in chosen:
                addresses.setdefault(endpoint.ip, EndpointAddress(ip=endpoint.ip, pod=endpoint.pod))
    return tuple(
        EndpointSubset(addresses=tuple(addresses.values()), ports=ports) for ports, addresses in by_ports.items()
    )
