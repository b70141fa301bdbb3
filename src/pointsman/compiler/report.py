"""Collects the Problems of one object while it is compiled."""

import msgspec

from pointsman.model.problem import Problem, Severity

_SHOWN = 200


class Report:
    """Problems of `subject`, e.g. `frontend web`; not shared, thrown away after one object."""

    def __init__(self, subject: str, origin: str) -> None:
        self._subject = subject
        self._origin = origin
        self._problems: list[Problem] = []

    def error(self, key: str, message: str, *, value: str = "", remedy: str = "") -> None:
        """Something the user asked for is not in force."""
        self._add(Severity.ERROR, key, message, (value, remedy))

    def warning(self, key: str, message: str, *, value: str = "", remedy: str = "") -> None:
        """In force, but probably not what was meant."""
        self._add(Severity.WARNING, key, message, (value, remedy))

    def problems(self) -> tuple[Problem, ...]:
        """All so far, in the order they were found."""
        return tuple(self._problems)

    def _add(self, severity: Severity, key: str, message: str, details: tuple[str, str]) -> None:
        value, remedy = details
        self._problems.append(
            Problem(
                object=sendable(self._subject),
                origin=sendable(self._origin),
                key=sendable(key),
                value=sendable(value[:_SHOWN]),
                message=sendable(message),
                remedy=sendable(remedy),
                severity=severity,
            )
        )


def sendable(text: str) -> str:
    """The text with unpaired surrogates, which no JSON or log can carry, written as escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def presentable(problem: Problem) -> Problem:
    """The Problem, its texts made sendable where they are not."""
    texts = {name: getattr(problem, name) for name in ("object", "origin", "key", "value", "message", "remedy")}
    if all(text.isascii() for text in texts.values()):
        return problem
    return msgspec.structs.replace(problem, **{name: sendable(text) for name, text in texts.items()})
