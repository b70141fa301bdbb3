"""Conditions on a request."""

from pointsman.model.plan.nodes import Node, Tagged


class Pattern(Node, frozen=True, kw_only=True):
    """A text that is compared, or a regular expression (RE2 syntax, already anchored as its matcher needs)."""

    source: str
    """The argument as the user wrote it: for explanations, and for X-Forwarded-Prefix."""
    literal: str | None = None
    """Compared as it is; exactly one of `literal` and `regex` is set."""
    regex: str | None = None
    prefix: str = ""
    """Literal text every match of `regex` starts with (paths) – an index key, not a condition."""
    wildcard: str | None = None
    """Hosts only, beside `regex`: one label of `[A-Za-z0-9-_]+` before this suffix (`.example.com`, lower case)."""
    slash: bool = False
    """`path` only: the argument ends with `/`; with trailing-slash redirection the regex accepts both spellings."""


class Host(Tagged, frozen=True, kw_only=True):
    """The request's host, lower-cased and without port, equals one of these (lower case)."""

    hosts: tuple[str, ...]


class HostRegexp(Tagged, frozen=True, kw_only=True):
    """A regex matches the host; any suffices."""

    patterns: tuple[Pattern, ...]


class Method(Tagged, frozen=True, kw_only=True):
    """The method is one of these."""

    methods: tuple[str, ...]


class Path(Tagged, frozen=True, kw_only=True):
    """The whole decoded path matches one of these."""

    patterns: tuple[Pattern, ...]
    redirect_slash: bool = False
    """A difference of only a last slash is answered 301 by the router (`keepTrailingSlash` false); else no match."""


class PathPrefix(Tagged, frozen=True, kw_only=True):
    """The decoded path starts with one of these: as a plain string, or by a regex anchored at its start."""

    patterns: tuple[Pattern, ...]


class PathExact(Tagged, frozen=True, kw_only=True):
    """Kubernetes pathType Exact: the decoded path equals this."""

    path: str


class PathSegments(Tagged, frozen=True, kw_only=True):
    """Kubernetes pathType Prefix: a prefix of the decoded path, element by element; a trailing slash is ignored."""

    path: str


class QueryPair(Node, frozen=True, kw_only=True):
    """A query key whose first value must match; `regex` absent = any value."""

    key: str
    regex: str | None = None


class Query(Tagged, frozen=True, kw_only=True):
    """Every pair matches."""

    pairs: tuple[QueryPair, ...]


class HeaderPair(Node, frozen=True, kw_only=True):
    """A header (canonical name) one of whose values equals `value`, or matches `regex` somewhere."""

    name: str
    value: str | None = None
    regex: str | None = None


class Header(Tagged, frozen=True, kw_only=True):
    """Every pair matches. `Headers` and `HeadersRegexp` of the rule language."""

    pairs: tuple[HeaderPair, ...]


Matcher = Host | HostRegexp | Method | Path | PathPrefix | PathExact | PathSegments | Query | Header
