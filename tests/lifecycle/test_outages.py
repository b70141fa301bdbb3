"""What a client notices when the controller or the proxy is killed."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Connection
from support.folder import Folder, ingress, service
from support.looping import Looping
from support.running import Running, run
from support.upstream import Upstream
from support.waiting import until


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream("one") as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path, upstream: Upstream) -> Folder:
    made = Folder(tmp_path)
    made.apply(ingress("a", {"a.test": {"/": "one"}}), service("one", upstream))
    return made


def test_a_killed_controller_costs_no_request_and_comes_back_in_step(folder: Folder, upstream: Upstream) -> None:
    with folder.start() as running:
        running.ready()
        with Looping(running.port(), "/", "a.test") as kept, Looping(running.port(), "/", "a.test", keep=False) as new:
            for number in range(3):
                old = running.child("controller")
                os.kill(old, signal.SIGKILL)
                until(lambda old=old: running.child("controller") != old, what="a new controller")  # type: ignore[misc]
                folder.apply(
                    ingress("a", {"a.test": {"/": "one"}, f"new-{number}.test": {"/": "one"}}), service("one", upstream)
                )
                assert running.get("/", f"new-{number}.test").status == 200
                seen = kept.total + new.total
                until(lambda seen=seen: kept.total + new.total > seen + 20, what="clients go on")  # type: ignore[misc]
        for clients in (kept, new):
            assert clients.failures == []
            assert clients.bad() == {}


def test_without_a_controller_the_api_answers_503_and_all_else_goes_on(folder: Folder) -> None:
    with folder.start() as running:
        running.ready()
        for _ in range(4):  # Each time the supervisor waits longer before it starts a new one.
            os.kill(running.child("controller"), signal.SIGKILL)
        answer = until(lambda: (found := running.admin("/api")).status == 503 and found, what="503")
        assert "controller" in answer.text
        assert running.get("/", "a.test").status == 200
        assert running.admin("/ready").status == 200
        assert running.admin("/ping").status == 200
        until(lambda: running.admin("/api").status == 200, what="the API again")


def test_a_killed_proxy_is_back_with_the_last_plan_and_refuses_no_connection(
    folder: Folder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    state = tmp_path_factory.mktemp("state")
    with folder.start(f"--stateDir={state}") as running:
        running.ready()
        until((state / "plan.json").exists, what="the plan is kept")
        port, old = running.port(), running.child("proxy")
        os.kill(running.child("controller"), signal.SIGSTOP)
        os.kill(old, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{old}").exists() or _is_zombie(old), what="the proxy's end")
        with Connection(port) as connection:
            answer = connection.get("/", "a.test")
        assert (answer.status, answer.text) == (200, "one\n")
        assert running.child("proxy") != old
        os.kill(running.child("controller"), signal.SIGCONT)
        folder.apply(ingress("b", {"b.test": {"/": "one"}}), service("one"))
        assert running.get("/", "a.test").status == 404


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_ready_waits_for_the_first_plan_and_ping_does_not(tmp_path: Path) -> None:
    with Running("--kubernetes.endpoint=http://127.0.0.1:9") as running:
        running.port()
        until(lambda: running.admin("/ping").status == 200, what="ping")
        assert running.admin("/ready").status == 503
        assert running.get("/").status == 404


def test_a_stale_state_directory_is_no_obstacle(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> None:
    state = tmp_path_factory.mktemp("state")
    for _ in range(2):
        with folder.start(f"--stateDir={state}") as running:
            running.ready()
            assert running.get("/", "a.test").status == 200
            assert running.stop() == 0


def test_nothing_outlives_a_killed_supervisor(folder: Folder) -> None:
    with folder.start() as running:
        running.ready()
        children = [running.child("controller"), running.child("proxy")]
        running.process.kill()
        until(lambda: all(_is_zombie(pid) for pid in children), what="both children gone")


def test_healthcheck_agrees_with_a_running_instance(folder: Folder) -> None:
    with folder.start() as running:
        running.ready()
        point = f"--entryPoints=Name:traefik Address:127.0.0.1:{running.port('traefik')}"
        assert run("healthcheck", "--ping", point) == (0, f"OK: http://127.0.0.1:{running.port('traefik')}/ping\n")
    code, told = run("healthcheck", "--ping", point)
    assert code == 1
    assert "Error calling healthcheck" in told


def test_logs_are_rotated_by_usr1(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> None:
    log = tmp_path_factory.mktemp("log") / "pointsman.log"
    with folder.start(f"--traefikLog.filePath={log}", "--stateDir=" + str(log.parent / "state")) as running:
        assert _listening(log)
        controller = until(lambda: running.children("controller"), what="a controller")[0]
        until(lambda: "in force" in log.read_text(), what="a line of the controller")
        log.rename(log.with_suffix(".1"))
        running.process.send_signal(signal.SIGUSR1)
        until(log.exists, what="the log again")
        os.kill(controller, signal.SIGKILL)
        until(lambda: "The controller was killed" in log.read_text(), what="a line of the supervisor")
        until(lambda: "in force" in log.read_text(), what="a line of the controller")


def _listening(log: Path) -> bool:
    return until(lambda: "listens on" in log.read_text(), what="the first line")
