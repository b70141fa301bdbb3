"""Error pages follow the backends and frontends that they depend on, one change at a time."""

from pointsman.compiler import Conditions, PlanBuilder
from pointsman.model.dynamic import Backend, Change, ErrorPage, Frontend, Server
from pointsman.model.plan import ErrorPages, Route

CONDITIONS = Conditions(entry_points=frozenset({"http", "https"}), default_entry_points=("http",))
GOOD, BAD = Backend(servers={"s": Server(url="http://a:1")}), Backend(servers={"s": Server(url="bad")})
ASKS = Frontend(backend="main", errors={"e": ErrorPage(status=("500",), backend="pages")})


def builder() -> PlanBuilder:
    made = PlanBuilder(CONDITIONS)
    made.apply("file", Change(frontends={"asks": ASKS, "alone": Frontend(backend="main")}, backends={"main": GOOD}))
    return made


def pass_host(route: Route | None) -> bool:
    assert route is not None
    (middleware,) = route.middlewares
    assert isinstance(middleware, ErrorPages)
    return middleware.pages[0].pass_host


def test_a_page_comes_and_goes_with_its_backend() -> None:
    plans = builder()
    assert plans.plan(1).routes["file/asks"].middlewares == ()
    arrived = plans.apply("file", Change(backends={"pages": GOOD}))
    assert list(arrived.routes) == ["file/asks"]
    assert not pass_host(arrived.routes["file/asks"])
    assert "does not exist" in arrived.solved[0].message
    broken = plans.apply("file", Change(backends={"pages": BAD}))
    assert list(broken.routes) == ["file/asks"]
    assert {problem.object for problem in broken.problems} == {"backend pages", "frontend asks"}
    gone = plans.apply("file", Change(backends={"pages": None}))
    assert not gone
    assert "does not exist" in gone.problems[0].message


def test_servers_of_the_page_change_no_route() -> None:
    plans = builder()
    plans.apply("file", Change(backends={"pages": GOOD}))
    more = Backend(servers={"s": Server(url="http://b:1")})
    assert not plans.apply("file", Change(backends={"pages": more})).routes


def test_the_host_is_passed_as_a_frontend_on_the_same_entry_point_says() -> None:
    plans = builder()
    plans.apply("file", Change(backends={"pages": GOOD}))
    shows = Frontend(backend="pages", pass_host_header=True)

    def put(name: str, frontend: Frontend | None) -> Route | None:
        return plans.apply("file", Change(frontends={name: frontend})).routes.get("file/asks")

    assert pass_host(put("shows", shows))
    assert put("then", Frontend(backend="pages")) is None
    elsewhere = Frontend(backend="pages", pass_host_header=True, entry_points=("https",))
    assert not pass_host(put("shows", elsewhere))
    assert pass_host(put("earlier", shows))
    assert put("unrelated", Frontend(backend="main")) is None
    assert not pass_host(put("earlier", None))


def test_a_frontend_that_no_longer_asks_is_no_longer_concerned() -> None:
    plans = builder()
    plans.apply("file", Change(frontends={"asks": Frontend(backend="main")}))
    assert not plans.apply("file", Change(backends={"pages": GOOD})).routes


def test_backends_of_other_providers_are_no_pages() -> None:
    plans = builder()
    assert not plans.apply("other", Change(backends={"pages": GOOD})).routes
