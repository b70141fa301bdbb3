"""Endpoints of several slices as one list of addresses."""

from pointsman.providers.kubernetes.addresses import Addresses, from_endpoints, from_slices
from pointsman.providers.kubernetes.objects import (
    EndpointPort,
    Endpoints,
    EndpointSlice,
    EndpointSubset,
    SliceEndpoint,
)

HTTP = (EndpointPort(name="http", port=8080),)


def part(
    name: str, *endpoints: SliceEndpoint, family: str = "IPv4", ports: tuple[EndpointPort, ...] = HTTP
) -> EndpointSlice:
    return EndpointSlice(namespace="n", name=name, service="s", address_type=family, endpoints=endpoints, ports=ports)


def up(ip: str, pod: str = "") -> SliceEndpoint:
    return SliceEndpoint(ip=ip, pod=pod)


def leaving(ip: str, serving: bool = True) -> SliceEndpoint:
    return SliceEndpoint(ip=ip, ready=False, serving=serving, terminating=True)


def starting(ip: str) -> SliceEndpoint:
    return SliceEndpoint(ip=ip, ready=False, serving=False)


def ips(found: Addresses) -> list[str]:
    return [address.ip for subset in found.subsets for address in subset.addresses]


def test_slices_are_merged_and_addresses_counted_once() -> None:
    found = from_slices([part("b", up("1.1.1.2"), up("1.1.1.1")), part("a", up("1.1.1.1", "p"))], ())
    assert ips(found) == ["1.1.1.1", "1.1.1.2"]
    assert found.instances == 2
    assert found.subsets[0].addresses[0].pod == "p"


def test_the_order_of_slices_does_not_matter() -> None:
    slices = [part("a", up("1.1.1.1")), part("b", up("1.1.1.2")), part("c", up("1.1.1.3"))]
    assert from_slices(slices, ()) == from_slices(reversed(slices), ())


def test_slices_with_other_ports_stay_apart() -> None:
    other = (EndpointPort(name="http", port=9090),)
    found = from_slices([part("a", up("1.1.1.1")), part("b", up("1.1.1.1"), ports=other)], ())
    assert [subset.ports[0].port for subset in found.subsets] == [8080, 9090]


def test_only_the_ready_while_there_are_any() -> None:
    found = from_slices([part("a", up("1.1.1.1"), leaving("1.1.1.2")), part("b", starting("1.1.1.3"))], ())
    assert ips(found) == ["1.1.1.1"]


def test_those_that_still_serve_when_none_is_ready() -> None:
    found = from_slices([part("a", leaving("1.1.1.1"), leaving("1.1.1.2", serving=False), starting("1.1.1.3"))], ())
    assert ips(found) == ["1.1.1.1"]


def test_nobody_to_ask() -> None:
    assert from_slices([part("a", starting("1.1.1.1"))], ()) == Addresses(any=True)
    assert from_slices([part("a")], ()) == Addresses()


def test_one_family_the_services_first() -> None:
    both = [part("4", up("1.1.1.1", "p")), part("6", up("::1", "p"), family="IPv6")]
    assert ips(from_slices(both, ())) == ["1.1.1.1"]
    assert ips(from_slices(both, ("IPv6", "IPv4"))) == ["::1"]
    assert ips(from_slices(both[:1], ("IPv6", "IPv4"))) == ["1.1.1.1"]


def test_ready_of_the_other_family_is_not_waited_for() -> None:
    both = [part("4", leaving("1.1.1.1")), part("6", up("::1"), family="IPv6")]
    assert ips(from_slices(both, ())) == ["::1"]


def test_endpoints_as_they_are() -> None:
    assert from_endpoints(Endpoints(namespace="n", name="s")) == Addresses()
    empty = Endpoints(namespace="n", name="s", subsets=(EndpointSubset(ports=HTTP),))
    assert from_endpoints(empty) == Addresses(subsets=empty.subsets, any=True)
