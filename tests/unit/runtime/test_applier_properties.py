"""Whatever happens on the link, a proxy that answers ends with exactly what it should have."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.model.plan import Applied, ApplyPlan, Downward, Forward, Hello, Pool, Rejected, Route
from pointsman.runtime.applier import Applier, Changes

NAMES = st.sampled_from(["p/a", "p/b", "p/c", "p/d"])


class Proxy:
    """A proxy as the protocol has it: takes plans above its generation, and deltas on exactly its generation."""

    def __init__(self) -> None:
        self.generation = 0
        self.routes: dict[str, Route] = {}
        self.pools: dict[str, Pool] = {}

    def take(self, message: Downward) -> Applied | Rejected:
        generation = message.plan.generation if isinstance(message, ApplyPlan) else message.generation
        if generation <= self.generation:
            return Rejected(generation=self.generation, message="old")
        if isinstance(message, ApplyPlan):
            self.routes, self.pools = dict(message.plan.routes), dict(message.plan.pools)
        elif message.base != self.generation:
            return Rejected(generation=self.generation, message="base")
        else:
            for key, route in message.routes.items():
                if route is None:
                    self.routes.pop(key, None)
                else:
                    self.routes[key] = route
            for name, pool in message.pools.items():
                if pool is None:
                    self.pools.pop(name, None)
                else:
                    self.pools[name] = pool
        self.generation = generation
        return Applied(generation=generation)


class World:
    """A controller's applier, the proxy of the moment, and what should be in force."""

    def __init__(self) -> None:
        self.applier = Applier()
        self.proxy = Proxy()
        self.flight: Downward | None = None
        self.routes: dict[str, Route] = {}
        self.pools: dict[str, Pool] = {}

    def change(self, name: str, priority: int) -> None:
        route = Route(provider="p", name=name, entry_points=("h",), priority=priority, action=Forward(pool=name))
        pool = Pool(provider="p", name=name)
        if priority == 0:
            self.routes.pop(name, None)
            self.pools.pop(name, None)
            self.applier.change(Changes(routes={name: None}, pools={name: None}))
        else:
            self.routes[name], self.pools[name] = route, pool
            self.applier.change(Changes(routes={name: route}, pools={name: pool}))

    def send(self) -> None:
        message = self.applier.next()
        if message is not None:
            assert self.flight is None, "two messages in flight"
            self.flight = message

    def answer(self) -> None:
        if self.flight is not None:
            answer = self.proxy.take(self.flight)
            self.flight = None
            if isinstance(answer, Applied):
                self.applier.applied(answer)
            else:
                self.applier.rejected(answer)

    def cut(self, *, applied: bool) -> None:
        """The link breaks; what was in flight may have been applied before."""
        if self.flight is not None and applied:
            self.proxy.take(self.flight)
        self.flight = None
        self.applier.cut()

    def link(self, *, fresh: bool) -> None:
        self.cut(applied=False)
        if fresh:
            self.proxy = Proxy()
        self.applier.hello(Hello(generation=self.proxy.generation))

    def forget(self) -> None:
        """A new controller beside an old proxy."""
        self.cut(applied=True)
        self.applier = Applier()
        self.applier.change(Changes(routes=dict(self.routes), pools=dict(self.pools)))


STEPS = st.one_of(
    st.tuples(st.just("change"), NAMES, st.integers(0, 2)),
    st.tuples(st.just("send")),
    st.tuples(st.just("answer")),
    st.tuples(st.just("cut"), st.booleans()),
    st.tuples(st.just("link"), st.booleans()),
    st.tuples(st.just("forget")),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_a_proxy_that_answers_comes_into_step(steps: list[tuple[object, ...]]) -> None:
    world = World()
    for step in steps:
        match step:
            case ("change", str(name), int(priority)):
                world.change(name, priority)
            case ("cut", bool(applied)):
                world.cut(applied=applied)
            case ("link", bool(fresh)):
                world.link(fresh=fresh)
            case (str(name),):
                getattr(world, name)()
    world.change("p/last", 1)
    world.link(fresh=False)
    for _ in range(10):
        world.send()
        world.answer()
    assert world.applier.in_step
    assert world.proxy.routes == world.routes
    assert world.proxy.pools == world.pools
    assert world.applier.next() is None
