"""Listening sockets: bound once by the supervisor, before anything else starts, and inherited by every proxy."""

import errno
import os
import socket

BACKLOG = 65_535
"""Asked for; the kernel cuts it to `net.core.somaxconn`."""


class ListenError(Exception):
    """An entry point that cannot listen: names it, its address, the cause and the remedy."""


def bind(name: str, address: str, *, sockets: int) -> list[socket.socket]:
    """Listens for entry point `name` on `host:port` or `:port` with as many sockets as the proxy has threads.

    `:port` is one dual-stack socket, IPv4 alone where the machine has no IPv6. Raises ListenError.
    """
    try:
        family, target = _target(address)
        if sockets > 1:
            # Sockets that share a port would silently join those of another process of the same user.
            _open(family, target, shared=False).close()
        first = _open(family, target, shared=sockets > 1)
        opened = [first]
        try:
            target = first.getsockname()  # Port 0 has become a port, which the others must share.
            opened.extend(_open(family, target, shared=True) for _ in range(sockets - 1))
            for each in opened:
                each.listen(BACKLOG)
        except OSError:
            for each in opened:
                each.close()
            raise
    except (OSError, ValueError, OverflowError) as error:
        raise ListenError(
            f"entry point {name}: cannot listen on {address or '(no address)'}: {_cause(error)}"
        ) from error
    return opened


def _target(address: str) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    host, colon, port = address.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError("the address is not HOST:PORT or :PORT")
    host = host.removeprefix("[").removesuffix("]")
    if not host:
        return (socket.AF_INET6, ("::", int(port))) if _has_ipv6() else (socket.AF_INET, ("0.0.0.0", int(port)))  # noqa: S104
    found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, target = found[0]
    return family, target


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True


def _open(family: socket.AddressFamily, target: tuple[object, ...], *, shared: bool) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(target[0] != "::"))
        opened.bind(target)
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened


def _cause(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    text = os.strerror(error.errno) if error.errno and not isinstance(error, socket.gaierror) else str(error.strerror)
    match error.errno:
        case errno.EADDRINUSE:
            return f"{text}; stop the program that listens there, or give the entry point another address"
        case errno.EACCES | errno.EPERM:
            return f"{text}; ports below 1024 need CAP_NET_BIND_SERVICE, or give the entry point a higher port"
        case errno.EADDRNOTAVAIL:
            return f"{text}; this machine does not have that address"
    return text


def shown(listening: socket.socket) -> str:
    """The address a socket listens on, as `host:port` with IPv6 in brackets."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if listening.family == socket.AF_INET6 else f"{host}:{port}"
