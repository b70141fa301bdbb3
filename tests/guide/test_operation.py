"""An update of the backends, kills and an outage of the API server, while clients keep asking: no request fails."""

import json

import pytest

from support.waiting import until
from support.walkthrough.walkthrough import CONTROLLER, SYSTEM, Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(240)]

HOST, PATH = "cheeses.minikube", "/cheddar"
BY = ("cheddar-",)


def test_a_rolling_update_of_the_backends(operated: Walkthrough) -> None:
    before = {pod.uid for pod in operated.pods("app=cheddar", "default")}
    with operated.unbroken(PATH, HOST, by=BY):
        operated.kubectl("rollout", "restart", "deployment/cheddar")
        operated.rolled_out("cheddar")
        until(lambda: not before & operated.every_pod("app=cheddar", "default"), within=60, what="the old pods gone")


def test_pods_that_are_deleted(operated: Walkthrough) -> None:
    backend, ours = operated.pods("app=cheddar", "default")[0], operated.pods()[0]
    with operated.unbroken(PATH, HOST, by=BY):
        operated.kubectl("delete", "pod", backend.name, "--wait=false")
        operated.kubectl("-n", SYSTEM, "delete", "pod", ours.name)
        until(lambda: ours.uid not in operated.every_pod(), what="the pod gone")
        operated.rolled_out(CONTROLLER, namespace=SYSTEM)
        operated.rolled_out("cheddar")


def test_a_restart_of_the_api_server(operated: Walkthrough) -> None:
    plane = operated.cluster.plane
    with operated.unbroken(PATH, HOST, by=BY) as clients:
        plane.stop_apiserver()
        seen = clients.total
        until(lambda: clients.total > seen + 200, what="clients go on")
        plane.start_apiserver()
        operated.apply("ingress-06-step1")
        operated.settled("/dm0/gm/call", start="gm-v1: game dm0")
    found = json.loads(operated.kubectl("-n", SYSTEM, "get", "pods", "-o", "json"))["items"]
    assert [pod["status"]["containerStatuses"][0]["restartCount"] for pod in found] == [0, 0]
