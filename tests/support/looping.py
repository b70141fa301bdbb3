"""Clients that keep asking while something happens, and remember every answer and every failure."""

import collections
import contextlib
import threading

from support.client import Connection


class Looping:
    """Asks for one path from several threads, on kept connections or on a new one for each request."""

    def __init__(
        self,
        port: int,
        path: str,
        host: str = "localhost",
        *,
        threads: int = 2,
        keep: bool = True,
        address: str = "127.0.0.1",
    ) -> None:
        self._target = (port, path, host)
        self._address = address
        self._keep = keep
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        self._lock = threading.Lock()
        self.answers: collections.Counter[str] = collections.Counter()
        """How often each `STATUS first line` came."""
        self.failures: list[str] = []
        """What went wrong without an answer."""

    @property
    def total(self) -> int:
        with self._lock:
            return sum(self.answers.values())

    def bad(self, *, status: int = 200) -> dict[str, int]:
        """Answers of another status."""
        with self._lock:
            return {told: count for told, count in self.answers.items() if not told.startswith(f"{status} ")}

    def _run(self) -> None:
        port, path, host = self._target
        connection: Connection | None = None
        while not self._stop.is_set():
            try:
                connection = connection or Connection(port, host=self._address)
                answer = connection.get(path, host)
                first = f"{answer.status} {answer.text.partition(chr(10))[0]}"
                with self._lock:
                    self.answers[first] += 1
                closing = (answer.value("Connection") or "").lower() == "close"
            except (OSError, ValueError) as error:
                with self._lock:
                    self.failures.append(repr(error))
                closing = True
            if connection is not None and (closing or not self._keep):
                connection.close()
                connection = None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()

    def __enter__(self) -> "Looping":
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def __exit__(self, *exc: object) -> None:
        self.stop()
