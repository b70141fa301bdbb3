"""Exact comparisons: raw request in; status, every response header and the body out; every header the upstream got."""

import contextlib
import socket
from dataclasses import dataclass

from support.client import Connection
from support.running import Running
from support.upstream import Received, Upstream

HOSTNAME = socket.gethostname()


@dataclass(frozen=True)
class Seen:
    """What came back, header names in lower case and sorted, and what went upstream. `Date` is noted, not compared."""

    status: int
    fields: list[tuple[str, str]]
    body: str
    closed: bool
    received: list[Received]

    @property
    def upstream(self) -> Received:
        (request,) = self.received
        return request


def asked(running: Running, upstream: Upstream, raw: bytes | str) -> Seen:
    """Sends the bytes on a connection of their own and reads one answer."""
    upstream.received.clear()
    data = raw.encode("latin-1") if isinstance(raw, str) else raw
    with Connection(running.port()) as connection:
        connection.send(data)
        answer = connection.read(head_only=data.startswith(b"HEAD "))
        closed = _is_closed(connection, answer.value("Connection"))
    fields = sorted((name.lower(), "*" if name.lower() == "date" else value) for name, value in answer.fields)
    return Seen(answer.status, fields, answer.text, closed, list(upstream.received))


def _is_closed(connection: Connection, said: str | None) -> bool:
    """Whether the connection is over; waits for that only when it was announced."""
    if said != "close":
        return False
    with contextlib.suppress(ConnectionError):
        return connection.socket.recv(1) == b""
    return True


def lower(received: Received, *, without: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """An upstream's header fields: names in lower case, sorted."""
    fields = [(name.lower(), value) for name, value in received.fields]
    return sorted(field for field in fields if field[0] not in without)


def forwarded(host: str, /, **changed: str | None) -> list[tuple[str, str]]:
    """Headers that a plain GET for `host` has upstream; `changed` (underscores for hyphens) replaces, adds, removes."""
    fields: dict[str, str | None] = {
        "host": host,
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": host,
        "x-forwarded-port": "80",
        "x-forwarded-proto": "http",
        "x-forwarded-server": HOSTNAME,
        "x-real-ip": "127.0.0.1",
    }
    fields |= {name.replace("_", "-"): value for name, value in changed.items()}
    return sorted((name, value) for name, value in fields.items() if value is not None)
