"""Chapter 9: what the dashboard reads, at the admin node port."""

import json

import pytest

from support.walkthrough.walkthrough import Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]


def test_the_api_shows_frontends_and_backends(guide: Walkthrough) -> None:
    guide.apply("ingress-04-set-priority")
    guide.settled("/cheddar", "cheeses.minikube")
    answer = guide.admin("/api/providers/kubernetes")
    assert answer.status == 200
    shown = json.loads(answer.body)
    name = "2-cheeses.minikube/cheddar"
    frontend = shown["frontends"][name]
    assert frontend["priority"] == 2
    rules = {route["rule"] for route in frontend["routes"].values()}
    assert rules == {"Host:cheeses.minikube", "PathPrefixStrip:/cheddar"}
    servers = shown["backends"][name]["servers"]
    wanted = {f"http://{pod.address}:8080" for pod in guide.pods("app=cheddar", "default")}
    assert {server["url"] for server in servers.values()} == wanted


def test_health_counts_what_was_answered(guide: Walkthrough) -> None:
    guide.settled("/none", status=404)
    health = json.loads(guide.admin("/health").body)
    assert health["total_count"] > 0
    assert health["total_status_code_count"]["404"] > 0
