"""Settings of the access log and of metrics."""

from pointsman.model.plan.nodes import Node


class AccessLog(Node, frozen=True, kw_only=True):
    """One line per request (Traefik `[accessLog]`), with every mode resolved."""

    path: str = ""
    """File; empty = standard output."""
    format: str = "common"
    """`common` or `json`."""
    buffered_lines: int = 0
    """Lines that shall find room while nothing can be written, if that is more than find it anyway."""
    statuses: tuple[tuple[int, int], ...] = ()
    """First and last of each range. A request has a line when it fits a filter, or when there is none."""
    retried: bool = False
    """Filter: requests that were tried again."""
    longer_than_ns: int = 0
    """Filter: requests that took longer; 0 = no such filter."""
    drop_fields: bool = False
    """What becomes of fields that `fields` does not name."""
    fields: dict[str, bool] = {}
    """Fields by name: whether they are kept."""
    headers_mode: str = "keep"
    """What becomes of headers that `headers` does not name: `keep`, `drop` or `redact`."""
    headers: dict[str, str] = {}
    """Modes of headers by canonical name."""


class Metrics(Node, frozen=True, kw_only=True):
    """Figures by entry point and backend."""

    buckets_ns: tuple[int, ...] = ()
    """Upper bounds of the histograms of durations, rising; the last one, infinity, is not said."""
