"""The product's own log: logrus-like text or JSON lines, on stdout or in a file that SIGUSR1 reopens.

`time="2021-12-10T17:54:05+01:00" level=info msg="..."`, as Traefik 1.7 writes it.
"""

import contextlib
import datetime
import json
import logging
import os
import queue
import stat
import threading
from pathlib import Path

NAME = "pointsman"
"""The logger every part of the control plane writes to."""

_STDOUT = 1
"""By its number: `sys.stdout` is None for who was started with it closed."""
_HELD = 1_024
"""Lines kept for a reader that has stopped."""
_FLUSH_S = 0.2

PANIC = logging.CRITICAL + 10
LEVELS = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
    "PANIC": PANIC,
}
_WORDS = {
    logging.DEBUG: "debug",
    logging.INFO: "info",
    logging.WARNING: "warning",
    logging.ERROR: "error",
    logging.CRITICAL: "fatal",
    PANIC: "panic",
}


def level_of(word: str) -> int:
    """The logging level of a `logLevel` value; compat(1.7): none is ERROR, an unknown word silences nearly all."""
    return LEVELS.get(word.upper(), PANIC) if word else logging.ERROR


def _stamp(record: logging.LogRecord) -> str:
    local = datetime.datetime.fromtimestamp(record.created, datetime.UTC).astimezone()
    text = local.isoformat(timespec="seconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _quoted(text: str) -> str:
    """A value as logrus quotes it: one line whatever the text holds."""
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _message(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info:
        text = f"{text}\n{formatter.formatException(record.exc_info)}"
    return text


class TextFormatter(logging.Formatter):
    """`time="…" level=info msg="…"`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        word = _WORDS.get(record.levelno, "info")
        return f'time="{_stamp(record)}" level={word} msg={_quoted(_message(self, record))}'


class JsonFormatter(logging.Formatter):
    """`{"level":"info","msg":"…","time":"…"}`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one JSON object."""
        fields = {"level": _WORDS.get(record.levelno, "info"), "msg": _message(self, record), "time": _stamp(record)}
        return json.dumps(fields, separators=(",", ":"))


class LineHandler(logging.Handler):
    """Writes each record with one `write`, so that lines of several processes never mix; a failed write is dropped.

    Nobody waits for the reader of a pipe or a terminal: while it has stopped, lines are held, then dropped and counted.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._fd = self._open()
        self._reader = None if stat.S_ISREG(os.fstat(self._fd).st_mode) else _Reader(self._fd)

    def _open(self) -> int:
        if not self._path:
            return _STDOUT
        Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)

    def reopen(self) -> None:
        """Opens the path again after a rotation; stdout stays, and so does a file that cannot be opened again."""
        if not self._path:
            return
        try:
            fresh = self._open()
        except OSError:
            return
        self.acquire()
        try:
            old, self._fd = self._fd, fresh
        finally:
            self.release()
        os.close(old)

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one line."""
        line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
        if self._reader is not None:
            self._reader.give(line)
        else:
            _write(self._fd, line)

    def flush(self) -> None:
        """Waits for what is written behind our back, though not for a reader that has stopped."""
        if self._reader is not None:
            self._reader.wait()


class _Reader:
    """Who reads our lines, and may stop to: a thread writes to it, started with the first line."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._lines: queue.Queue[bytes | threading.Event] = queue.Queue(_HELD)
        self._dropped = 0
        self._thread: threading.Thread | None = None

    def give(self, line: bytes) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="log", daemon=True)
            self._thread.start()
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def wait(self) -> None:
        reached = threading.Event()
        if self._thread is not None:
            with contextlib.suppress(queue.Full):
                self._lines.put_nowait(reached)
                reached.wait(_FLUSH_S)

    def _run(self) -> None:
        while True:
            line = self._lines.get()
            if isinstance(line, threading.Event):
                line.set()
                continue
            _write(self._fd, line)
            if self._dropped and self._lines.empty():
                dropped, self._dropped = self._dropped, 0
                logging.getLogger(NAME).warning("%d lines of the log were dropped: nobody read it", dropped)


def _write(fd: int, line: bytes) -> None:
    with contextlib.suppress(OSError):  # A full disk or a closed pipe must not stop the product.
        os.write(fd, line)


def set_up(*, level: str = "", form: str = "common", path: str = "") -> LineHandler:
    """Sends the product's log to `path` (empty: stdout) from `level` up; raises OSError when it cannot be opened."""
    handler = LineHandler(path)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logger = logging.getLogger(NAME)
    logger.handlers[:] = [handler]
    logger.setLevel(level_of(level))
    logger.propagate = False
    return handler
