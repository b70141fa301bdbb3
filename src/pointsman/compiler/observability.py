"""Access log and metrics: the static options with every mode and range resolved."""

from pointsman.compiler.labels import label_names
from pointsman.model import static as given
from pointsman.model.plan import AccessLog, Metrics
from pointsman.model.statuses import status_ranges

_HEADER_MODES = frozenset({"keep", "drop", "redact"})
_CONFIDENTIAL = ("Authorization", "Cookie", "Proxy-Authorization", "Set-Cookie")
"""Redacted unless a mode is given by name: credentials don't belong into a log."""


def compile_access_log(log: given.AccessLog | None) -> AccessLog | None:
    """What the proxy writes; None = no access log."""
    if log is None:
        return None
    filters = log.filters or given.AccessLogFilters()
    fields = log.fields or given.AccessLogFields()
    headers = fields.headers or given.FieldHeaders()
    mode = headers.default_mode if headers.default_mode in _HEADER_MODES else "keep"
    return AccessLog(
        path=log.file_path,
        format="json" if log.format == "json" else "common",
        buffered_lines=max(0, log.buffering_size),
        statuses=status_ranges(filters.status_codes) or (),
        retried=filters.retry_attempts,
        longer_than_ns=max(0, filters.min_duration),
        drop_fields=fields.default_mode == "drop",
        fields={name: word == "keep" for name, word in sorted(fields.names.items()) if word in ("keep", "drop")},
        headers_mode=mode,
        headers=_header_modes(headers.names, mode),
    )


def compile_metrics(metrics: given.Metrics | None, labels: tuple[str, ...] = ()) -> Metrics | None:
    """What the proxy counts by entry point, backend and route; None = nothing. `labels`: those that providers give."""
    if metrics is None:
        return None
    buckets = metrics.prometheus.buckets if metrics.prometheus is not None else given.Prometheus().buckets
    bounds = sorted({round(bound * 1e9) for bound in buckets if 0 < bound < float("inf")})
    return Metrics(buckets_ns=tuple(bounds), labels=label_names(labels))


def _header_modes(names: dict[str, str], default: str) -> dict[str, str]:
    modes = {} if default == "drop" else dict.fromkeys(_CONFIDENTIAL, "redact")
    modes |= {name: word for name, word in names.items() if word in _HEADER_MODES}
    return dict(sorted(modes.items()))
