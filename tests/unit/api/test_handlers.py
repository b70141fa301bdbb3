import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from pointsman.api.handlers import Known, handler
from pointsman.api.server import Request, Response
from pointsman.model.dynamic import Backend, Frontend, RouteRule, Server
from pointsman.model.problem import Problem


@dataclass
class Said:
    frontends: dict[str, Frontend] = field(default_factory=dict)
    backends: dict[str, Backend] = field(default_factory=dict)


@dataclass
class Held:
    said: Mapping[str, Known]
    default_entry_points: tuple[str, ...] = ("http",)

    def providers(self) -> Mapping[str, Known]:
        return self.said

    def problems(self) -> Iterable[Problem]:
        return [Problem(object="frontend <x>", message="is odd")]


FILE = Said(
    frontends={"web": Frontend(backend="b", routes={"r": RouteRule(rule="Host:<a>")})},
    backends={"b": Backend(servers={"s": Server(url="http://10.0.0.1")}), "empty": Backend()},
)
ANSWER = handler(Held({"file": FILE, "web": Said()}))


def get(path: str, method: str = "GET", **headers: str) -> Response:
    return ANSWER(Request(method=method, path=path, headers=headers))


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
def test_parts_have_their_own_addresses(path: str, document: object) -> None:
    answer = get(path)
    assert answer.status == 200
    assert answer.content_type == "application/json; charset=UTF-8"
    assert json.loads(answer.body) == document


def test_api_and_providers_are_the_same_document() -> None:
    assert get("/api").body == get("/api/providers").body
    assert set(json.loads(get("/api").body)) == {"file", "web"}


def test_before_the_first_configuration_there_is_an_empty_one() -> None:
    assert handler(Held({}))(Request(method="GET", path="/api")).body == b"{}"


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
        "/health",
        "/other",
    ],
)
def test_what_is_not_there_is_404(path: str) -> None:
    answer = get(path)
    assert answer.status == 404
    assert answer.content_type.startswith("text/plain")


def test_a_trailing_slash_is_redirected() -> None:
    answer = get("/api/providers/")
    assert (answer.status, answer.headers["Location"]) == (301, "/api/providers")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading_is_possible(method: str) -> None:
    assert get("/api", method).status == 404


def test_version_has_the_keys_of_1_7() -> None:
    assert set(json.loads(get("/api/version").body)) == {"Version", "Codename"}


def test_problems_are_a_list() -> None:
    assert json.loads(get("/api/v2/problems").body)[0]["object"] == "frontend <x>"


def test_the_root_leads_to_the_dashboard_below_a_stripped_prefix() -> None:
    assert get("/").headers["Location"] == "/dashboard/"
    assert get("/", **{"x-forwarded-prefix": "/admin/"}).headers["Location"] == "/admin/dashboard/"


def test_the_dashboard_escapes_what_it_shows() -> None:
    page = get("/dashboard/").body.decode()
    assert "Host:&lt;a&gt;" in page
    assert "frontend &lt;x&gt;" in page
    assert "<a>" not in page
