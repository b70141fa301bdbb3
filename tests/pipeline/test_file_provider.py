"""The file provider on the running product: hot reload, and a broken file."""

from pathlib import Path

import pytest

from support.running import Running
from support.upstream import Upstream
from support.waiting import until

RULES = """
[backends.b.servers.s]
url = "http://{address}"
[frontends.f]
backend = "b"
passHostHeader = true
[frontends.f.routes.r]
rule = "Host:{host}"
"""


def put(path: Path, text: str) -> None:
    """Replaces a file as editors and config maps do: in one step."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.rename(path)


def test_a_changed_file_is_served_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    with Upstream("one") as one, Upstream("two") as two:
        put(rules, RULES.format(address=one.address, host="a.test"))
        with Running(f"--file.filename={rules}") as running:
            running.ready()
            assert running.get("/", "a.test").text == "one\n"
            put(rules, RULES.format(address=two.address, host="b.test"))
            running.served("/", "b.test", start="two")
            assert running.get("/", "a.test").status == 404
            put(rules, "[frontends.f\n")
            until(lambda: b"rules.toml:1" in running.admin("/api/v2/problems").body, what="the line of the mistake")
            assert running.get("/", "b.test").text == "two\n"
            put(rules, RULES.format(address=one.address, host="b.test"))
            running.served("/", "b.test", start="one")
            until(lambda: running.admin("/api/v2/problems").body.count(b"rules.toml") == 0, what="solved")


def test_a_swapped_config_map_is_seen(tmp_path: Path) -> None:
    with Upstream("one") as one, Upstream("two") as two:
        for number, upstream in ((1, one), (2, two)):
            (tmp_path / f"..v{number}").mkdir()
            (tmp_path / f"..v{number}" / "rules.toml").write_text(RULES.format(address=upstream.address, host="a.test"))
        (tmp_path / "..data").symlink_to("..v1")
        (tmp_path / "rules.toml").symlink_to("..data/rules.toml")
        with Running(f"--file.filename={tmp_path}/rules.toml") as running:
            running.ready()
            assert running.get("/", "a.test").text == "one\n"
            (tmp_path / "..fresh").symlink_to("..v2")
            (tmp_path / "..fresh").rename(tmp_path / "..data")
            running.served("/", "a.test", start="two")


def test_rules_may_live_in_the_main_file(tmp_path: Path) -> None:
    with Upstream("one") as one:
        (tmp_path / "traefik.toml").write_text("[file]\n" + RULES.format(address=one.address, host="a.test"))
        with Running(f"--configfile={tmp_path}") as running:
            running.ready()
            assert running.get("/", "a.test").text == "one\n"


@pytest.mark.parametrize("path", ["/api", "/api/providers/file", "/api/version"])
def test_the_api_is_reached_through_the_proxy(tmp_path: Path, path: str) -> None:
    (tmp_path / "traefik.toml").write_text("[file]\n" + RULES.format(address="127.0.0.1:9", host="a.test"))
    with Running(f"--configfile={tmp_path}") as running:
        running.ready()
        answer = running.admin(path)
        assert answer.status == 200
        assert answer.value("Content-Type") == "application/json; charset=UTF-8"
