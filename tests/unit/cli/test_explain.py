"""`explain`, `check --diff` and `check --replay` as a user types them, answered by the real router."""

import json
import os
from pathlib import Path

import pytest

from pointsman.cli.main import dispatch

pytestmark = pytest.mark.timeout(60)
NEW = """
[entryPoints.http]
address = ":8000"
[entryPoints.other]
address = ":8001"
[file]
[backends.a.servers.s1]
url = "http://10.0.0.1:80"
weight = 3
[backends.a.servers.s2]
url = "http://10.0.0.2:80"
[backends.b.servers.s1]
url = "http://10.0.1.1:80"
[frontends.api]
backend = "a"
[frontends.api.routes.r]
rule = "Host:a.test;PathPrefixStrip:/api"
[frontends.all]
backend = "b"
[frontends.all.routes.r]
rule = "Host:a.test"
[frontends.inner]
backend = "b"
entryPoints = ["other"]
[frontends.inner.routes.r]
rule = "Host:inner.test"
[frontends.lost]
backend = "nobody"
[frontends.lost.routes.r]
rule = "Host:lost.test"
"""


OTHER_CLASS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, annotations: {kubernetes.io/ingress.class: nginx}}
spec:
  rules:
  - host: a.test
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""


@pytest.fixture
def new(tmp_path: Path) -> str:
    path = tmp_path / "new.toml"
    path.write_text(NEW)
    return f"--configFile={path}"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.toml"
    path.write_text(NEW.replace("PathPrefixStrip:/api", "PathPrefix:/v1").replace("weight = 3", "weight = 1"))
    return path


def run(*words: str) -> int:
    return dispatch(list(words), os.environ)


def test_who_answers_and_why(new: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", new, "http://a.test/api/x?q=1") == 0
    told = capsys.readouterr().out
    for text in (
        "api sends it to one of 2 servers",
        "PathPrefix:/api",
        "/x?q=1",
        "http://10.0.0.1:80  75 %",
        "below 32",
    ):
        assert text in told


def test_a_404_is_exit_code_1_and_names_what_is_not_in_force(new: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", new, "http://lost.test/") == 1
    assert "not in force: lost" in capsys.readouterr().out


def test_the_entry_point_follows_the_port_or_the_option(new: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["http://inner.test:8001/"], ["--entry-point", "other", "http://inner.test/"]):
        assert run("explain", new, "--json", *words) == 0
        assert json.loads(capsys.readouterr().out)["winner"]["frontend"] == "inner"


def test_lines_of_an_access_log(new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "access.log"
    log.write_text('{"RequestMethod":"GET","RequestAddr":"a.test","RequestPath":"/api"}\n')
    assert run("explain", new, "--log", str(log), "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["winner"]["frontend"] == "api"
    log.write_text("nonsense\n")
    assert run("explain", new, "--log", str(log)) == 2
    assert f"{log}:1: is no JSON" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["a", "b"], ["-H", "nonsense", "/"], ["--live", "http://127.0.0.1:1", "/"]])
def test_what_cannot_be_asked_is_exit_code_2(new: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    configuration = [] if "--live" in words else [new]
    assert run("explain", *configuration, *words) == 2
    told = capsys.readouterr().err
    assert told.startswith("pointsman explain: ")
    assert "Traceback" not in told


def test_what_a_change_does(new: str, old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", new, "--diff", str(old)) == 1  # `lost` is wrong in both
    told = capsys.readouterr().out
    for text in ("changed", "file/api", "moved", "goes to file/all now", "http://10.0.0.1:80 1 → 3", "2 the same"):
        assert text in told, text


def test_the_same_against_a_printed_plan_and_as_json(
    new: str, old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("check", f"--configFile={old}", "--plan")
    plan = tmp_path / "old.json"
    plan.write_text(capsys.readouterr().out)
    run("check", new, f"--diff={plan}", "--json")
    document = json.loads(capsys.readouterr().out)
    assert {one["change"] for one in document["difference"]["routes"]} == {"changed", "moved"}
    assert document["difference"]["same"] == 2
    assert any("lost" in problem["object"] for problem in document["problems"])
    run("check", new, f"--diff={old.with_name('new.toml')}", "--json")
    assert json.loads(capsys.readouterr().out)["difference"]["routes"] == []


def test_recorded_requests_that_end_elsewhere(
    new: str, old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "access.log"
    line = '{{"RequestMethod":"GET","RequestAddr":"a.test","RequestPath":"{}","FrontendName":"{}"}}\n'
    log.write_text(line.format("/v1/x", "api") * 2 + line.format("/", "all") + "nonsense\n")
    for more in ([f"--diff={old}"], []):
        run("check", new, f"--replay={log}", "--json", *more)
        replay = json.loads(capsys.readouterr().out)["replay"]
        assert (replay["requests"], replay["unread"]) == (3, 1)
        assert [(one["request"], one["count"]) for one in replay["moved"]] == [("GET a.test/v1/x", 2)]
    run("check", new, f"--replay={log}", f"--diff={old}")
    assert "3 requests; 2 of them elsewhere now; 1 line passed over, no requests" in capsys.readouterr().out


def test_check_counts_what_it_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.yaml").write_text(OTHER_CLASS)
    assert run("check", f"--kubernetes.manifests={tmp_path}") == 0
    told = capsys.readouterr().out
    assert "0 errors, 1 warning; 0 routers in force; 1 Ingress not taken, by class, namespace or labels" in told
    assert run("check", "--kubernetes") == 0
    assert "the cluster is not asked: give its objects with --kubernetes.manifests=FOLDER" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["--diff"], ["--diff=/none"], ["--replay=/none"], ["--replay=/dev/null"], ["a.toml"]]
)
def test_what_cannot_be_compared_is_exit_code_2(new: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", new, *words) == 2
    assert capsys.readouterr().err.startswith("pointsman check: ")
