"""Every way to install makes pods that are safe, are asked the right questions, and have time to stop."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from pointsman import __version__
from pointsman.cli.check import check
from pointsman.migrate import Options
from pointsman.migrate.rbac import role
from support.deployed import CHART, DEPLOY, chart, configuration, kustomized, named, plain, workloads
from support.dry_run import Object

VARIANTS: dict[str, Callable[[], list[Object]]] = {
    "manifests, Deployment": lambda: plain("common", "deployment"),
    "manifests, DaemonSet": lambda: plain("common", "daemonset"),
    "kustomize base": lambda: kustomized(DEPLOY / "kustomize" / "base"),
    "kustomize nodeport": lambda: kustomized(DEPLOY / "kustomize" / "overlays" / "nodeport"),
    "kustomize daemonset": lambda: kustomized(DEPLOY / "kustomize" / "overlays" / "daemonset"),
    "kustomize production": lambda: kustomized(DEPLOY / "kustomize" / "overlays" / "production"),
    "chart": chart,
    "chart, DaemonSet": lambda: chart("--set", "kind=DaemonSet,ports.http.hostPort=80"),
    "chart, capability": lambda: chart("--set", "lowPorts=capability"),
}
MARGIN_S = 5
"""Between the proxy's own grace periods and its end by force."""


@pytest.fixture(params=VARIANTS, scope="module")
def things(request: pytest.FixtureRequest) -> list[Object]:
    return VARIANTS[request.param]()


@pytest.fixture
def pod(things: list[Object]) -> Object:
    (found,) = workloads(things)
    spec: Object = found["spec"]["template"]["spec"]
    return spec


@pytest.fixture
def container(pod: Object) -> Object:
    (found,) = pod["containers"]
    assert isinstance(found, dict)
    return found


def seconds(text: str) -> float:
    assert text.endswith("s")
    return float(text.removesuffix("s"))


def test_nothing_but_what_it_needs_is_allowed_to_the_process(pod: Object, container: Object) -> None:
    own = container["securityContext"]
    assert own["allowPrivilegeEscalation"] is False
    assert own["readOnlyRootFilesystem"] is True
    assert own["capabilities"]["drop"] == ["ALL"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    low = any(port["containerPort"] < 1024 for port in container["ports"])
    sysctls = {one["name"]: one["value"] for one in pod["securityContext"].get("sysctls", [])}
    if pod["securityContext"]["runAsNonRoot"]:
        assert pod["securityContext"]["runAsUser"] > 0
        assert "add" not in own["capabilities"]
        assert not low or sysctls == {"net.ipv4.ip_unprivileged_port_start": "0"}
    else:
        assert own["capabilities"]["add"] == ["NET_BIND_SERVICE"]


def test_ready_is_asked_for_traffic_and_ping_for_life(container: Object) -> None:
    paths = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")}
    assert paths == {
        "startup": {"path": "/ping", "port": "admin"},
        "readiness": {"path": "/ready", "port": "admin"},
        "liveness": {"path": "/ping", "port": "admin"},
    }


def test_the_pod_has_time_for_its_requests_when_it_stops(things: list[Object], pod: Object) -> None:
    life = tomllib.loads(configuration(things))["lifeCycle"]
    wanted = seconds(life["requestAcceptGraceTimeout"]) + seconds(life["graceTimeOut"]) + MARGIN_S
    assert wanted < pod["terminationGracePeriodSeconds"] == 60


def test_ports_are_those_of_the_configuration(things: list[Object], container: Object) -> None:
    points = tomllib.loads(configuration(things))["entryPoints"]
    listened = {int(point["address"].rpartition(":")[2]) for point in points.values()}
    assert {port["containerPort"] for port in container["ports"]} == listened
    names = {port["name"] for port in container["ports"]}
    for service in [thing for thing in things if thing["kind"] == "Service"]:
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= names
        if service["spec"].get("type", "ClusterIP") != "ClusterIP":
            assert service["spec"]["externalTrafficPolicy"] == "Local"


def test_state_and_configuration_are_mounted_where_they_are_looked_for(things: list[Object], container: Object) -> None:
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert tomllib.loads(configuration(things))["stateDir"] in mounts
    assert "--configfile=/config/traefik.toml" in container["args"]
    assert "/config" in mounts


def test_the_configuration_is_understood_to_the_last_key(
    things: list[Object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "traefik.toml").write_text(configuration(things))
    check([f"--configfile={tmp_path}/traefik.toml"], {})
    told = capsys.readouterr().out
    complaints = [line for line in told.splitlines() if line.startswith(("error:", "warning:"))]
    assert [line for line in complaints if not re.search("not supported yet|in part yet|X-Forwarded", line)] == []


def test_the_rights_are_what_is_needed_and_no_more(things: list[Object]) -> None:
    by_name = named(things)
    rules = [*by_name["ClusterRole", "pointsman"]["rules"], *by_name["Role", "pointsman"]["rules"]]
    together = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": list(rules)}
    assert role(together, Options()) == []  # Not one right would be added to it,
    assert "*" not in str(rules)
    for rule in rules:
        less = [other for other in rules if other is not rule]
        wanting = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": less}
        # and none of its rules is idle: without the ones on routes it is not taken for a controller's role at all.
        routes = {"services", "endpoints", "ingresses"} & set(rule["resources"])
        assert routes or role(wanting, Options()), rule


def test_disruptions_and_spread_are_bounded(things: list[Object], pod: Object) -> None:
    (workload,) = workloads(things)
    if workload["kind"] == "DaemonSet":
        return
    (budget,) = [thing for thing in things if thing["kind"] == "PodDisruptionBudget"]
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["selector"] == workload["spec"]["selector"]
    assert workload["spec"]["replicas"] >= 2
    assert workload["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert len(pod["topologySpreadConstraints"]) == 2


def test_selectors_select_the_pods(things: list[Object]) -> None:
    (workload,) = workloads(things)
    labels = workload["spec"]["template"]["metadata"]["labels"].items()
    selectors = [workload["spec"]["selector"]["matchLabels"]]
    selectors += [thing["spec"]["selector"] for thing in things if thing["kind"] == "Service"]
    selectors += [thing["spec"]["podSelector"]["matchLabels"] for thing in things if thing["kind"] == "NetworkPolicy"]
    spread = workload["spec"]["template"]["spec"].get("topologySpreadConstraints", [])
    selectors += [one["labelSelector"]["matchLabels"] for one in spread]
    for selector in selectors:
        assert selector.items() <= labels


def test_versions_are_this_version() -> None:
    wanted = f"pointsman:{__version__}"
    for folder in ("deployment", "daemonset"):
        (workload,) = workloads(plain(folder))
        assert workload["spec"]["template"]["spec"]["containers"][0]["image"] == wanted
    assert f"\nversion: {__version__}\nappVersion: {__version__}\n" in (CHART / "Chart.yaml").read_text()
