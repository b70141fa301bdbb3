"""Servers of a backend: a service's port and its addresses."""

import ipaddress

import msgspec

from pointsman.model.dynamic import Server
from pointsman.providers.kubernetes.addresses import Addresses
from pointsman.providers.kubernetes.objects import EndpointSubset, Service, ServicePort

EXTERNAL_NAME = "ExternalName"
PROTOCOLS = ("http", "https", "h2c")
ENDPOINTS_KEY = "endpoints"
"""`Problem.key` where a service has no address to send requests to."""


class ServerSource(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Which servers a path wants."""

    namespace: str
    service: str
    port: int | str
    protocol: str = ""
    """Overrides the scheme; empty: by the service's port."""
    weight: int = 1
    is_default: bool = False
    """For the default backend, where the scheme follows the endpoint's port."""

    @property
    def place(self) -> tuple[str, str]:
        """(namespace, name) of the service."""
        return (self.namespace, self.service)


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """Servers by key (pod name, else URL), or why there are none."""

    servers: dict[str, Server] = {}
    fault: str = ""
    remedy: str = ""
    key: str = ""


def find_port(service: Service, wanted: int | str) -> ServicePort | None:
    """The first port with this number (digits in a string count as one) or name."""
    text = str(wanted)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    for port in service.ports:
        if (number and port.port == number) or (port.name and port.name == text):
            return port
    return None


def servers(source: ServerSource, service: Service, addresses: Addresses | None, strict: bool = False) -> Servers:
    """The servers of a service's port."""
    if source.protocol and source.protocol not in PROTOCOLS:
        fault = f"{source.protocol[:80]!r} is not a protocol: no servers, requests get 503"
        return Servers(fault=fault, remedy="use http, https or h2c", key="protocol")
    port = find_port(service, source.port)
    if port is None:
        shown = ", ".join(f"{p.name or '-'}:{p.port}" for p in service.ports) or "none"
        fault = f"Service {source.service} has no port {source.port!r}: no servers, requests get 503"
        return Servers(fault=fault, remedy=f"use one of its ports ({shown})")
    if service.type == EXTERNAL_NAME:
        return _external(source, service, port, strict)
    found: dict[str, Server] = {}
    for subset in addresses.subsets if addresses else ():
        found.update(_of_subset(source, port, subset))
    return Servers(servers=found) if found else _without(source, port, addresses)


def _without(source: ServerSource, port: ServicePort, addresses: Addresses | None) -> Servers:
    """Why a service has no servers."""
    if addresses is not None and addresses.instances:
        fault = f"no endpoint of Service {source.service} has a port named {port.name!r}: requests get 503"
        return Servers(fault=fault, remedy="name the ports of the Service and of its endpoints alike")
    what = "no Endpoints" if addresses is None else "no ready endpoints" if addresses.any else "no endpoints"
    fault = f"Service {source.service} has {what}: requests get 503"
    return Servers(fault=fault, remedy="check the Service's selector and whether its pods are ready", key=ENDPOINTS_KEY)


def _of_subset(source: ServerSource, port: ServicePort, subset: EndpointSubset) -> dict[str, Server]:
    number = _endpoint_port(port, subset)
    if number <= 0:
        return {}
    scheme = _default_scheme(source, number) if source.is_default else source.protocol or _scheme(port)
    found: dict[str, Server] = {}
    for address in subset.addresses:
        url = f"{scheme}://{_bracketed(address.ip)}:{number}"
        found[address.pod or url] = Server(url=url, weight=source.weight)
    return found


def _endpoint_port(port: ServicePort, subset: EndpointSubset) -> int:
    if not subset.ports:
        return port.port
    return next((candidate.port for candidate in subset.ports if candidate.name == port.name), 0)


def _external(source: ServerSource, service: Service, port: ServicePort, strict: bool) -> Servers:
    """compat(1.7): ports 80 and 443 are left out of the URL whatever the scheme."""
    name = service.external_name
    if not name:
        fault = f"Service {source.service} has no externalName: no servers, requests get 503"
        return Servers(fault=fault, remedy="set spec.externalName")
    if strict and _is_inside(name):
        fault = f"externalName {name[:80]!r} points back into the node or the cluster: no servers, requests get 503"
        return Servers(fault=fault, remedy="point it at a public name, or run without --security=strict")
    scheme = (source.protocol if not source.is_default else "") or _scheme(port)
    host = _bracketed(name)
    url = f"{scheme}://{host}" if port.port in (80, 443) else f"{scheme}://{host}:{port.port}"
    return Servers(servers={url: Server(url=url, weight=source.weight)})


def _is_inside(name: str) -> bool:
    """Names and addresses that reach the node itself, its metadata service or the API server."""
    plain = name.rstrip(".").lower()
    if plain in ("localhost", "kubernetes", "kubernetes.default") or plain.endswith(".localhost"):
        return True
    if plain.startswith("kubernetes.default.svc"):
        return True
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local or address.is_unspecified


def _scheme(port: ServicePort) -> str:
    return "https" if port.port == 443 or port.name.startswith("https") else "http"


def _default_scheme(source: ServerSource, number: int) -> str:
    return "https" if number == 443 or str(source.port).startswith("https") else "http"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
