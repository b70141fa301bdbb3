import json

import msgspec
import pytest

from pointsman.api.handlers import Handler
from pointsman.api.server import Request, Response
from pointsman.model.dynamic import Backend, Frontend, RouteRule, Server
from pointsman.model.problem import Problem
from support.held import Held, Said

FILE = Said(
    frontends={"web": Frontend(backend="b", routes={"r": RouteRule(rule="Host:<a>")})},
    backends={"b": Backend(servers={"s": Server(url="http://10.0.0.1")}), "empty": Backend()},
)
HELD = Held({"file": FILE, "web": Said()}, problems=[Problem(object="frontend <x>", message="is odd")])
ANSWER = Handler(HELD)


async def get(path: str, method: str = "GET", *, of: Handler = ANSWER, query: str = "", **headers: str) -> Response:
    answer = await of(Request(method=method, path=path, query=query, headers=headers))
    assert isinstance(answer, Response)
    return answer


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/api/providers/file/backends/b", {"servers": {"s": {"url": "http://10.0.0.1", "weight": 1}}}),
        ("/api/providers/file/backends/b/servers", {"s": {"url": "http://10.0.0.1", "weight": 1}}),
        ("/api/providers/file/backends/b/servers/s", {"url": "http://10.0.0.1", "weight": 1}),
        ("/api/providers/file/backends/empty/servers", {}),
        ("/api/providers/file/frontends/web/routes", {"r": {"rule": "Host:<a>"}}),
        ("/api/providers/file/frontends/web/routes/r", {"rule": "Host:<a>"}),
        ("/api/providers/web", {}),
        ("/api/providers/rest", {}),
        ("/api/providers/rest/backends", {}),
    ],
)
async def test_parts_have_their_own_addresses(path: str, document: object) -> None:
    answer = await get(path)
    assert answer.status == 200
    assert answer.content_type == "application/json; charset=UTF-8"
    assert json.loads(answer.body) == document


async def test_api_and_providers_are_the_same_document() -> None:
    assert (await get("/api")).body == (await get("/api/providers")).body
    assert set(json.loads((await get("/api")).body)) == {"file", "web"}


async def test_before_the_first_configuration_there_is_an_empty_one() -> None:
    assert (await get("/api", of=Handler(Held({})))).body == b"{}"


@pytest.mark.parametrize(
    "path",
    [
        "/api/x",
        "/api/providers/none",
        "/api/providers/file/x",
        "/api/providers/file/backends/none",
        "/api/providers/file/backends/b/routes",
        "/api/providers/file/backends/b/servers/none",
        "/api/providers/file/backends/b/servers/s/url",
        "/api/providers/file/frontends/none/routes",
        "/other",
        "/dashboards",
    ],
)
async def test_what_is_not_there_is_404(path: str) -> None:
    answer = await get(path)
    assert answer.status == 404
    assert answer.content_type.startswith("text/plain")


async def test_a_trailing_slash_is_redirected() -> None:
    answer = await get("/api/providers/")
    assert (answer.status, answer.headers["Location"]) == (301, "/api/providers")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_only_reading_is_possible(method: str) -> None:
    assert (await get("/api", method)).status == 404


async def test_version_has_the_keys_of_1_7() -> None:
    assert set(json.loads((await get("/api/version")).body)) == {"Version", "Codename"}


async def test_problems_are_a_list() -> None:
    assert json.loads((await get("/api/v2/problems")).body)[0]["object"] == "frontend <x>"


async def test_the_root_leads_to_the_dashboard_below_a_stripped_prefix() -> None:
    assert (await get("/")).headers["Location"] == "/dashboard/"
    assert (await get("/", **{"x-forwarded-prefix": "/admin/"})).headers["Location"] == "/admin/dashboard/"


async def test_a_forwarded_prefix_never_leads_to_another_place() -> None:
    assert (await get("/", **{"x-forwarded-prefix": "//evil.test/"})).headers["Location"] == "/evil.test/dashboard/"


async def test_what_keeps_its_slash_is_not_redirected() -> None:
    facts = msgspec.structs.replace(HELD.facts, keep_trailing_slash=True)
    assert (await get("/api/providers/", of=Handler(Held({}, facts=facts)))).status == 404


async def test_a_slash_divides_names_also_when_it_is_encoded() -> None:
    slashed = Handler(Held({"k": Said(backends={"a/b": Backend()})}))
    assert (await get("/api/providers/k/backends/a%2Fb", of=slashed)).status == 404
    assert (await get("/api/providers/file/backends%2Fb/servers")).status == 200


async def test_without_a_dashboard_its_paths_are_not_there() -> None:
    facts = msgspec.structs.replace(HELD.facts, dashboard=False)
    for path in ("/", "/dashboard", "/dashboard/"):
        assert (await get(path, of=Handler(Held({}, facts=facts)))).status == 404
    assert (await get("/api", of=Handler(Held({}, facts=facts)))).status == 200


async def test_health_says_when_the_proxy_does_not_answer() -> None:
    assert (await get("/health")).status == 503
