"""A Problem: one thing wrong with one object, told the same way in the log, the API, the CLI and Kubernetes Events."""

import enum

import msgspec


class Severity(enum.StrEnum):
    """How much of the object's intent is lost."""

    ERROR = "error"
    """Something the user asked for is not in force."""
    WARNING = "warning"
    """In force, but probably not what the user meant."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, where, and the remedy. Never holds a secret's value."""

    object: str
    """The object concerned: `Kind namespace/name` (Kubernetes), `frontend NAME`, `backend NAME`, `entry point NAME`."""
    origin: str = ""
    """Where the object was read: a file with line (`rules.toml:14`), `kubernetes`, or a provider's name."""
    key: str = ""
    """Annotation, option or field concerned; empty when it is the object as a whole."""
    value: str = ""
    """The offending value, cut to 200 characters; empty for secrets."""
    message: str
    """What is wrong and what happens now, in one sentence without a trailing full stop."""
    remedy: str = ""
    """What to do about it, as an imperative sentence."""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        at = f": {self.key}" if self.key else ""
        shown = f" ({self.value!r})" if self.value else ""
        cure = f"; {self.remedy}" if self.remedy else ""
        return f"{place}{self.object}{at}{shown}: {self.message}{cure}"
