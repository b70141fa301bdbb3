"""Chapter 2b: what kubectl says of an Ingress."""

import pytest

from support.walkthrough.walkthrough import Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]


def test_describe_shows_rules_and_backends(guide: Walkthrough) -> None:
    guide.apply("ingress-02-cheeses")
    told = guide.kubectl("describe", "ingress", "cheeses")
    addresses = [pod.address for pod in guide.pods("app=stilton", "default")]
    assert len(addresses) == 2
    for text in ("stilton.minikube", "cheeses.minikube", "/cheddar", "cheddar:http", "/wensleydale", *addresses):
        assert text in told
    assert "cheeses.minikube" in guide.kubectl("get", "ingress", "cheeses")
