"""Changes of a request's path."""

from pointsman.model.plan.nodes import Tagged


class StripPrefixRegex(Tagged, frozen=True, kw_only=True):
    """Cuts the text a regex (anchored at the start) matches; adds X-Forwarded-Prefix with it."""

    regexes: tuple[str, ...]


class StripPrefix(Tagged, frozen=True, kw_only=True):
    """Cuts the first of these (longest first) that the path starts with and restores one leading slash; adds
    X-Forwarded-Prefix. None fits: 404."""

    prefixes: tuple[str, ...]


class AddPrefix(Tagged, frozen=True, kw_only=True):
    """Puts this before the path."""

    prefix: str


class ReplacePathRegex(Tagged, frozen=True, kw_only=True):
    """Replaces all matches (`$1`, `${name}`); adds X-Replaced-Path when it matched."""

    regex: str
    replacement: str


class ReplacePath(Tagged, frozen=True, kw_only=True):
    """The path becomes this; adds X-Replaced-Path."""

    path: str


Modifier = StripPrefixRegex | StripPrefix | AddPrefix | ReplacePathRegex | ReplacePath
