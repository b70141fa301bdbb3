import os
import socket

import pytest

from pointsman import listeners


def closing(opened: list[socket.socket]) -> None:
    for each in opened:
        each.close()


def reachable(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as client:
        client.settimeout(5)
        return client.connect_ex((host, port)) == 0


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_a_bare_port_is_both_families() -> None:
    opened = listeners.bind("http", ":0", sockets=1)
    port = opened[0].getsockname()[1]
    assert reachable("127.0.0.1", port)
    assert reachable("::1", port)
    assert listeners.shown(opened[0]) == f"[::]:{port}"
    closing(opened)


def test_without_ipv6_a_bare_port_is_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "_has_ipv6", lambda: False)
    opened = listeners.bind("http", ":0", sockets=1)
    assert opened[0].family == socket.AF_INET
    assert reachable("127.0.0.1", opened[0].getsockname()[1])
    closing(opened)


def test_an_ipv6_address_is_ipv6_alone() -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    opened = listeners.bind("http", "[::1]:0", sockets=1)
    assert opened[0].getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
    closing(opened)


def test_every_thread_has_a_socket_on_the_same_port() -> None:
    opened = listeners.bind("http", "127.0.0.1:0", sockets=3)
    assert len({each.getsockname() for each in opened}) == 1
    assert len(opened) == 3
    closing(opened)


@pytest.mark.parametrize("sockets", [1, 2])
@pytest.mark.parametrize("shared", [False, True])
def test_a_port_in_use_is_an_error_that_names_everything(sockets: int, shared: bool) -> None:
    with socket.socket() as other:
        if shared:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(listeners.ListenError) as caught:
            listeners.bind("web", f"127.0.0.1:{port}", sockets=sockets)
    text = str(caught.value)
    assert "entry point web" in text
    assert f"127.0.0.1:{port}" in text
    assert "Address already in use" in text


@pytest.mark.parametrize("address", ["", "80", "host", ":", ":http", ":70000", ":-1", "127.0.0.1:", "203.0.113.1:0"])
def test_an_address_that_is_none_is_an_error(address: str) -> None:
    with pytest.raises(listeners.ListenError, match="entry point web"):
        listeners.bind("web", address, sockets=1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may listen everywhere")
def test_a_forbidden_port_says_what_would_help() -> None:
    with pytest.raises(listeners.ListenError, match="CAP_NET_BIND_SERVICE"):
        listeners.bind("web", ":1", sockets=1)
