"""A raw HTTP/1.1 client: sends what it is told, byte for byte, and shows the answer as it came."""

import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """One response: status, fields in their order, body with the chunked coding taken off."""

    status: int
    reason: str
    fields: list[tuple[str, str]]
    body: bytes

    def value(self, name: str) -> str | None:
        """The first value of a field; None if there is none."""
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)

    @property
    def text(self) -> str:
        return self.body.decode("latin-1")


class Connection:
    """A connection to `port` on loopback; every wait is bounded by `timeout` seconds."""

    def __init__(self, port: int, *, host: str = "127.0.0.1", timeout: float = 10.0) -> None:
        self.socket = socket.create_connection((host, port), timeout)
        self._kept = b""

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def get(self, path: str, host: str = "localhost", **fields: str) -> Answer:
        """GET with these fields (underscores become hyphens)."""
        extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        self.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{extra}\r\n".encode("latin-1"))
        return self.read()

    def read(self, *, head_only: bool = False) -> Answer:
        """The next response. Raises ConnectionError when the connection ends within it or before."""
        while b"\r\n\r\n" not in self._kept:
            self._more()
        head, _, self._kept = self._kept.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        _, _, rest = first.partition(" ")
        status, _, reason = rest.partition(" ")
        fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        answer = Answer(int(status), reason, fields, b"")
        if head_only or answer.status in {101, 204, 304}:
            return answer
        return Answer(answer.status, reason, fields, self._body(answer))

    def _body(self, answer: Answer) -> bytes:
        length = answer.value("Content-Length")
        if length is not None:
            return self._take(int(length))
        if (answer.value("Transfer-Encoding") or "").lower() == "chunked":
            body = b""
            while size := int(self._line().split(b";")[0], 16):
                body += self._take(size)
                self._line()
            while self._line():
                pass
            return body
        body = self._kept
        while piece := self.socket.recv(65536):
            body += piece
        self._kept = b""
        return body

    def _take(self, size: int) -> bytes:
        while len(self._kept) < size:
            self._more()
        taken, self._kept = self._kept[:size], self._kept[size:]
        return taken

    def _line(self) -> bytes:
        while b"\r\n" not in self._kept:
            self._more()
        line, _, self._kept = self._kept.partition(b"\r\n")
        return line

    def _more(self) -> None:
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError(f"closed by the peer with {len(self._kept)} bytes of an answer")
        self._kept += piece


def get(port: int, path: str, host: str = "localhost", /, *, address: str = "127.0.0.1", **fields: str) -> Answer:
    """One GET on a connection of its own."""
    with Connection(port, host=address) as connection:
        return connection.get(path, host, **fields)
