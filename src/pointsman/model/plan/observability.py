"""Settings of the access log, of metrics and of tracing."""

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
    """Figures by entry point, backend and route."""

    buckets_ns: tuple[int, ...] = ()
    """Upper bounds of the histograms of durations, rising; the last one, infinity, is not said."""
    labels: tuple[str, ...] = ()
    """Names of the labels that routes may have; figures of a route without one have it empty."""


class Tracing(Node, frozen=True, kw_only=True):
    """Spans by OTLP over HTTP, and the fields that carry a trace on."""

    service: str = "traefik"
    """Resource attribute `service.name`."""
    propagation: str = "w3c"
    """Whose fields: `w3c` (traceparent, B3 where the client sends it), `jaeger`, `zipkin` or `datadog`."""
    trace_header: str = ""
    """Name of Jaeger's field, or of Datadog's for the trace."""
    parent_header: str = ""
    """Name of Datadog's field for the span."""
    priority_header: str = ""
    """Name of Datadog's field for the decision to sample."""
    sampled_per_million: int = 1_000_000
    """Of the traces that begin here; others go as their client decided."""
    most_per_kilosecond: int = 0
    """Of the traces that begin here, in 1,000 seconds; 0 = no limit."""
    span_name_limit: int = 0
    """Longest name of a span, in bytes; 0 = no limit."""
    id128: bool = False
    """Ids of Zipkin's traces that begin here have 128 bits instead of 64."""
    same_span: bool = False
    """A client's span and ours are one (Zipkin)."""
    host: str = ""
    """Name or address of the collector; empty = it cannot be reached, and spans are dropped."""
    port: int = 0
    path: str = "/v1/traces"
    attributes: dict[str, str] = {}
    """More attributes of the resource."""
