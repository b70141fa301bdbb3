"""Sockets made in another network namespace."""

import ctypes
import os
import socket
import threading
from collections.abc import Callable

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
Address = tuple[str, int]


def bound(kind: socket.SocketKind, address: Address, namespace_fd: int | None = None) -> socket.socket:
    """A bound, non-blocking socket, in the given namespace (default: our own). Raises OSError."""

    def bind(made: socket.socket) -> None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)

    return _made(kind, bind, namespace_fd)


def unconnected(namespace_fd: int | None = None) -> socket.socket:
    """A non-blocking TCP socket that will connect from the given namespace."""
    return _made(socket.SOCK_STREAM, lambda made: None, namespace_fd)


def enter(namespace_fd: int) -> None:
    """Takes the calling thread, and those it starts, into a network namespace. Raises OSError."""
    if LIBC.setns(namespace_fd, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _made(kind: socket.SocketKind, prepare: Callable[[socket.socket], None], namespace_fd: int | None) -> socket.socket:
    if namespace_fd is None:
        return _prepared(kind, prepare)
    result: list[socket.socket | OSError] = []

    def there() -> None:
        # A thread enters the namespace and ends: none of ours is left behind there.
        try:
            enter(namespace_fd)
            result.append(_prepared(kind, prepare))
        except OSError as error:
            result.append(error)

    thread = threading.Thread(target=there)
    thread.start()
    thread.join()
    if isinstance(result[0], OSError):
        raise result[0]
    return result[0]


def _prepared(kind: socket.SocketKind, prepare: Callable[[socket.socket], None]) -> socket.socket:
    made = socket.socket(socket.AF_INET, kind)
    try:
        prepare(made)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made
