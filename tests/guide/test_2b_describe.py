"""Chapter 2b: what kubectl says of an Ingress; one of the replicas tells it."""

import json

import pytest

from support.waiting import until
from support.walkthrough.walkthrough import ADDRESS, SYSTEM, Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]


def holder(operated: Walkthrough) -> str:
    """Who holds the Lease."""
    return operated.kubectl("-n", SYSTEM, "get", "lease", "pointsman", "-o", "jsonpath={.spec.holderIdentity}")


def addressed(operated: Walkthrough, name: str) -> None:
    """Waits for the address of an Ingress."""
    until(lambda: ADDRESS in operated.kubectl("get", "ingress", name), within=60, what="the address")


def test_describe_shows_rules_and_backends(guide: Walkthrough) -> None:
    guide.apply("ingress-02-cheeses")
    told = guide.kubectl("describe", "ingress", "cheeses")
    addresses = [pod.address for pod in guide.pods("app=stilton", "default")]
    assert len(addresses) == 2
    for text in ("stilton.minikube", "cheeses.minikube", "/cheddar", "cheddar:http", "/wensleydale", *addresses):
        assert text in told
    assert "cheeses.minikube" in guide.kubectl("get", "ingress", "cheeses")


def test_get_shows_the_address_and_describe_what_is_wrong(operated: Walkthrough) -> None:
    addressed(operated, "cheeses")
    (ingress,) = operated.objects("ingress-06-step1")
    ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] = "brie"
    operated.put(ingress)

    def told() -> list[str]:
        events = json.loads(operated.kubectl("get", "events", "-o", "json"))["items"]
        return [event["message"] for event in events if event["involvedObject"]["name"] == "dm0-gm"]

    until(lambda: any("brie" in message for message in told()), within=60, what="the event")
    assert "brie" in operated.kubectl("describe", "ingress", "dm0-gm").partition("Events:")[2]
    # Both replicas see the problem; the one that writes tells it.
    assert len(told()) == 1


def test_another_replica_writes_once_the_one_that_did_is_gone(operated: Walkthrough) -> None:
    addressed(operated, "cheeses")
    first = holder(operated)
    (pod,) = [pod for pod in operated.pods() if pod.name in first]
    operated.kubectl("-n", SYSTEM, "delete", "pod", pod.name)
    until(lambda: holder(operated) not in ("", first), within=60, what="another holder")
    assert [each for each in operated.pods() if each.name in holder(operated)]
    operated.apply("ingress-06-step1")
    addressed(operated, "dm0-gm")
