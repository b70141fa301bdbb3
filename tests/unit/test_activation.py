import os
import socket
from collections.abc import Iterator

import pytest

from pointsman.activation import Inherited, inherited
from pointsman.listeners import ListenError


@pytest.fixture
def pair() -> Iterator[list[socket.socket]]:
    """Two sockets that listen, with neighbouring descriptors, as a service manager passes them."""
    first = socket.create_server(("127.0.0.1", 0))
    spot = 200
    os.dup2(first.fileno(), spot)
    second = socket.create_server(("127.0.0.1", 0))
    os.dup2(second.fileno(), spot + 1)
    yield [first, second]
    for each in (first, second):
        each.close()
    for number in (spot, spot + 1):
        try:
            os.close(number)
        except OSError:
            continue


def told(count: object, names: str = "") -> dict[str, str]:
    return {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(count), "LISTEN_FDNAMES": names}


def port(listening: socket.socket) -> int:
    found: int = listening.getsockname()[1]
    return found


def test_sockets_are_claimed_by_name_and_by_address(pair: list[socket.socket]) -> None:
    given = inherited(told(2, "HTTP:pointsman.socket"), first=200)
    http = given.claim("http", ":1")
    assert [port(each) for each in http] == [port(pair[0])]
    assert given.claim("other", f"127.0.0.2:{port(pair[1])}") == []
    assert given.claim("other", f":{port(pair[1])}") == []
    admin = given.claim("traefik", f"127.0.0.1:{port(pair[1])}")
    assert [port(each) for each in admin] == [port(pair[1])]
    given.close(["http", "traefik"])
    for each in http + admin:
        assert not each.getblocking()
        assert not each.get_inheritable()
        each.close()


@pytest.mark.parametrize("host", ["", "0.0.0.0", "[::]"])
def test_a_socket_on_every_address_is_a_bare_ports(host: str) -> None:
    with socket.create_server(("", 0)) as every:
        given = Inherited([("unknown", every)])
        assert given.claim("http", f"127.0.0.1:{port(every)}") == []
        assert given.claim("http", f"{host}:{port(every)}") == [every]


def test_several_sockets_of_one_name_are_one_entry_points(pair: list[socket.socket]) -> None:
    given = Inherited([("http", pair[0]), ("http", pair[1])])
    assert given.claim("http", ":80") == pair


def test_what_nobody_claims_is_an_error_that_says_what_to_do(pair: list[socket.socket]) -> None:
    given = Inherited([("web", pair[0])])
    with pytest.raises(ListenError, match=rf"web \(127.0.0.1:{port(pair[0])}\).*FileDescriptorName= to one of http"):
        given.close(["http"])
    assert pair[0].fileno() == -1


@pytest.mark.parametrize("environ", [{}, {"LISTEN_PID": "1", "LISTEN_FDS": "2"}, {"LISTEN_FDS": "1"}, told(0)])
def test_variables_of_another_process_are_not_for_us(environ: dict[str, str]) -> None:
    assert inherited(environ).claim("unknown", ":80") == []


@pytest.mark.parametrize("count", ["", "-1", "x", "¹"])
def test_a_count_that_is_none_is_an_error(count: str) -> None:
    with pytest.raises(ListenError, match="LISTEN_FDS"):
        inherited(told(count))


def test_what_cannot_be_listened_on_is_an_error() -> None:
    with socket.socket() as deaf, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        local = socket.socket(socket.AF_UNIX)
        for each in (deaf, datagrams, local):
            with pytest.raises(ListenError, match="inherited socket web: does not listen for TCP"):
                inherited(told(1, "web"), first=each.fileno())
        local.close()
    with pytest.raises(ListenError, match="inherited socket 9999"):
        inherited(told(1), first=9999)
