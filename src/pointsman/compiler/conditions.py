"""What of the static configuration the dynamic one depends on."""

from collections.abc import Mapping

import msgspec


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """Entry points a frontend may name, and the options that change what rules and servers mean."""

    entry_points: frozenset[str]
    """All that are configured."""
    default_entry_points: tuple[str, ...]
    """For frontends that name none."""
    closed: Mapping[str, str] = {}
    """Entry points that serve no frontend, and why."""
    redirect_slash: bool = True
    """False with `keepTrailingSlash`."""
    allow_min_weight_zero: bool = False
    """Weight 0 takes a server out instead of counting as 1."""
