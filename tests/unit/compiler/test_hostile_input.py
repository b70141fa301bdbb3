"""Whatever a provider says, the compiler answers with a plan that can be sent and Problems that can be shown."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.compiler import Conditions, PlanBuilder
from pointsman.model.dynamic import Backend, Change, Frontend, Headers, LoadBalancer, RouteRule, Server, WhiteList
from pointsman.model.plan import Plan
from pointsman.model.problem import Problem
from pointsman.rules.names import NAMES

CONDITIONS = Conditions(entry_points=frozenset({"http"}), default_entry_points=("http",))
TEXT = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=20)
NAME = st.sampled_from(["a", "b"]) | TEXT
ARGUMENTS = st.text("/ab{}:[]()*+\\,;= \ud800é", max_size=20)
RULES = st.builds("{}:{}".format, st.sampled_from(NAMES), ARGUMENTS) | TEXT
PAIRS = st.dictionaries(TEXT, TEXT, max_size=3)
FRONTENDS = st.builds(
    Frontend,
    backend=NAME,
    entry_points=st.lists(NAME, max_size=2).map(tuple) | st.just(()),
    routes=st.dictionaries(NAME, st.builds(RouteRule, rule=RULES, literal=st.booleans()), max_size=3),
    white_list=st.none() | st.builds(WhiteList, source_range=st.lists(TEXT, max_size=2).map(tuple)),
    headers=st.none() | st.builds(Headers, custom_request_headers=PAIRS, custom_response_headers=PAIRS),
    priority=st.integers(),
    computed_priority=st.integers(),
    tie=st.integers(),
    origin=TEXT,
    refuse=st.just("") | TEXT,
)
BACKENDS = st.builds(
    Backend,
    servers=st.dictionaries(
        NAME, st.builds(Server, url=TEXT | ARGUMENTS.map("http://{}".format), weight=st.integers()), max_size=3
    ),
    load_balancer=st.none() | st.builds(LoadBalancer, method=TEXT),
)


@settings(deadline=None)
@given(st.dictionaries(NAME, FRONTENDS, max_size=4), st.dictionaries(NAME, BACKENDS, max_size=4))
def test_no_object_makes_the_compiler_fail(frontends: dict[str, Frontend], backends: dict[str, Backend]) -> None:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("p", Change(frontends={**frontends, "good": Frontend(backend="good")}))
    builder.apply("p", Change(backends={**backends, "good": Backend()}))
    told = tuple(Problem(object=name, origin=frontend.origin, message=name) for name, frontend in frontends.items())
    builder.apply("p", Change(problems={"all": told}))
    plan = builder.plan(1)
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
    assert "p/good" in plan.routes
    for route in plan.routes.values():
        assert -(2**63) <= route.tie < 2**63
        assert 0 <= route.priority < 2**63
    for problem in builder.problems():
        str(problem).encode()
