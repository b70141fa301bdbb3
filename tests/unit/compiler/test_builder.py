"""The plan kept in step: a sequence of Changes gives what one compilation of its sum gives."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.compiler import Conditions, PlanBuilder
from pointsman.model.dynamic import Backend, Change, ErrorPage, Frontend, RouteRule, Server, WhiteList
from pointsman.model.plan import Forward, RouteProblem, ServerHealth
from pointsman.model.problem import Problem, Severity

CONDITIONS = Conditions(entry_points=frozenset({"http"}), default_entry_points=("http",))
NAMES = st.sampled_from(["a", "b", "c", "d"])
RULES = st.sampled_from(["Host:a", "Host:b;PathPrefix:/x", "bad", "PathPrefixStrip:/y"])
FRONTENDS = st.builds(
    Frontend,
    backend=NAMES,
    routes=st.dictionaries(NAMES, st.builds(RouteRule, rule=RULES), max_size=2),
    white_list=st.sampled_from([None, WhiteList(source_range=("10.0.0.0/8",)), WhiteList(source_range=("x",))]),
    priority=st.integers(-1, 2**70),
    pass_host_header=st.booleans(),
    errors=st.dictionaries(NAMES, st.builds(ErrorPage, status=st.just(("500",)), backend=NAMES), max_size=1),
)
SERVERS = st.builds(Server, url=st.sampled_from(["http://a:1", "https://b", "bad"]), weight=st.integers(-1, 2))
BACKENDS = st.builds(Backend, servers=st.dictionaries(NAMES, SERVERS, max_size=2))
PROBLEM = st.builds(Problem, object=NAMES, message=NAMES)
CHANGES = st.builds(
    Change,
    frontends=st.dictionaries(NAMES, st.none() | FRONTENDS, max_size=3),
    backends=st.dictionaries(NAMES, st.none() | BACKENDS, max_size=3),
    problems=st.dictionaries(NAMES, st.tuples(PROBLEM) | st.just(()), max_size=2),
)
STEPS = st.lists(st.tuples(st.sampled_from(["file", "other"]), CHANGES), max_size=8)


def change(name: str = "f", backend: str = "b", rule: str = "Host:a") -> Change:
    return Change(
        frontends={name: Frontend(backend=backend, routes={"r": RouteRule(rule=rule)})},
        backends={backend: Backend(servers={"s": Server(url="http://127.0.0.1:80")})},
    )


@settings(deadline=None)
@given(STEPS)
def test_steps_add_up_to_one_compilation(steps: list[tuple[str, Change]]) -> None:
    stepwise, sums = PlanBuilder(CONDITIONS), {"file": Change(), "other": Change()}
    routes, pools, told = {}, {}, []
    for provider, step in steps:
        result = stepwise.apply(provider, step)
        routes |= result.routes
        pools |= result.pools
        for problem in result.solved:
            told.remove(problem)
        told += result.problems
        sums[provider] = Change(
            frontends={**sums[provider].frontends, **step.frontends},
            backends={**sums[provider].backends, **step.backends},
            problems={**sums[provider].problems, **step.problems},
        )
    whole = PlanBuilder(CONDITIONS)
    for provider, total in sums.items():
        whole.apply(provider, total)
    assert stepwise.plan(1) == whole.plan(1)
    assert stepwise.problems() == whole.problems()
    assert {key: route for key, route in routes.items() if route} == stepwise.plan(1).routes
    assert {key: pool for key, pool in pools.items() if pool} == stepwise.plan(1).pools
    assert sorted(map(str, told)) == sorted(map(str, stepwise.problems()))
    for route in stepwise.plan(1).routes.values():
        if isinstance(route.action, Forward):
            assert route.action.pool in stepwise.plan(1).pools


@given(STEPS)
def test_the_same_change_again_changes_nothing(steps: list[tuple[str, Change]]) -> None:
    builder = PlanBuilder(CONDITIONS)
    for provider, step in steps:
        builder.apply(provider, step)
        again = builder.apply(provider, step)
        assert not again
        assert not again.problems
        assert not again.solved


def test_an_endpoint_change_touches_only_its_pool() -> None:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("file", change())
    result = builder.apply("file", Change(backends={"b": Backend(servers={"s": Server(url="http://127.0.0.2:80")})}))
    assert not result.routes
    assert list(result.pools) == ["file/b"]


def test_a_frontend_comes_and_goes_with_its_backend() -> None:
    builder = PlanBuilder(CONDITIONS)
    both = change()
    assert builder.apply("file", Change(frontends=both.frontends)).problems[0].message.startswith("the backend does")
    arrived = builder.apply("file", Change(backends=both.backends))
    assert list(arrived.routes) == ["file/f"]
    assert len(arrived.solved) == 1
    gone = builder.apply("file", Change(backends={"b": None}))
    assert gone.routes == {"file/f": None}
    assert gone.pools == {"file/b": None}


def test_a_frontend_uses_backends_of_its_own_provider_only() -> None:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("other", Change(backends=change().backends))
    assert not builder.apply("file", Change(frontends=change().frontends)).routes


def test_two_providers_may_use_the_same_names() -> None:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("file", change())
    builder.apply("other", change(rule="Host:b"))
    assert list(builder.plan(3).routes) == ["file/f", "other/f"]
    assert builder.plan(3).generation == 3


def test_what_cannot_be_encoded_is_left_out_alone() -> None:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("file", change())
    result = builder.apply("file", change(name="bad\ud800", backend="c\udfff", rule="Host:\ud800"))
    assert not result.routes
    assert list(builder.plan(1).routes) == ["file/f"]
    assert {problem.object for problem in result.problems} == {"frontend bad\\ud800", "backend c\\udfff"}


def test_routes_the_proxy_refuses_are_told_as_problems_of_their_frontends() -> None:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("file", change())
    refusal = RouteProblem(route="file/f", key="host_regexp", value="(", message="unclosed group")
    (problem,), gone = builder.refused([refusal])
    assert gone == ()
    assert problem.object == "frontend f"
    assert problem.value == "("
    assert problem in builder.problems()
    assert builder.refused([refusal]) == ((), ())
    assert builder.refused([]) == ((), (problem,))
    assert builder.problems() == ()


def test_the_words_of_a_provider_can_be_asked_for() -> None:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("file", change())
    assert builder.frontend("file", "f") == change().frontends["f"]
    assert builder.backend("file", "b") == change().backends["b"]
    assert builder.frontend("other", "f") is None


def test_a_change_costs_the_same_however_many_frontends_there_are() -> None:
    """Against ten frontends, ten thousand may cost ten times as much; a scan would cost a thousand times."""

    def cost(count: int) -> float:
        builder = PlanBuilder(CONDITIONS)
        for index in range(count):
            builder.apply("file", change(f"f{index}", f"b{index}", f"Host:h{index}"))
        best = float("inf")
        for turn in range(50):
            start = time.perf_counter()
            builder.apply("file", change("f1", "b1", f"Host:new{turn}"))
            best = min(best, time.perf_counter() - start)
        return best

    assert cost(10_000) < 10 * cost(10)


def test_a_server_that_is_down_is_a_problem_of_its_backend_until_it_is_up() -> None:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("file", change())
    one, two = (ServerHealth(pool="file/b/c", server=name, url="http://a:1", reason="answered 500") for name in "st")
    (problem, _), solved = builder.ailing((one, two))
    told = "file: backend b/c: servers.s ('http://a:1'): is down and gets no requests (answered 500); "
    assert (str(problem).startswith(told), problem.severity, solved) == (True, Severity.WARNING, ())
    assert builder.ailing((two, one)) == ((), ())
    assert builder.ailing((two,)) == ((), (problem,))
    builder.ailing(())
    assert builder.problems() == ()
