"""The bug report: what differs from the defaults, and nothing that names anybody."""

import json
from pathlib import Path

import pytest

from pointsman.cli.bug import bug

TOML = """
logLevel = "INFO"
defaultEntryPoints = ["secret-name"]
[entryPoints.http]
address = "secret.example:80"
compress = true
[entryPoints.http.auth.basic]
users = ["secret:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE="]
[kubernetes]
token = "secret"
namespaces = ["secret-a", "secret-b"]
[retry]
attempts = 3
[accessLog.fields.names]
ClientHost = "drop"
"""


def test_the_report_names_options_but_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "secret.toml").write_text(TOML)
    assert bug([f"--configFile={tmp_path}/secret.toml"], {}) == 0
    told = capsys.readouterr().out
    assert "Version:" in told
    assert "secret" not in told
    assert "{SHA}" not in told
    shown = json.loads(told.split("```json\n")[1].split("```")[0])
    assert shown["logLevel"] == "INFO"
    assert shown["retry"] == {"attempts": 3}
    assert shown["entryPoints"]["http"]["compress"] is True
    assert shown["entryPoints"]["http"]["auth"] == {"basic": {"users": ["xxxx"]}}
    assert shown["kubernetes"] == {"token": "xxxx", "namespaces": ["xxxx", "xxxx"]}


def test_a_configuration_that_cannot_be_read_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert bug(["--nonsense"], {}) == 1
    assert "nonsense" in capsys.readouterr().err
