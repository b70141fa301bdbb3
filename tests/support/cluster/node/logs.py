"""A container's output: stored with the time of each line, read back as `kubectl logs` asks."""

import asyncio
import collections
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

STAMP = "%Y-%m-%dT%H:%M:%S.%f"
STAMP_BYTES = 31
"""Of the time, its nanoseconds and `Z`, and the space after it."""


class LogWriter(asyncio.Protocol):
    """Writes each line after the time it was read."""

    def __init__(self, path: Path) -> None:
        self.file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed with the connection
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        if lines:
            head = datetime.now(UTC).strftime(STAMP).encode() + b"000Z "
            self.file.write(b"".join(head + line + b"\n" for line in lines))

    def connection_lost(self, error: Exception | None) -> None:
        if self.rest:
            self.data_received(b"\n")
        self.file.close()


async def read(path: Path, options: Mapping[str, str], running: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Chunks of a log, filtered as the kubelet's query parameters ask; `follow` ends with the container."""
    if not path.exists():
        return
    cut = 0 if options.get("timestamps") == "true" else STAMP_BYTES
    with open(path, "rb") as file:
        since = _since(options)
        lines: Iterable[bytes] = (line for line in file if line[:26].decode() >= since)
        if "tailLines" in options:
            lines = collections.deque(lines, int(options["tailLines"]))
        data = b"".join(line[cut:] for line in lines)
        if "limitBytes" in options:
            data = data[: int(options["limitBytes"])]
        if data:
            yield data
        while options.get("follow") == "true" and running():
            if fresh := b"".join(line[cut:] for line in file.readlines()):
                yield fresh
            await asyncio.sleep(0.2)


def _since(options: Mapping[str, str]) -> str:
    """The first time to show, as text: stored times are UTC with a fixed width."""
    if "sinceSeconds" in options:
        return datetime.fromtimestamp(time.time() - int(options["sinceSeconds"]), UTC).strftime(STAMP)
    if "sinceTime" in options:
        moment = datetime.fromisoformat(options["sinceTime"].replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).strftime(STAMP)
    return ""
