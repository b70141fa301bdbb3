"""Updates, kills and an outage of the API server, while clients keep asking: no request fails."""

import json
from collections.abc import Iterator

import pytest

from support.waiting import until
from support.walkthrough.walkthrough import CONTROLLER, SYSTEM, Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(240)]

HOST, PATH = "cheeses.minikube", "/cheddar"
BY = ("cheddar-",)


@pytest.fixture(scope="module")
def probed(deployed: Walkthrough) -> Iterator[Walkthrough]:
    """The deployment of chapter 1 with what a rollout needs to lose nothing: readiness."""
    (_, deployment, _) = deployed.objects("03-deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["args"].append("--ping")
    container["readinessProbe"] = {"httpGet": {"path": "/ready", "port": "admin"}, "periodSeconds": 1}
    container["livenessProbe"] = {"httpGet": {"path": "/ping", "port": "admin"}, "timeoutSeconds": 5}
    deployed.put(deployment)
    deployed.rolled_out(CONTROLLER, namespace=SYSTEM)
    deployed.apply("ingress-02-cheeses")
    # The old pods leave last: they have to be gone before the first test.
    until(lambda: len(deployed.every_pod()) == 2, within=60, what="two pods")
    deployed.settled(PATH, HOST, start="cheddar-")
    yield deployed
    deployed.clear()
    deployed.apply("03-deployment")
    deployed.rolled_out(CONTROLLER, namespace=SYSTEM)


def test_a_rolling_update_of_the_backends(probed: Walkthrough) -> None:
    before = {pod.uid for pod in probed.pods("app=cheddar", "default")}
    with probed.unbroken(PATH, HOST, by=BY):
        probed.kubectl("rollout", "restart", "deployment/cheddar")
        probed.rolled_out("cheddar")
        until(lambda: not before & probed.every_pod("app=cheddar", "default"), within=60, what="the old pods gone")


def test_a_rolling_update_of_pointsman_with_a_changed_config_map(probed: Walkthrough) -> None:
    (config,) = probed.objects("03-config")
    before = probed.every_pod()
    text = config["data"]["traefik.toml"].replace("[accessLog]", "sendAnonymousUsage = true\n[accessLog]")
    with probed.unbroken(PATH, HOST, by=BY):
        probed.put(config | {"data": {"traefik.toml": text}})
        probed.kubectl("-n", SYSTEM, "rollout", "restart", f"deployment/{CONTROLLER}")
        probed.rolled_out(CONTROLLER, namespace=SYSTEM)
        until(lambda: not before & probed.every_pod(), within=90, what="the old pods gone")
    probed.put(config)
    for pod in probed.pods():
        assert "sendAnonymousUsage" in probed.kubectl("-n", SYSTEM, "logs", pod.name)


def test_pods_that_are_deleted(probed: Walkthrough) -> None:
    backend, ours = probed.pods("app=cheddar", "default")[0], probed.pods()[0]
    with probed.unbroken(PATH, HOST, by=BY):
        probed.kubectl("delete", "pod", backend.name, "--wait=false")
        probed.kubectl("-n", SYSTEM, "delete", "pod", ours.name)
        until(lambda: ours.uid not in probed.every_pod(), what="the pod gone")
        probed.rolled_out(CONTROLLER, namespace=SYSTEM)
        probed.rolled_out("cheddar")


def test_a_restart_of_the_api_server(probed: Walkthrough) -> None:
    plane = probed.cluster.plane
    with probed.unbroken(PATH, HOST, by=BY) as clients:
        plane.stop_apiserver()
        seen = clients.total
        until(lambda: clients.total > seen + 200, what="clients go on")
        plane.start_apiserver()
        probed.apply("ingress-06-step1")
        probed.settled("/dm0/gm/call", start="gm-v1: game dm0")
    found = json.loads(probed.kubectl("-n", SYSTEM, "get", "pods", "-o", "json"))["items"]
    assert [pod["status"]["containerStatuses"][0]["restartCount"] for pod in found] == [0, 0]
