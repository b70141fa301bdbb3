"""Static configuration of tracing; part of `pointsman.model.static`."""

import msgspec

from pointsman.model.options import Later, Ours, Section


class Jaeger(Section, frozen=True, kw_only=True):
    """Requests carry traces as Jaeger's do. Spans go by OTLP, not to Jaeger's agent."""

    sampling_server_url: Later[str] = msgspec.field(default="http://localhost:5778/sampling", name="samplingServerURL")
    """Server that says what to sample."""
    sampling_type: str = "const"
    """`const`, `probabilistic` or `ratelimiting`; `remote` samples everything."""
    sampling_param: float = 1.0
    """0 or 1 for `const`, a share of 1 for `probabilistic`, traces per second for `ratelimiting`."""
    local_agent_host_port: str = "127.0.0.1:6831"
    """Accepted; spans go to `tracing.otlp.endpoint`."""
    trace_context_header_name: str = "uber-trace-id"
    """Header that carries a trace."""


class Zipkin(Section, frozen=True, kw_only=True):
    """Requests carry traces in B3 headers. Spans go by OTLP, not to Zipkin."""

    http_endpoint: str = msgspec.field(default="http://localhost:9411/api/v1/spans", name="httpEndpoint")
    """Accepted; spans go to `tracing.otlp.endpoint`."""
    same_span: bool = False
    """A client's span and ours are one."""
    id128_bit: bool = msgspec.field(default=True, name="id128Bit")
    """Traces that begin here have ids of 128 bits."""
    debug: Later[bool] = False
    """Log more."""


class Datadog(Section, frozen=True, kw_only=True):
    """Requests carry traces as Datadog's do. Spans go by OTLP, not to Datadog's agent."""

    local_agent_host_port: str = "localhost:8126"
    """Accepted; spans go to `tracing.otlp.endpoint`."""
    global_tag: str = ""
    """`key:value` that all spans have."""
    debug: Later[bool] = False
    """Log more."""
    priority_sampling: bool = False
    """Accepted; the priority is always passed on."""
    trace_id_header_name: str = msgspec.field(default="", name="traceIDHeaderName")
    """Header with the id of the trace; empty = `x-datadog-trace-id`."""
    parent_id_header_name: str = msgspec.field(default="", name="parentIDHeaderName")
    """Header with the id of the client's span; empty = `x-datadog-parent-id`."""
    sampling_priority_header_name: str = ""
    """Header with the decision to sample; empty = `x-datadog-sampling-priority`."""
    bagage_prefix_header_name: str = ""
    """Accepted; baggage passes as it came."""


class Otlp(Section, frozen=True, kw_only=True):
    """Where spans go, by OTLP over HTTP in JSON."""

    endpoint: str = "http://127.0.0.1:4318"
    """URL of the collector; `/v1/traces` is added to its path."""


class Tracing(Section, frozen=True, kw_only=True):
    """A span of each request, and headers that carry traces on."""

    backend: str = ""
    """Whose headers: `jaeger`, `zipkin`, `datadog` or `otlp` (traceparent, and B3 for who sends it). Default: `otlp`
    where only that section is given, else `jaeger`."""
    service_name: str = "traefik"
    """Name of the service that spans tell."""
    span_name_limit: int = 0
    """Longest name of a span; 0 = no limit."""
    jaeger: Jaeger | None = None
    """Headers and sampling of Jaeger."""
    zipkin: Zipkin | None = None
    """Headers of Zipkin (B3)."""
    datadog: Datadog | None = None
    """Headers of Datadog."""
    otlp: Ours[Otlp | None] = None
    """Where spans go."""
