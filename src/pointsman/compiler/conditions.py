"""What of the static configuration the dynamic one depends on."""

from collections.abc import Callable, Mapping

import msgspec


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a redirect to an entry point leads."""

    scheme: str
    """`http` or `https`."""
    port: int


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """Entry points a frontend may name, and the options that change what rules and servers mean."""

    entry_points: frozenset[str]
    """All that are configured."""
    default_entry_points: tuple[str, ...]
    """For frontends that name none."""
    closed: Mapping[str, str] = {}
    """Entry points that serve no frontend, and why."""
    targets: Mapping[str, Target] = {}
    """By entry point that can be redirected to."""
    tls: frozenset[str] = frozenset()
    """Entry points with TLS."""
    redirect_slash: bool = True
    """False with `keepTrailingSlash`."""
    allow_min_weight_zero: bool = False
    """Weight 0 takes a server out instead of counting as 1."""
    health_interval_ms: int = 30_000
    """Of backends that give none, or a bad one."""
    labelled: bool = False
    """Somebody counts requests by route, so routes carry the labels for it."""


ReadLines = Callable[[str], tuple[str, ...] | str]
"""The lines of a users file, blanks and comments left out; or why there are none. Injected: the compiler reads no
file."""


def no_files(_path: str) -> str:
    """For who has no files."""
    return "files are not read here"
