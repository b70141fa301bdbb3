"""Access rules that are broken close their route: no less protected one takes the requests."""

from pathlib import Path

import pytest

from support.client import get
from support.running import Running
from support.upstream import Upstream

OPEN = """
[backends.open.servers.s]
url = "http://{address}"
[frontends.open]
backend = "open"
[frontends.open.routes.r]
rule = "PathPrefix:/"
"""

CLOSED = [
    'whitelistSourceRange = ["10.0.0.0/33"]',
    'whitelistSourceRange = "127.0.0.1"',
    "whiteList = { sourceRange = [] }",
    'basicAuth = ["user:hash:more"]',
    'auth = { forward = { address = "https://127.0.0.1:1" } }',
    'auth = { digest = { users = ["user:hash"] } }',
]


def test_hd_13_a_broken_access_rule_never_opens_its_route(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    with Upstream("open") as upstream:
        text = OPEN.format(address=upstream.address)
        for index, line in enumerate(CLOSED):
            text += f'[frontends.f{index}]\nbackend = "open"\n{line}\n'
            text += f'[frontends.f{index}.routes.r]\nrule = "PathPrefix:/admin{index}"\n'
        rules.write_text(text)
        with Running(f"--file.filename={rules}") as running:
            running.ready()
            for index, line in enumerate(CLOSED):
                answer = running.get(f"/admin{index}")
                assert (answer.status, answer.text) == (404, "404 page not found\n"), line
                assert f"frontend f{index}" in running.admin("/api/v2/problems").text
            assert not upstream.received
            assert running.get("/").text == "open\n"


@pytest.mark.parametrize(
    ("option", "status"),
    [
        ("WhiteList.SourceRange:10.0.0.0/8", 403),
        ("Auth.Basic.Users:a:b", 401),
        ("ForwardedHeaders.TrustedIPs:bad", 404),
    ],
)
def test_an_entry_point_keeps_its_rule_or_serves_no_frontend(tmp_path: Path, option: str, status: int) -> None:
    rules = tmp_path / "rules.toml"
    with Upstream("open") as upstream:
        rules.write_text(OPEN.format(address=upstream.address))
        shut = f"--entryPoints=Name:shut Address:127.0.0.1:0 {option}"
        with Running(f"--file.filename={rules}", shut, "--defaultEntryPoints=http,shut") as running:
            running.ready()
            assert running.get("/").text == "open\n"
            assert get(running.port("shut"), "/").status == status
            if status == 404:
                assert "entry point shut" in running.admin("/api/v2/problems").text
