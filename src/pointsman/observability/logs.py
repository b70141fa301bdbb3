"""The product's own log: logrus-like text or JSON lines, on stdout or in a file that SIGUSR1 reopens.

`time="2021-12-10T17:54:05+01:00" level=info msg="..."`, as Traefik 1.7 writes it.
"""

import contextlib
import datetime
import json
import logging
import os
import sys
from pathlib import Path

NAME = "pointsman"
"""The logger every part of the control plane writes to."""

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
    """Writes each record with one `write`, so that lines of several processes never mix; a failed write is dropped."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._fd = self._open()

    def _open(self) -> int:
        if not self._path:
            return sys.stdout.fileno()
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
        with contextlib.suppress(OSError):  # A full disk or a closed pipe must not stop the product.
            os.write(self._fd, self.format(record).encode("utf-8", "backslashreplace") + b"\n")


def set_up(*, level: str = "", form: str = "common", path: str = "") -> LineHandler:
    """Sends the product's log to `path` (empty: stdout) from `level` up; raises OSError when it cannot be opened."""
    handler = LineHandler(path)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logger = logging.getLogger(NAME)
    logger.handlers[:] = [handler]
    logger.setLevel(level_of(level))
    logger.propagate = False
    return handler
