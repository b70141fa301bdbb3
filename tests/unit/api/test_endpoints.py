import gzip
import json
from typing import Any

import pytest

from pointsman.api.handlers import Handler
from pointsman.api.server import Request, Response
from pointsman.model.dynamic import (
    Auth,
    Backend,
    BasicAuth,
    Frontend,
    HealthCheck,
    LoadBalancer,
    RouteRule,
    Server,
    WhiteList,
)
from pointsman.model.problem import Problem
from support.held import Held, Said


def frontend(rule: str, backend: str = "pool", **more: Any) -> Frontend:
    return Frontend(backend=backend, routes={"r": RouteRule(rule=rule)}, **more)


KUBERNETES = Said(
    frontends={
        "a.test/x": frontend("Host:a.test;PathPrefixStrip:/x", origin="Ingress default/a"),
        "b.test/": frontend("Host:b.test", auth=Auth(basic=BasicAuth(users=("u:SECRET",)))),
        "odd": frontend("Nonsense:b", priority=3),
        "lost": frontend("HostRegexp:{n:[a-z]+}.test", backend="nowhere"),
        "guarded": frontend("Path:/p", white_list=WhiteList(source_range=("10.0.0.0/8",))),
    },
    backends={
        "pool": Backend(
            servers={"s1": Server(url="http://10.0.0.1:80", weight=3), "s2": Server(url="http://10.0.0.2:80")},
            load_balancer=LoadBalancer(method="drr"),
        ),
        "spare": Backend(),
    },
)
HELD = Held(
    {"kubernetes": KUBERNETES, "file": Said(frontends={"web": frontend("Path:/w")})},
    problems=[Problem(object="Ingress default/a", origin="kubernetes", message="is odd")],
)
ANSWER = Handler(HELD)


async def get(path: str, query: str = "") -> tuple[int, Any]:
    answer = await ANSWER(Request(method="GET", path=f"/api/v2/{path}", query=query))
    assert isinstance(answer, Response)
    assert b"SECRET" not in answer.body
    return answer.status, json.loads(answer.body)


async def names(query: str) -> list[str]:
    status, document = await get("routers", query)
    assert status == 200
    assert document["total"] == len(document["items"])
    return [item["frontend"] for item in document["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("host=A.TEST", ["a.test/x"]),
        ("host=%5Ba-z", ["lost"]),
        ("host=nonsense", ["odd"]),
        ("path=/x", ["a.test/x"]),
        ("path=/", ["web", "a.test/x", "guarded"]),
        ("q=10.0.0.2", ["a.test/x", "b.test/", "guarded", "odd"]),
        ("q=ingress+default", ["a.test/x"]),
        ("q=nonsense", ["odd"]),
        ("provider=file", ["web"]),
        ("problems=true&provider=kubernetes&host=a.test", ["a.test/x"]),
        ("q=nothing-like-it", []),
    ],
)
async def test_routers_are_found_by_text_host_and_path(query: str, found: list[str]) -> None:
    assert await names(query) == found


async def test_pages_follow_each_other() -> None:
    _, first = await get("routers", "perPage=4")
    _, second = await get("routers", "perPage=4&page=2")
    assert (first["total"], len(first["items"]), len(second["items"])) == (6, 4, 2)
    assert len({item["name"] for item in first["items"] + second["items"]}) == 6
    assert (await get("routers", "page=9"))[1]["items"] == []


async def test_a_router_says_what_became_of_it() -> None:
    states = {item["frontend"]: item["state"] for item in (await get("routers"))[1]["items"]}
    assert states["a.test/x"] == "active"
    assert states["odd"] == "absent"
    assert states["lost"] == "absent"
    _, document = await get("routers", "q=a.test")
    router = document["items"][0]
    assert router["servers"] == 2
    assert router["priority"] == len("Host:a.test;PathPrefixStrip:/x")
    assert router["middlewares"] == ["StripPrefix"]
    assert [problem["message"] for problem in router["problems"]] == ["is odd"]


@pytest.mark.parametrize("name", ["kubernetes/a.test/x", "kubernetes%2Fa.test%2Fx"])
async def test_one_router_is_shown_from_match_to_servers(name: str) -> None:
    status, shown = await get(f"routers/{name}")
    assert status == 200
    assert shown["matchers"] == [
        {"name": "Host", "settings": {"is": "a.test"}},
        {"name": "PathPrefix", "settings": {"is": "/x"}},
    ]
    assert shown["modifiers"] == [{"name": "StripPrefix", "settings": {"prefixes": "/x"}}]
    assert [(server["name"], server["share"]) for server in shown["backend"]["servers"]] == [("s1", 0.75), ("s2", 0.25)]
    assert shown["configuration"]["entryPoints"] == ["http"]


async def test_servers_that_fail_their_health_check_are_told_with_why() -> None:
    servers = {"s1": Server(url="http://10.0.0.1:80", weight=3), "s2": Server(url="http://10.0.0.2:80")}
    said = Said(frontends={"w": frontend("Path:/w")})
    said.backends["pool"] = Backend(servers=servers, health_check=HealthCheck(path="/"))
    held = Held({"file": said})
    answer = Handler(held)

    async def shown(path: str) -> Any:
        found = await answer(Request(method="GET", path=path, query=""))
        assert isinstance(found, Response)
        return json.loads(found.body)

    async def states() -> list[tuple[str, float, str]]:
        found = (await shown("/api/v2/routers/file/w"))["backend"]["servers"]
        return [(server["health"], server["share"], server["reason"]) for server in found]

    assert await states() == [("up", 0.75, ""), ("up", 0.25, "")]
    held.ailing = {"file/pool": {"http://10.0.0.1:80": "answered 500"}}
    held.revision += 1
    assert await states() == [("down", 0.0, "answered 500"), ("up", 1.0, "")]
    router = (await shown("/api/v2/routers"))["items"][0]
    assert (router["servers"], router["down"], router["state"]) == (2, 1, "active")
    for path in ("/api/providers", "/api/providers/file", "/api/providers/file/backends/pool/servers"):
        text = json.dumps(await shown(path))
        assert (text.count('"health": "down"'), text.count('"health": "up"')) == (1, 1), path


async def test_a_backend_of_which_no_server_is_healthy_is_down() -> None:
    servers = {f"s{n}": Server(url=f"http://10.0.0.{n}:80") for n in range(1, 151)}
    said = Said(frontends={"w": frontend("Path:/w")})
    said.backends["pool"] = Backend(servers=servers, health_check=HealthCheck(path="/"))
    held = Held({"file": said})
    held.ailing = {"file/pool": {"http://10.0.0.140:80": "timed out"}}
    answer = Handler(held)

    async def shown(path: str) -> Any:
        found = await answer(Request(method="GET", path=f"/api/v2/{path}"))
        assert isinstance(found, Response)
        return json.loads(found.body)

    listed, whole = (await shown("backends"))["items"][0], await shown("backends/file/pool")
    assert (listed["state"], listed["down"], listed["serverCount"]) == ("active", 1, 150)
    assert (len(listed["servers"]), listed["servers"][0]["reason"]) == (100, "timed out")
    assert (len(whole["backend"]["servers"]), whole["routers"]) == (150, ["file/w"])
    assert whole["configuration"]["healthCheck"] == {"path": "/"}
    held.ailing = {"file/pool": {server.url: "answered 500" for server in servers.values()}}
    held.revision += 1
    assert (await shown("backends"))["items"][0]["state"] == "down"
    assert (await shown("routers"))["items"][0]["state"] == "down"


async def test_long_documents_are_packed_for_who_takes_that() -> None:
    many = Handler(Held({"p": Said(frontends={f"f{n}": frontend(f"Path:/{n}") for n in range(50)})}))
    for accepted, coding in (("gzip, br", "gzip"), ("br;q=1.0, gzip;q=0.8", "gzip"), ("gzip;q=0", ""), ("", "")):
        request = Request(method="GET", path="/api/v2/routers", headers={"accept-encoding": accepted})
        answered = await many(request)
        assert isinstance(answered, Response)
        assert answered.headers.get("Content-Encoding", "") == coding
        body = gzip.decompress(answered.body) if coding else answered.body
        assert json.loads(body)["total"] == 50
        assert (len(answered.body) < len(body) / 5) == bool(coding)


async def test_middlewares_are_told_without_their_secrets() -> None:
    _, shown = await get("routers/kubernetes/guarded")
    assert shown["middlewares"] == [{"name": "whiteList", "settings": {"sourceRange": "10.0.0.0/8"}}]
    _, shown = await get("routers/kubernetes/b.test/")
    assert [step["name"] for step in shown["middlewares"]] == ["auth"]


async def test_backends_have_their_servers_and_options() -> None:
    _, document = await get("backends", "provider=kubernetes")
    pool, spare = document["items"]
    assert (pool["method"], pool["routers"], pool["state"], spare["state"]) == ("drr", 4, "active", "empty")
    assert pool["options"] == [{"name": "loadBalancer", "settings": {"method": "drr"}}]
    assert (await get("backends", "q=10.0.0.2"))[1]["total"] == 1


async def test_the_overview_counts() -> None:
    _, shown = await get("overview")
    assert (shown["hostname"], shown["routers"], shown["backends"], shown["servers"]) == ("replica-1", 6, 2, 2)
    assert [point["isDefault"] for point in shown["entryPoints"]] == [True, False]
    assert shown["errors"] > 0


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("routers", "page=0", 400),
        ("routers", "page=x", 400),
        ("routers", "perPage=501", 400),
        ("routers", "unknown=1", 400),
        ("routers", "q=a&q=b", 400),
        ("routers", "q=%ff", 400),
        ("overview", "x=1", 400),
        ("routers/kubernetes/none", "", 404),
        ("routers/none", "", 404),
        ("routers/", "", 404),
        ("nothing", "", 404),
    ],
)
async def test_what_is_not_understood_is_told(path: str, query: str, status: int) -> None:
    found, document = await get(path, query)
    assert found == status
    assert document["message"]


async def test_only_what_changed_is_made_anew() -> None:
    held = Held({"p": Said(frontends={"a": frontend("Path:/a"), "b": frontend("Path:/b")})})
    handler = Handler(held)
    catalogue = handler.catalogue
    before = dict(catalogue.routers())
    held.said["p"].frontends["b"] = frontend("Path:/c")
    held.follow()
    after = dict(catalogue.routers())
    assert after["p/a"] is before["p/a"]
    assert after["p/b"].document.rules == ["Path:/c"]
