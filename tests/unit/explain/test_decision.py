"""What is said of a request, for each way it can end."""

import msgspec
import pytest

from pointsman.explain import Decision, decide, other_entry_points
from pointsman.explain.documents import Known
from pointsman.model.dynamic import Frontend, RouteRule
from pointsman.model.plan import (
    BasicAuth,
    EntryPoint,
    Explanation,
    Fit,
    Forward,
    Host,
    Miss,
    PathPrefix,
    Pattern,
    Pool,
    Question,
    RedirectEntryPoint,
    Refuse,
    Route,
    Server,
    StripPrefix,
)
from pointsman.model.problem import Problem

ASKED = Question(entry_point="http", method="GET", host="a.test", path="/x/y")


def route(name: str, **more: object) -> Route:
    prefix = PathPrefix(patterns=(Pattern(source="/x", literal="/x"),))
    made = Route(
        provider="file",
        name=name,
        origin=f"rules.toml:{len(name)}",
        entry_points=("http",),
        priority=10,
        matchers=(Host(hosts=("a.test",)), prefix),
        modifiers=(StripPrefix(prefixes=("/x",)),),
        middlewares=(BasicAuth(users=("bob:$apr1$secret",)),),
        action=Forward(pool="file/web"),
    )
    return msgspec.structs.replace(made, **more)


def server(name: str, weight: int) -> Server:
    return Server(name=name, url=f"http://{name}", address=f"{name}:80", host=name, weight=weight)


POOL = Pool(provider="file", name="web", servers=(server("one", 3), server("two", 1)))


def decided(*routes: Route, found: Explanation, pool: Pool = POOL, **known: object) -> Decision:
    shown = Known(
        entry_points=known.get("entry_points", {}),  # type: ignore[arg-type]
        routes={f"file/{one.name}": one for one in routes},
        pools={"file/web": pool},
        frontends=lambda: known.get("frontends", ()),  # type: ignore[arg-type, return-value]
        problems=lambda: known.get("problems", ()),  # type: ignore[arg-type, return-value]
    )
    question: Question = known.get("question", ASKED)  # type: ignore[assignment]
    return decide(question, found, shown, known.get("elsewhere", {}))  # type: ignore[arg-type]


def fits(*names: str, forwards: str | None = "/y", slash: bool = False) -> Explanation:
    return Explanation(
        matches=tuple(Fit(route=f"file/{name}", redirect_slash=slash) for name in names), forwards=forwards
    )


def test_a_server_answers_and_others_lose_for_a_reason() -> None:
    later = route("later", priority=10)
    low = route("low", priority=3)
    made = decided(route("best"), later, low, found=fits("best", "later", "low"))
    assert (made.status, made.answer) == (0, "best sends it to one of 2 servers")
    assert made.winner is not None
    assert [(one.url, one.share) for one in made.winner.servers] == [("http://one", 75.0), ("http://two", 25.0)]
    assert made.winner.conditions == ("Host:a.test", "PathPrefix:/x")
    assert made.winner.forwards == "/y"
    assert [one.because for one in made.lost] == [
        "of equal priority, but later by name",
        "priority 3 is below 10",
    ]
    assert "secret" not in msgspec.json.encode(made).decode()


@pytest.mark.parametrize(
    ("more", "pool", "found", "status", "word"),
    [
        ({}, POOL, fits("r", slash=True), 301, "trailing slash"),
        ({"action": Refuse(reason="auth is broken")}, POOL, fits("r"), 404, "auth is broken"),
        ({}, POOL, fits("r", forwards=None), 404, "strip"),
        ({}, msgspec.structs.replace(POOL, servers=()), fits("r"), 503, "has no server"),
        ({}, msgspec.structs.replace(POOL, servers=(server("one", 0),)), fits("r"), 500, "weight"),
    ],
)
def test_answers_of_our_own(more: dict[str, object], pool: Pool, found: Explanation, status: int, word: str) -> None:
    made = decided(route("r", **more), found=found, pool=pool)
    assert made.status == status
    assert word in made.answer


def test_a_404_tells_the_nearest_misses_and_what_is_not_in_force() -> None:
    found = Explanation(misses=(Miss(route="file/near", matcher=1, fails_at="path_prefix"),), other_hosts=4)
    wanted = Frontend(backend="gone", routes={"r": RouteRule(rule="Host:a.test")}, origin="Ingress n/one")
    problems = (
        Problem(object="frontend lost", origin="Ingress n/one", message="the backend does not exist"),
        Problem(object="Ingress n/two", value="a.test/z", message="is skipped"),
        Problem(object="Ingress n/other", value="b.test", message="is skipped"),
    )
    made = decided(route("near"), found=found, frontends=(("file", "lost", wanted),), problems=problems)
    assert (made.status, made.winner, made.other_hosts) == (404, None, 4)
    assert [(one.condition, one.because) for one in made.missed] == [("PathPrefix:/x", "the path is /x/y")]
    assert [one.origin for one in made.rejected] == ["Ingress n/one", "Ingress n/two"]
    assert "does not exist" in made.rejected[0].problems[0]


def test_problems_of_the_winner_are_beside_it() -> None:
    problems = (
        Problem(object="backend web", message="drr is unknown"),
        Problem(object="backend other", message="not ours"),
    )
    made = decided(route("r"), found=fits("r"), problems=problems)
    assert made.problems == ("backend web: drr is unknown",)


def test_no_router_at_all() -> None:
    assert "no router is in force" in decided(found=Explanation()).answer
    assert "no router is for the host a.test" in decided(found=Explanation(other_hosts=1)).answer


def test_a_router_of_another_entry_point_is_named() -> None:
    inner = route("inner", entry_points=("internal",))
    made = decided(inner, found=Explanation(other_hosts=1), elsewhere={"internal": fits("inner"), "x": Explanation()})
    assert [(one.frontend, one.condition, one.because) for one in made.missed] == [
        ("inner", "entry point internal", "it came in by http")
    ]
    assert list(other_entry_points(ASKED, Explanation(), ["http", "internal"])) == ["internal"]
    assert other_entry_points(ASKED, fits("r"), ["http", "internal"]) == {}


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/ping", 200, "itself answers /ping"),
        ("HEAD", "/ready", 200, "itself answers /ready"),
        ("GET", "/metrics", 200, "metrics"),
        ("GET", "/api/providers", 200, "own API"),
        ("GET", "/dashboard", 200, "own dashboard"),
        ("GET", "/", 200, "own dashboard"),
        ("PUT", "/api/providers/rest", 200, "REST provider"),
        ("PUT", "/api/providers/a/b", 404, "no router"),
        ("GET", "/apis", 404, "no router"),
        ("POST", "/ping", 404, "no router"),
    ],
)
def test_what_comes_before_every_router(method: str, path: str, status: int, words: str) -> None:
    point = EntryPoint(address=":80", internal=("ping", "api", "dashboard", "metrics", "rest"))
    question = msgspec.structs.replace(ASKED, method=method, path=path)
    made = decided(found=Explanation(), question=question, entry_points={"http": point})
    assert made.status == status
    assert words in made.answer


@pytest.mark.parametrize(
    ("method", "permanent", "status"), [("GET", True, 301), ("GET", False, 302), ("PUT", True, 308)]
)
def test_redirects_to_another_entry_point(method: str, permanent: bool, status: int) -> None:
    to = RedirectEntryPoint(entry_point="https", scheme="https", port=443, permanent=permanent)
    question = msgspec.structs.replace(ASKED, method=method, host="A.test:8000", query="q=1")
    point = EntryPoint(address=":80", middlewares=(to, BasicAuth(users=("bob:secret",))))
    whole = decided(route("r"), found=fits("r"), question=question, entry_points={"http": point})
    own = decided(route("r", middlewares=(to,)), found=fits("r"), question=question)
    for made in (whole, own):
        assert made.status == status
        assert made.answer.endswith("to https://A.test:443/x/y?q=1")
    assert (whole.winner, own.winner is not None) == (None, True)
    there = msgspec.structs.replace(question, entry_point="https")
    passed = decided(route("r"), found=fits("r"), question=there, entry_points={"https": point})
    assert (passed.status, passed.first[1]) == (0, "BasicAuth")
