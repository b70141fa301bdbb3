"""Chapter 5: one path, several services, shares in per cent."""

import pytest

from support.walkthrough.walkthrough import Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]

HOST = "cheeses.minikube"
WEIGHTS = "traefik.ingress.kubernetes.io/service-weights"


def weighted(guide: Walkthrough, weights: str, mark: str) -> None:
    """Applies the chapter's Ingress with these weights; `mark` shows when it is in force."""
    (ingress,) = guide.objects("ingress-05-weights")
    ingress["metadata"]["annotations"][WEIGHTS] = weights
    (marking,) = guide.objects("ingress-05-weights")
    marking["metadata"] = {"name": "mark"}
    (rule,) = marking["spec"]["rules"]
    rule["host"], rule["http"]["paths"] = mark, rule["http"]["paths"][:1]
    guide.put(ingress, marking)
    guide.settled("/", mark, start="cheddar-")


def test_400_requests_are_shared_300_to_100(guide: Walkthrough) -> None:
    guide.apply("ingress-05-weights")
    guide.settled("/", HOST)
    assert guide.shares("/", HOST, count=400) == {"cheddar": 300, "wensleydale": 100}
    weighted(guide, "wensleydale: 25%", "one.mark")
    assert guide.shares("/", HOST, count=400) == {"cheddar": 300, "wensleydale": 100}


@pytest.mark.parametrize("weights", ["cheddar: 75%\nwensleydale: 20%", "cheddar: 175%", "cheddar: 75 of 100"])
def test_wrong_weights_skip_that_ingress_alone(guide: Walkthrough, weights: str) -> None:
    weighted(guide, weights, "wrong.mark")
    assert guide.shares("/", HOST, count=4) == {"404": 4}


def test_a_missing_service_skips_the_ingress_and_an_empty_one_gives_its_share_away(guide: Walkthrough) -> None:
    (ingress,) = guide.objects("ingress-05-weights")
    guide.kubectl("scale", "deployment", "wensleydale", "--replicas=0")
    try:
        guide.put(ingress)
        guide.shared("/", HOST, wanted={"cheddar": 40})
    finally:
        guide.kubectl("scale", "deployment", "wensleydale", "--replicas=2")
    guide.rolled_out("wensleydale")
    ingress["spec"]["rules"][0]["http"]["paths"][1]["backend"]["service"]["name"] = "brie"
    ingress["metadata"]["annotations"][WEIGHTS] = "cheddar: 75%\nbrie: 25%"
    guide.put(ingress)
    guide.settled("/", HOST, status=404)
