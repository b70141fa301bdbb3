"""Problems of one object while it is read."""

from pointsman.model.problem import Problem, Severity

_SHOWN = 200
_MESSAGE = 500
MAX_PROBLEMS = 50
"""Of one object; a hostile one must not cost more."""


class Report:
    """Collects the Problems of one object; never given a secret's value."""

    def __init__(self, kind: str, namespace: str, name: str) -> None:
        self.object = f"{kind} {namespace}/{name}"
        self.problems: list[Problem] = []

    def error(self, message: str, *, key: str = "", value: str = "", remedy: str = "") -> None:
        """Something asked for is not in force."""
        self._add(message, Severity.ERROR, (key, value, remedy))

    def warning(self, message: str, *, key: str = "", value: str = "", remedy: str = "") -> None:
        """In force, but probably not what was meant."""
        self._add(message, Severity.WARNING, (key, value, remedy))

    def _add(self, message: str, severity: Severity, details: tuple[str, str, str]) -> None:
        key, value, remedy = details
        if len(self.problems) >= MAX_PROBLEMS:
            return
        problem = Problem(
            object=self.object,
            origin="kubernetes",
            key=key,
            value=value[:_SHOWN],
            message=message[:_MESSAGE],
            remedy=remedy,
            severity=severity,
        )
        if problem not in self.problems:
            self.problems.append(problem)
