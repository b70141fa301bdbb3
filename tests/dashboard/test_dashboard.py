"""The dashboard in a real browser, at ten thousand routers: one visit, looked at from several sides."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.running import Running
from support.waiting import until

pytestmark = pytest.mark.timeout(150)

ROUTERS = 10_000
RULES = """
[frontends.broken]
  backend = "pool"
  [frontends.broken.routes.r]
    rule = "Nonsense:x"
[backends.pool.servers.one]
  url = "http://127.0.0.1:9"
  weight = 3
[backends.pool.servers.two]
  url = "http://127.0.0.1:10"
"""
FRONTEND = """
[frontends."host-{0}.test"]
  backend = "pool"
  [frontends."host-{0}.test".routes.r]
    rule = "Host:host-{0}.test;PathPrefixStrip:/"
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    rules = tmp_path_factory.mktemp("rules") / "rules.toml"
    rules.write_text(RULES + "".join(FRONTEND.format(number) for number in range(1, ROUTERS)))
    with Running(f"--file.filename={rules}", "--rest") as running:
        running.ready(within=90)
        assert running.get("/not-there?token=SECRET").status == 404
        until(lambda: running.admin("/api/v2/overview").text.count('"routers":10000'), what="all routers in the API")
        url = f"http://127.0.0.1:{running.port('traefik')}"
        script = Path(__file__).with_name("browse.mjs")
        done = subprocess.run(["node", str(script), url], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{running.told()[-2000:]}"
        yield json.loads(done.stdout)


def test_the_root_leads_to_the_dashboard_which_says_who_answers(seen: dict[str, Any]) -> None:
    assert seen["address"] == "/dashboard/"
    assert seen["replica"] == socket.gethostname()


def test_everything_comes_from_pointsman_and_nothing_is_refused_by_the_policy(seen: dict[str, Any]) -> None:
    assert seen["foreign"] == []
    assert seen["complaints"] == []
    assert 0 < seen["bytes"] <= 120 << 10


def test_of_ten_thousand_routers_only_those_in_sight_are_drawn(seen: dict[str, Any]) -> None:
    assert 3 < seen["rows"] < 30
    assert 3 < seen["rowsAtEnd"] < 30


def test_routers_are_found_and_their_problems_stand_beside_them(seen: dict[str, Any]) -> None:
    assert seen["found"] == ["host-4321.test"]
    assert seen["problem"]


def test_what_is_looked_for_stands_in_the_address(seen: dict[str, Any]) -> None:
    assert seen["shared"] == "#/providers?q=host-4321.test"


def test_a_server_that_fails_its_health_check_is_shown_without_a_reload(seen: dict[str, Any]) -> None:
    assert seen["health"] == {"before": "Active", "after": "All down", "reloaded": False}


def test_an_interrupted_stream_is_told_and_comes_back(seen: dict[str, Any]) -> None:
    assert "What you see is as of" in seen["interruption"]


def test_a_hidden_page_ends_its_stream(seen: dict[str, Any]) -> None:
    assert seen["hidden"]


def test_no_row_waits_for_ever_when_the_list_is_scrolled_while_it_is_asked_for_anew(seen: dict[str, Any]) -> None:
    assert seen["waiting"] == 0


def test_a_router_is_opened_by_keyboard_and_shown_to_its_servers(seen: dict[str, Any]) -> None:
    assert seen["router"] == "host-17.test"
    assert [stop.split(" ")[0] for stop in seen["stops"]] == ["Entry", "Match", "Middlewares", "Backend"]
    assert seen["servers"][:2] == ["http://127.0.0.1:9", "http://127.0.0.1:10"]


def test_errors_and_decisions_are_told(seen: dict[str, Any]) -> None:
    assert seen["error"] == "GET localhost/not-there"
    assert seen["explained"] == "host-17.test"
    assert "SECRET" not in json.dumps(seen)


def test_there_is_a_dark_and_a_light_theme(seen: dict[str, Any]) -> None:
    assert (seen["theme"], seen["otherTheme"]) == ("dark", "light")


def test_a_narrow_screen_has_no_overflow(seen: dict[str, Any]) -> None:
    assert seen["overflow"] <= 0


def test_axe_finds_nothing_serious(seen: dict[str, Any]) -> None:
    assert {page: found for page, found in seen["axe"].items() if found} == {}
    assert len(seen["axe"]) == 9
