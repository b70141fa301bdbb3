"""The names a rule's part may have, and what to say about others."""

import difflib
from collections.abc import Collection

from pointsman.rules.faults import RuleFault

NAMES = (
    "Host",
    "HostRegexp",
    "Method",
    "Path",
    "PathStrip",
    "PathStripRegex",
    "PathPrefix",
    "PathPrefixStrip",
    "PathPrefixStripRegex",
    "Query",
    "Headers",
    "HeadersRegexp",
    "AddPrefix",
    "ReplacePath",
    "ReplacePathRegex",
)
"""Matchers and modifiers of Traefik 1.7, case-sensitive."""

LITERAL_NAMES = (
    "Host",
    "Method",
    "Path",
    "PathStrip",
    "PathPrefix",
    "PathPrefixStrip",
    "PathExact",
    "PathExactStrip",
    "PathSegments",
    "PathSegmentsStrip",
    "AddPrefix",
    "ReplacePath",
    "ReplacePathRegex",
)
"""Names in rules with `literal`; PathExact and PathSegments compare as Kubernetes' Exact and Prefix path types do."""


def unknown_name(name: str, text: str, position: int, names: Collection[str]) -> RuleFault:
    """The fault for a part called `name`, with the known name that was probably meant."""
    if "(" in name:
        remedy = "write it in Traefik 1.7's rule language, e.g. `Host:a.example;PathPrefix:/b`"
        return RuleFault(message=f"`{text}` is a rule of Traefik 2 or later", position=position, remedy=remedy)
    if not name:
        return RuleFault(message="a name is missing before `:`", position=position, remedy="write `Name:argument`")
    return RuleFault(message=f"`{name}` is no matcher or modifier", position=position, remedy=_suggestion(name, names))


def _suggestion(name: str, names: Collection[str]) -> str:
    folded = {known.lower(): known for known in names}
    if name.lower() in folded:
        return f"write `{folded[name.lower()]}`: names are case-sensitive"
    close = difflib.get_close_matches(name.lower(), folded, n=1)
    return f"did you mean `{folded[close[0]]}`?" if close else f"use one of {', '.join(names)}"
