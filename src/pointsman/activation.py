"""Listening sockets that a service manager opened for us (sd_listen_fds(3)): systemd's socket activation."""

import os
import socket
from collections.abc import Iterable, Mapping

from pointsman.listeners import ListenError, shown

VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
_FIRST = 3


class Inherited:
    """Sockets that wait to be claimed, each with the name that the service manager gives it."""

    def __init__(self, sockets: Iterable[tuple[str, socket.socket]]) -> None:
        self._waiting = list(sockets)

    def claim(self, entry_point: str, address: str) -> list[socket.socket]:
        """Takes those named like the entry point, and unless there are any, those that listen on its address."""
        found = [one for one in self._waiting if one[0].lower() == entry_point.lower()]
        found = found or [one for one in self._waiting if _listens_on(one[1], address)]
        self._waiting = [one for one in self._waiting if one not in found]
        return [each for _, each in found]

    def close(self, entry_points: Iterable[str]) -> None:
        """Closes those that nobody claimed. Raises ListenError if there were any: their clients would wait for ever."""
        names = [f"{name} ({shown(each)})" for name, each in self._waiting]
        for _, each in self._waiting:
            each.close()
        self._waiting = []
        if names:
            known = ", ".join(entry_points)
            raise ListenError(
                f"inherited socket {names[0]}: no entry point has its name or its address; "
                f"set FileDescriptorName= to one of {known}, or give an entry point that address"
            )


def inherited(environ: Mapping[str, str], first: int = _FIRST) -> Inherited:
    """The sockets that `environ` says were passed to this process. Raises ListenError for one that can't be used."""
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return Inherited(())
    count = environ.get("LISTEN_FDS", "")
    if not count.isascii() or not count.isdigit():
        raise ListenError(f"inherited sockets: LISTEN_FDS is {count!r}, not a number")
    names = environ.get("LISTEN_FDNAMES", "").split(":")
    taken: list[tuple[str, socket.socket]] = []
    try:
        for index in range(int(count)):
            name = names[index] if index < len(names) else ""
            taken.append((name or "unknown", _adopted(name, first + index)))
    except ListenError:
        for _, each in taken:
            each.close()
        raise
    return Inherited(taken)


def _adopted(name: str, descriptor: int) -> socket.socket:
    try:
        os.set_inheritable(descriptor, False)
        adopted = socket.socket(fileno=descriptor)
    except OSError as error:
        raise ListenError(f"inherited socket {name or descriptor}: {error.strerror}") from error
    listens = adopted.family in {socket.AF_INET, socket.AF_INET6} and adopted.type == socket.SOCK_STREAM
    if not (listens and adopted.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)):
        adopted.detach()
        raise ListenError(f"inherited socket {name or descriptor}: does not listen for TCP; use ListenStream=PORT")
    adopted.setblocking(False)
    return adopted


def _listens_on(listening: socket.socket, address: str) -> bool:
    """Whether an entry point's `host:port` or `:port` is where the socket listens."""
    host, _, port = address.rpartition(":")
    bound = listening.getsockname()
    if port != str(bound[1]):
        return False
    return host.strip("[]") in ({"", "0.0.0.0", "::"} if bound[0] in {"0.0.0.0", "::"} else {bound[0]})  # noqa: S104
