"""Expressions about answers: when a circuit breaker opens, when a buffered request is sent again."""

from pointsman.model.plan.nodes import Tagged


class Compare(Tagged, frozen=True, kw_only=True):
    """A figure against a number."""

    figure: str
    """`network_error_ratio`, `response_code_ratio`, `latency_at_quantile_ms`, `attempts`, `response_code`."""
    arguments: tuple[int, ...] = ()
    """`response_code_ratio`: a, b, c, d. `latency_at_quantile_ms`: the quantile in thousandths of a percent."""
    operator: str
    """`<`, `<=`, `>`, `>=`, `==` or `!=`."""
    value_millionths: int
    """What it is compared with."""


class IsNetworkError(Tagged, frozen=True, kw_only=True):
    """The answer's status is 502 or 504."""


class RequestMethod(Tagged, frozen=True, kw_only=True):
    """The request's method is (`==`), or is not (`!=`), this."""

    operator: str
    method: str


class AllOf(Tagged, frozen=True, kw_only=True):
    """Every condition holds."""

    conditions: "tuple[Condition, ...]"


class AnyOf(Tagged, frozen=True, kw_only=True):
    """One of the conditions holds."""

    conditions: "tuple[Condition, ...]"


Condition = Compare | IsNetworkError | RequestMethod | AllOf | AnyOf
"""Of a circuit breaker (the three ratios and latencies) or a buffer's retries (the others)."""
