"""Exec plugins that fail, and tokens that run out; no secret ever in a message."""

import datetime
import json
import sys
from pathlib import Path

import pytest

from pointsman.providers.kubernetes import tokens
from pointsman.providers.kubernetes.tokens import ExecPlugin, ExecToken, TokenError, TokenFile


def plugin(script: str) -> ExecPlugin:
    return ExecPlugin(api_version="client.authentication.k8s.io/v1", command=sys.executable, args=["-c", script])


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("raise SystemExit(3)", "ended with code 3"),
        ("print('hunter2')", "printed no ExecCredential"),
        ("print('{}')", "printed no ExecCredential"),
        ('print(\'{"status": {"token": 5}}\')', "printed no ExecCredential"),
    ],
)
async def test_a_failing_plugin(script: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(TokenError, match=told) as caught:
        await ExecToken(plugin(script), tmp_path).authorization()
    assert "hunter2" not in str(caught.value)


async def test_a_plugin_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TokenError, match=f"{tmp_path}/bin/none"):
        await ExecToken(ExecPlugin(command="bin/none"), tmp_path).authorization()


async def test_a_plugin_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "EXEC_TIMEOUT_S", 0.2)
    with pytest.raises(TokenError, match="gave no answer"):
        await ExecToken(plugin("import time; time.sleep(60)"), tmp_path).authorization()


async def test_a_token_that_runs_out_is_asked_for_again(tmp_path: Path) -> None:
    soon = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)).isoformat()
    answer = json.dumps({"status": {"token": "t", "expirationTimestamp": soon}})
    script = f"open({str(tmp_path / 'calls')!r}, 'a').write('x'); print({answer!r})"
    token = ExecToken(plugin(script), tmp_path)
    await token.authorization()
    await token.authorization()
    assert (tmp_path / "calls").read_text() == "xx"


async def test_a_token_file_that_never_was(tmp_path: Path) -> None:
    with pytest.raises(TokenError, match="cannot read the token file"):
        await TokenFile(tmp_path / "none").authorization()
