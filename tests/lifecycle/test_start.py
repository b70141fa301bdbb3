"""Starts that fail, and where a start listens."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from support.client import Connection, get
from support.running import Running, command, run
from support.waiting import until


def test_a_port_in_use_ends_the_start_with_entry_point_address_and_cause(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, told = run(f"--entryPoints=Name:web Address:127.0.0.1:{port}", env={"TMPDIR": str(tmp_path)})
    assert code == 1
    assert "entry point web" in told
    assert f"127.0.0.1:{port}" in told
    assert "Address already in use" in told
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_two_instances_do_not_share_a_port(tmp_path: Path) -> None:
    with Running("--threads=2") as running:
        port = running.port()
        code, told = run(f"--entryPoints=Name:web Address:127.0.0.1:{port}", "--threads=2")
    assert code == 1
    assert "Address already in use" in told


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("--nonsense=1",), "nonsense"),
        (("--entryPoints=Name:web Address:nowhere",), "web"),
        (("--configFile=/nonexistent/traefik.toml",), "/nonexistent/traefik.toml"),
        (("--entryPoints=Name:web Address:203.0.113.1:1234",), "203.0.113.1:1234"),
    ],
)
def test_mistakes_are_told_in_a_sentence(flags: tuple[str, ...], expected: str) -> None:
    code, told = run(*flags)
    assert code == 1
    assert expected in told
    assert "Traceback" not in told


def test_a_missing_proxy_is_told(tmp_path: Path) -> None:
    code, told = run("--entryPoints=Name:web Address:127.0.0.1:0", env={"POINTSMAN_PROXY": str(tmp_path / "none")})
    assert code == 1
    assert "POINTSMAN_PROXY" in told


def test_without_a_writable_directory_the_start_says_what_to_mount(tmp_path: Path) -> None:
    code, told = run("--entryPoints=Name:web Address:127.0.0.1:0", "--stateDir=/proc/none")
    assert code == 1
    assert "/proc/none" in told
    assert "Traceback" not in told


def test_a_bare_port_answers_on_both_families() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Running(http="Name:http Address::0") as running:
        running.ready()
        for host in ("127.0.0.1", "::1"):
            with Connection(running.port(), host=host) as connection:
                assert connection.get("/").status == 404


def test_the_private_directory_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with Running(env={"TMPDIR": str(tmp_path)}) as running:
        running.ready()
        (state,) = tmp_path.iterdir()
        assert state.stat().st_mode & 0o777 == 0o700
        for name in ("orders.json", "admin.sock"):
            assert (state / name).stat().st_mode & 0o077 == 0
        assert running.stop() == 0
    assert list(tmp_path.iterdir()) == []


def test_the_start_line_names_listeners_providers_and_risks(tmp_path: Path) -> None:
    with Running(f"--kubernetes.manifests={tmp_path}") as running:
        running.ready()
        told = running.told()
    assert re.search(r"listens on http 127\.0\.0\.1:\d+, traefik 127\.0\.0\.1:\d+; providers: kubernetes", told)
    assert "X-Forwarded" in told


def test_an_option_without_effect_is_named(tmp_path: Path) -> None:
    with Running("--docker") as running:
        running.ready()
        assert "docker" in running.told()
        assert b"docker" in running.admin("/api/v2/problems").body


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_unprivileged_user_is_enough() -> None:
    tried = subprocess.run(["/usr/bin/env", sys.executable, "-c", ""], user=65532, group=65532, check=False)
    if tried.returncode != 0:
        pytest.skip("this Python is not for everybody")
    with Running(user=65532) as running:
        running.ready()
        assert running.stop() == 0


def test_without_standard_output_and_error_it_serves_all_the_same(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = command(f"--entryPoints=Name:http Address:127.0.0.1:{port}", "--logLevel=DEBUG")
    with subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words]) as process:
        try:
            until(lambda: _answers(port), what="an answer")
        finally:
            process.terminate()
        assert process.wait(15) == 0


def _answers(port: int) -> bool:
    try:
        return bool(get(port, "/").status == 404)
    except ConnectionError:
        return False
