"""The systemd units: they verify, they confine, and their socket activation works with systemd's own tool."""

import configparser
import os
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pointsman.cli.check import check
from support.client import get
from support.deployed import DEPLOY
from support.running import command
from support.waiting import until

UNITS = DEPLOY / "systemd"
MARGIN_S = 5


def unit(name: str) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    found.optionxform = str  # type: ignore[assignment]
    found.read(UNITS / name)
    return found


def tool(name: str) -> str:
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/bin:/bin")
    assert found is not None, f"{name} is missing: install systemd (Debian package name)"
    return found


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with a program that exists on this machine."""
    for file in [*UNITS.glob("*.service"), *UNITS.glob("*.socket")]:
        text = file.read_text().replace("/opt/pointsman/bin/pointsman", sys.executable)
        (tmp_path / file.name).write_text(text)
    return tmp_path


def test_they_verify(units: Path) -> None:
    files = sorted(str(file) for file in units.iterdir())
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", "--man=no", *files], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_they_confine(units: Path) -> None:
    done = subprocess.run(
        [tool("systemd-analyze"), "security", "--offline=yes", "--threshold=20", str(units / "pointsman.service")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr


def test_sockets_are_named_after_the_entry_points() -> None:
    points = tomllib.loads((UNITS / "traefik.toml").read_text())["entryPoints"]
    addresses = {name: point["address"] for name, point in points.items()}
    for name in ("pointsman.socket", "pointsman-admin.socket"):
        made = unit(name)["Socket"]
        address = addresses.pop(made["FileDescriptorName"])
        assert address.removeprefix(":") == made["ListenStream"]
        assert made["Service"] == "pointsman.service"
        assert name in unit("pointsman.service")["Unit"]["Requires"]
    assert addresses == {}


def test_the_configuration_fits_the_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (UNITS / "traefik.toml").read_text()
    config, service = tomllib.loads(text), unit("pointsman.service")["Service"]
    assert config["stateDir"] == f"/var/lib/{service['StateDirectory']}"
    assert config["accessLog"]["filePath"].startswith(f"/var/log/{service['LogsDirectory']}/")
    grace = float(config["lifeCycle"]["graceTimeOut"].removesuffix("s"))
    assert grace + MARGIN_S < float(service["TimeoutStopSec"])
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "web.toml").write_text((UNITS / "rules.toml").read_text())
    (tmp_path / "traefik.toml").write_text(text.replace("/etc/pointsman/rules", str(rules)))
    assert check([f"--configfile={tmp_path}/traefik.toml"], {}) == 0, capsys.readouterr().out


def test_systemds_own_tool_starts_it_by_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    activate = [tool("systemd-socket-activate"), "-l", f"127.0.0.1:{port}", "--fdname=http"]
    process = subprocess.Popen(
        [*activate, *command("--entryPoints=Name:http Address::80", "--logLevel=INFO")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "HOME": "/nonexistent"},
    )
    try:

        def answered() -> bool:
            try:
                return get(port, "/").status == 404
            except ConnectionError:
                return False

        until(answered, what="an answer")
    finally:
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr is not None
        process.stderr.close()
