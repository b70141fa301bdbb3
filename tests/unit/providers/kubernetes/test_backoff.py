"""Waiting times after failures."""

from hypothesis import given
from hypothesis import strategies as st

from pointsman.providers.kubernetes.backoff import Backoff


def test_doubles_up_to_the_most_and_starts_over() -> None:
    backoff = Backoff(0.5, 5, lambda: 0.0)
    assert [backoff.next() for _ in range(6)] == [0.5, 1, 2, 4, 5, 5]
    backoff.reset()
    assert backoff.next() == 0.5


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=30))
def test_always_waits_and_never_longer_than_the_most(draws: list[float]) -> None:
    values = iter(draws)
    backoff = Backoff(0.5, 5, lambda: next(values))
    assert all(0.25 <= backoff.next() <= 5 for _ in draws)
