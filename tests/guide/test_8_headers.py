"""Chapter 8: what the service gets, and what the client gets back."""

import pytest

from support.walkthrough.walkthrough import Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]

PATH = "/dm2/gm/call"
REQUEST, RESPONSE = (f"ingress.kubernetes.io/custom-{side}-headers" for side in ("request", "response"))


def test_the_service_sees_the_headers_added_for_it(guide: Walkthrough) -> None:
    guide.apply("ingress-08-headers")
    lines = guide.settled(PATH, start="gm-v1: game dm2").text.split("\n")
    assert "X-Custom-Id: test" in lines
    names = {line.partition(":")[0] for line in lines[1:]}
    forwarded = {"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto"}
    assert names >= forwarded | {"X-Forwarded-Server", "X-Real-Ip"}
    servers = {line.partition(": ")[2] for line in lines if line.startswith("X-Forwarded-Server")}
    assert servers <= {pod.name for pod in guide.pods()}


def test_several_headers_both_ways_and_removal(guide: Walkthrough) -> None:
    (ingress,) = guide.objects("ingress-08-headers")
    ingress["metadata"]["annotations"] |= {REQUEST: "A: 1||B: 2||X-Gone:", RESPONSE: "C: 3||D: 4||Content-Type:"}
    guide.put(ingress)
    guide.settled(PATH, has="\nB: 2\n")
    answer = guide.get(PATH, X_Gone="here")
    assert "\nA: 1\n" in answer.text
    assert "X-Gone" not in answer.text
    assert (answer.value("C"), answer.value("D"), answer.value("Content-Type")) == ("3", "4", None)
