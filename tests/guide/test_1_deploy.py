"""Chapter 1: Pointsman is deployed where Traefik 1.7 was."""

import json

import pytest

from support.walkthrough.walkthrough import LABEL, SYSTEM, Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]


def test_two_replicas_become_ready(guide: Walkthrough) -> None:
    pods = json.loads(guide.kubectl("-n", SYSTEM, "get", "pods", "-l", LABEL, "-o", "json"))["items"]
    assert len(pods) == 2
    for pod in pods:
        conditions = {condition["type"]: condition["status"] for condition in pod["status"]["conditions"]}
        assert conditions["Ready"] == "True"
        assert pod["spec"]["terminationGracePeriodSeconds"] == 60
        assert pod["status"]["containerStatuses"][0]["restartCount"] == 0


def test_before_any_ingress_the_answer_is_404(guide: Walkthrough) -> None:
    answer = guide.settled("/", status=404)
    assert answer.value("Content-Type") == "text/plain; charset=utf-8"
    assert answer.value("X-Content-Type-Options") == "nosniff"
    assert answer.value("Content-Length") == "19"
    assert answer.text == "404 page not found\n"


def test_the_log_says_what_it_does_and_no_secret(guide: Walkthrough) -> None:
    for pod in guide.pods():
        told = guide.kubectl("-n", SYSTEM, "logs", pod.name)
        assert "listens on" in told
        assert "Traceback" not in told
        assert "eyJ" not in told  # how a service account's token begins
