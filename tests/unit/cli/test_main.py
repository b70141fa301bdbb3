from pathlib import Path

import pytest

from pointsman.cli.main import COMMANDS, dispatch


@pytest.mark.parametrize("words", [["help"], ["--help"], ["run", "--help"], ["-h"], ["check", "--help"]])
def test_help_names_every_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(words, {}) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in COMMANDS)
    assert "--kubernetes.ingressclass" in told.lower()


def test_version_has_the_lines_of_1_7(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["version"], {}) == 0
    names = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["Version", "Codename", "Python version", "Built", "OS/Arch"]


@pytest.mark.parametrize(
    ("word", "expected"), [("verison", "`version`"), ("qqq", "commands are"), ("storeconfig", "not part of")]
)
def test_an_unknown_command_is_an_error_with_a_hint(
    word: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dispatch([word], {}) == 1
    assert expected in capsys.readouterr().err


def test_healthcheck_needs_ping(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["healthcheck"], {"HOME": "/nonexistent"}) == 1
    assert "enable `ping`" in capsys.readouterr().err


def test_healthcheck_says_why_it_failed(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--ping", "--entryPoints=Name:traefik Address:127.0.0.1:9"]
    assert dispatch(["healthcheck", *flags], {"HOME": "/nonexistent"}) == 1
    assert "Error calling healthcheck" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "code"), [("[file]\n", 0), ("[file\n", 1), ('logLevel = "LOUD"\n', 1)])
def test_check_exits_by_what_it_finds(tmp_path: Path, text: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "traefik.toml"
    path.write_text(text)
    assert dispatch(["check", f"--configFile={path}"], {}) == code
    assert (f"{path}:1" in capsys.readouterr().out) == bool(code)


def test_check_prints_the_plan_of_a_folder_of_manifests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(
        """
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {pointsman.io/servers: "127.0.0.1:9001"}}
spec: {ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - host: a.test
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""
    )
    assert dispatch(["check", f"--kubernetes.manifests={tmp_path}", "--plan"], {"HOME": "/nonexistent"}) == 0
    assert "127.0.0.1:9001" in capsys.readouterr().out
