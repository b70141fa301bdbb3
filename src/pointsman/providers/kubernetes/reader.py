"""Typed access to one object's annotations; a bad value is reported and its default used, as in Traefik 1.7."""

from collections.abc import Mapping
from itertools import islice

from pointsman.model.values import parse_bool, parse_int
from pointsman.providers.kubernetes.annotations import Found, On, resolve, strange
from pointsman.providers.kubernetes.report import Report
from pointsman.providers.kubernetes.values import Fields, parse_list, parse_map, unescape
from pointsman.providers.yaml_source import YamlError

_STRANGE = 10
"""Unknown annotations that are told; likely names take time to find."""


class Reader:
    """Annotations of one object, by name without prefix."""

    def __init__(self, annotations: Mapping[str, str], on: On, report: Report) -> None:
        self._found = resolve(annotations, on)
        self.report = report
        for key, hint in islice(strange(annotations, on), _STRANGE):
            report.warning(f"is not read on this {on}: ignored", key=key, remedy=hint)

    def find(self, name: str) -> Found | None:
        """The raw annotation, None when it is absent."""
        return self._found.get(name)

    def has_any(self, names: frozenset[str]) -> bool:
        """Whether one of the names is present."""
        return not names.isdisjoint(self._found)

    def key(self, name: str) -> str:
        """The key to show in a Problem."""
        found = self._found.get(name)
        return found.key if found else f"ingress.kubernetes.io/{name}"

    def text(self, name: str, default: str = "") -> str:
        """Text as it is, escapes undone; empty means the default."""
        found = self._found.get(name)
        return unescape(found.value) if found and found.value else default

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean; a bad or empty one is reported and the default holds."""
        found = self._found.get(name)
        if found is None:
            return default
        try:
            return parse_bool(found.value)
        except ValueError as error:
            self._bad(found, f"{error}: {str(default).lower()} holds", 'write "true" or "false"')
            return default

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; a bad or empty one is reported and the default holds."""
        found = self._found.get(name)
        if found is None:
            return default
        try:
            return parse_int(found.value)
        except ValueError as error:
            self._bad(found, f"{error}: {default} holds", "write digits only")
            return default

    def items(self, name: str) -> tuple[str, ...]:
        """A comma-separated list."""
        found = self._found.get(name)
        return parse_list(found.value) if found else ()

    def headers(self, name: str) -> dict[str, str]:
        """A map of headers; entries without a colon are reported and skipped."""
        found = self._found.get(name)
        if found is None:
            return {}
        parsed = parse_map(found.value)
        for entry in parsed.refused:
            self.report.warning(
                f"the entry {entry[:80]!r} has no colon: skipped",
                key=found.key,
                remedy="write Name:value||Name:value",
            )
        return parsed.entries

    def yaml(self, name: str) -> Fields | None:
        """YAML text as fields; None when absent, empty or bad (reported)."""
        found = self._found.get(name)
        if found is None:
            return None
        try:
            return Fields.parse(found.value) or None
        except YamlError as error:
            self.bad_yaml(name, error)
            return None

    def bad_yaml(self, name: str, error: YamlError) -> None:
        """Reports YAML that switches its feature off."""
        found = self._found.get(name) or Found(name, "")
        self._bad(found, f"the feature is off: {error}", "write the YAML that the reference page shows")

    def unread(self, name: str, *fields: Fields) -> None:
        """Reports keys of an annotation's YAML that nothing reads."""
        for key in islice((key for part in fields for key in part.unread()), _STRANGE):
            self.report.warning(
                f"{key[:80]!r} is not known here: ignored", key=self.key(name), remedy="keys are written in lower case"
            )

    def _bad(self, found: Found, message: str, remedy: str) -> None:
        self.report.error(message, key=found.key, value=found.value, remedy=remedy)
