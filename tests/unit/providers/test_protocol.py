"""Differences between whole configurations."""

from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.dynamic import Backend, Dynamic, Frontend, Server
from pointsman.model.problem import Problem
from pointsman.providers import diff

NAMES = st.sampled_from(["a", "b", "c"])
DYNAMICS = st.builds(
    Dynamic,
    frontends=st.dictionaries(NAMES, st.builds(Frontend, backend=NAMES)),
    backends=st.dictionaries(NAMES, st.builds(Backend, servers=st.dictionaries(NAMES, st.builds(Server, url=NAMES)))),
    problems=st.lists(st.builds(Problem, object=NAMES, message=NAMES)).map(tuple),
)


@given(DYNAMICS, DYNAMICS)
def test_a_difference_leads_from_one_to_the_other(old: Dynamic, new: Dynamic) -> None:
    change = diff(old, new)
    frontends = {**old.frontends, **change.frontends}
    backends = {**old.backends, **change.backends}
    assert {name: value for name, value in frontends.items() if value is not None} == new.frontends
    assert {name: value for name, value in backends.items() if value is not None} == new.backends
    problems = {problem.object: () for problem in old.problems} | {
        name: tuple(problem for problem in old.problems if problem.object == name) for name in "abc"
    }
    problems |= change.problems
    assert {problem for found in problems.values() for problem in found} == set(new.problems)


@given(DYNAMICS)
def test_there_is_no_difference_to_itself(dynamic: Dynamic) -> None:
    assert not diff(dynamic, dynamic)
