import pytest

from pointsman.model.plan import Applied, ApplyDelta, ApplyPlan, Forward, Hello, Pool, Rejected, Route, RouteProblem
from pointsman.runtime.applier import Applier, Changes


def route(name: str, priority: int = 1) -> Route:
    return Route(provider="p", name=name, entry_points=("http",), priority=priority, action=Forward(pool="p/b"))


POOL = Pool(provider="p", name="b")


@pytest.fixture
def applier() -> Applier:
    return Applier()


def in_force(applier: Applier) -> int:
    """Lets the proxy apply what is due; returns the generation."""
    message = applier.next()
    assert message is not None
    generation = message.plan.generation if isinstance(message, ApplyPlan) else message.generation
    applier.applied(Applied(generation=generation))
    return generation


def test_nothing_is_sent_before_the_configuration_is_complete(applier: Applier) -> None:
    applier.hello(Hello(generation=0))
    assert applier.next() is None
    applier.change(Changes())
    assert isinstance(applier.next(), ApplyPlan)


def test_a_new_proxy_gets_everything_above_its_own_generation(applier: Applier) -> None:
    applier.change(Changes(routes={"p/a": route("a")}, pools={"p/b": POOL}))
    applier.hello(Hello(generation=41))
    message = applier.next()
    assert isinstance(message, ApplyPlan)
    assert message.plan.generation == 42
    assert message.plan.routes == {"p/a": route("a")}
    assert message.plan.pools == {"p/b": POOL}


def test_changes_made_while_one_is_in_flight_go_out_together(applier: Applier) -> None:
    applier.change(Changes(routes={"p/a": route("a")}))
    applier.hello(Hello())
    first = in_force(applier)
    applier.change(Changes(routes={"p/c": route("c")}))
    message = applier.next()
    assert isinstance(message, ApplyDelta)
    assert (message.base, message.generation, message.routes) == (first, first + 1, {"p/c": route("c")})
    applier.change(Changes(routes={"p/c": None}))
    applier.change(Changes(routes={"p/d": route("d")}, pools={"p/b": None}))
    assert applier.next() is None
    applier.applied(Applied(generation=first + 1))
    message = applier.next()
    assert isinstance(message, ApplyDelta)
    assert message.routes == {"p/c": None, "p/d": route("d")}
    assert message.pools == {"p/b": None}


def test_a_refused_delta_is_followed_by_everything(applier: Applier) -> None:
    applier.change(Changes(routes={"p/a": route("a")}))
    applier.hello(Hello())
    first = in_force(applier)
    applier.change(Changes(routes={"p/c": route("c")}))
    assert isinstance(applier.next(), ApplyDelta)
    applier.rejected(Rejected(generation=first, message="base"))
    message = applier.next()
    assert isinstance(message, ApplyPlan)
    assert set(message.plan.routes) == {"p/a", "p/c"}
    assert message.plan.generation > first + 1


def test_a_refused_plan_waits_for_a_change(applier: Applier) -> None:
    applier.change(Changes(routes={"p/a": route("a")}))
    applier.hello(Hello())
    assert isinstance(applier.next(), ApplyPlan)
    applier.rejected(Rejected(generation=0, message="no"))
    assert applier.next() is None
    applier.change(Changes(routes={"p/a": route("a", 2)}))
    assert isinstance(applier.next(), ApplyPlan)


def test_a_cut_link_sends_nothing_and_the_next_one_everything(applier: Applier) -> None:
    applier.change(Changes(routes={"p/a": route("a")}))
    applier.hello(Hello())
    first = in_force(applier)
    assert applier.in_step
    applier.cut()
    assert not applier.in_step
    applier.change(Changes(routes={"p/c": route("c")}))
    assert applier.next() is None
    applier.hello(Hello(generation=first))
    message = applier.next()
    assert isinstance(message, ApplyPlan)
    assert set(message.plan.routes) == {"p/a", "p/c"}


def test_routes_that_the_proxy_left_out_are_known_until_they_change(applier: Applier) -> None:
    applier.change(Changes(routes={"p/a": route("a"), "p/c": route("c")}))
    applier.hello(Hello())
    applier.next()
    bad = [RouteProblem(route=key, message="regex") for key in ("p/a", "p/c")]
    applier.applied(Applied(generation=1, problems=tuple(bad)))
    assert set(applier.refused) == {"p/a", "p/c"}
    applier.change(Changes(routes={"p/a": route("a", 2)}))
    applier.next()
    applier.applied(Applied(generation=2))
    assert set(applier.refused) == {"p/c"}


def test_whether_the_proxy_keeps_an_older_plan_is_what_its_hello_says(applier: Applier) -> None:
    assert applier.keeps_plan
    applier.hello(Hello(generation=0))
    assert not applier.keeps_plan
    applier.hello(Hello(generation=7))
    assert applier.keeps_plan
