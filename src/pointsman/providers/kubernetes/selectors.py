"""Label selectors as the Kubernetes API reads them: `a=b,c!=d,e in (f,g),h notin (i),j,!k`."""

import re
from collections.abc import Mapping

import msgspec

_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = rf"(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME}"
_REQUIREMENT = re.compile(
    rf"""\s*(?:
    !\s*(?P<absent>{_KEY})
    | (?P<key>{_KEY})\s*(?:
        (?P<equals>==?|!=)\s*(?P<value>{_NAME})?
        | (?P<compare>[<>])\s*(?P<number>[0-9]{{1,18}})
        | \s(?P<set>in|notin)\s*\((?P<values>[^()]*)\)
      )?
    )\s*(?:,|$)""",
    re.VERBOSE,
)
_VALUE = re.compile(rf"(?:{_NAME})?")


class SelectorError(ValueError):
    """A text that isn't a label selector."""


class Requirement(msgspec.Struct, frozen=True):
    """One condition on one label; a label that is missing satisfies the negative ones."""

    key: str
    operator: str
    """`=`, `!=`, `<`, `>`, `in`, `notin`, `exists` or `absent`."""
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels satisfies it."""
        label = labels.get(self.key)
        match self.operator:
            case "exists":
                return label is not None
            case "absent":
                return label is None
            case "=" | "in":
                return label in self.values
            case "!=" | "notin":
                return label not in self.values
            case order:
                return label is not None and _compares(label, order, min(self.values))


class Selector(msgspec.Struct, frozen=True):
    """All of its requirements must hold; without any, everything matches."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        return all(requirement.matches(labels) for requirement in self.requirements)


def parse_selector(text: str) -> Selector:
    """Reads a selector; empty text selects everything. Raises SelectorError."""
    found: list[Requirement] = []
    position = 0
    while position < len(text) and text.strip():
        match = _REQUIREMENT.match(text, position)
        if match is None:
            raise SelectorError(f"invalid label selector {text!r}: {text[position:].strip()!r} is not understood")
        found.append(_requirement(match, text))
        position = match.end()
    if text.rstrip().endswith(","):
        raise SelectorError(f"invalid label selector {text!r}: nothing follows the last comma")
    return Selector(tuple(found))


def _requirement(match: re.Match[str], text: str) -> Requirement:
    if match["absent"]:
        return Requirement(match["absent"], "absent")
    if match["equals"]:
        operator = "!=" if match["equals"] == "!=" else "="
        return Requirement(match["key"], operator, frozenset((match["value"] or "",)))
    if match["compare"]:
        return Requirement(match["key"], match["compare"], frozenset((match["number"],)))
    if match["set"]:
        values = [value.strip() for value in match["values"].split(",")]
        if not all(_VALUE.fullmatch(value) for value in values):
            raise SelectorError(f"invalid label selector {text!r}: ({match['values']}) is not a list of values")
        return Requirement(match["key"], match["set"], frozenset(values))
    return Requirement(match["key"], "exists")


def _compares(label: str, order: str, bound: str) -> bool:
    if not re.fullmatch(r"-?[0-9]{1,18}", label):
        return False
    return int(label) > int(bound) if order == ">" else int(label) < int(bound)
