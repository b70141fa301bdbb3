"""An upstream that says who it is and keeps, byte for byte, what it received."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Answer = Callable[["Received"], bytes]


@dataclass(frozen=True)
class Received:
    """One request as it came in: the head's raw bytes and the body behind it."""

    head: bytes
    body: bytes = b""

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n", 1)[0].decode("latin-1")

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]

    @property
    def fields(self) -> list[tuple[str, str]]:
        lines = self.head.decode("latin-1").split("\r\n")[1:-2]
        return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]


@dataclass
class Upstream:
    """A listening server in threads; `answer` makes the response's bytes from the request."""

    name: str
    answer: Answer | None = None
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listening.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            for request in _requests(connection):
                self.received.append(request)
                body = f"{self.name}\n".encode()
                plain = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                connection.sendall(self.answer(request) if self.answer else plain)
        self._open.discard(connection)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> "Upstream":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _requests(connection: socket.socket) -> Iterator[Received]:
    kept = b""
    while True:
        while b"\r\n\r\n" not in kept:
            piece = connection.recv(65536)
            if not piece:
                return
            kept += piece
        head, _, kept = kept.partition(b"\r\n\r\n")
        request = Received(head + b"\r\n\r\n")
        if request.values("Transfer-Encoding"):
            body, kept = _chunked(connection, kept)
        else:
            length = int((request.values("Content-Length") or ["0"])[0])
            kept = _at_least(connection, kept, length)
            body, kept = kept[:length], kept[length:]
        yield Received(request.head, body)


def _at_least(connection: socket.socket, kept: bytes, size: int) -> bytes:
    while len(kept) < size:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("cut")
        kept += piece
    return kept


def _chunked(connection: socket.socket, kept: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        while b"\r\n" not in kept:
            kept = _at_least(connection, kept, len(kept) + 1)
        line, _, kept = kept.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if size == 0:
            break
        kept = _at_least(connection, kept, size + 2)
        body, kept = body + kept[:size], kept[size + 2 :]
    while True:
        while b"\r\n" not in kept:
            kept = _at_least(connection, kept, len(kept) + 1)
        line, _, kept = kept.partition(b"\r\n")
        if not line:
            return body, kept
