"""Servers of a Service without a cluster: from its `pointsman.io/servers` annotation."""

import re

from pointsman.providers.kubernetes.annotations import SERVERS_KEY
from pointsman.providers.kubernetes.objects import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
    Service,
)

REMEDY = f'add its Endpoints to the folder, or annotate the Service with {SERVERS_KEY}: "127.0.0.1:9001"'

_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\[\]:/@?#\s]+)):(?P<port>[0-9]{1,5})")


class ServersError(ValueError):
    """An entry that isn't `host:port`."""


def endpoints(service: Service) -> Endpoints | None:
    """Endpoints that answer on every port of the service; None without the annotation. Raises ServersError."""
    text = service.annotations.get(SERVERS_KEY)
    if text is None:
        return None
    subsets = tuple(_subset(service, entry.strip()) for entry in text.split(",") if entry.strip())
    return Endpoints(namespace=service.namespace, name=service.name, subsets=subsets)


def _subset(service: Service, entry: str) -> EndpointSubset:
    match = _ADDRESS.fullmatch(entry)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise ServersError(f"{entry[:80]!r} is not host:port")
    number = int(match["port"])
    ports = tuple(EndpointPort(name=name, port=number) for name in dict.fromkeys(p.name for p in service.ports))
    address = EndpointAddress(ip=match["six"] or match["host"])
    return EndpointSubset(addresses=(address,), ports=ports or (EndpointPort(port=number),))
