"""Jaeger's samplers as shares and paces."""

import pytest

from pointsman.compiler.tracing import compile_tracing
from pointsman.model.tracing import Jaeger, Tracing


@pytest.mark.parametrize(
    ("kind", "param", "per_million", "per_kilosecond"),
    [
        ("const", 0.0, 0, 0),
        ("const", 0.5, 1_000_000, 0),
        ("probabilistic", 0.001, 1_000, 0),
        ("probabilistic", 7.0, 1_000_000, 0),
        ("probabilistic", float("nan"), 0, 0),
        ("ratelimiting", 2.5, 1_000_000, 2_500),
        ("ratelimiting", 0.0, 0, 0),
        ("ratelimiting", float("inf"), 1_000_000, 1_000_000_000),
        ("remote", 0.0, 1_000_000, 0),
    ],
)
def test_samplers(kind: str, param: float, per_million: int, per_kilosecond: int) -> None:
    compiled = compile_tracing(Tracing(jaeger=Jaeger(sampling_type=kind, sampling_param=param)))
    assert compiled is not None
    assert (compiled.sampled_per_million, compiled.most_per_kilosecond) == (per_million, per_kilosecond)


def test_without_the_section_nothing_is_traced() -> None:
    assert compile_tracing(None) is None
