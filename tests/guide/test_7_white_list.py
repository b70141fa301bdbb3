"""Chapter 7: who may enter."""

import pytest

from support.walkthrough.walkthrough import Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]

PATH = "/dm1/gm/call"
RANGES = "traefik.ingress.kubernetes.io/whitelist-source-range"
FORWARDED = "ingress.kubernetes.io/whitelist-x-forwarded-for"


def from_inside(guide: Walkthrough, *words: str) -> list[str]:
    """curl in the network of each of Pointsman's pods: status and body."""
    return [
        guide.cluster.on_node("curl", "-s", "-w", "\n%{http_code}", *words, f"http://127.0.0.1{PATH}", pod=pod.uid)
        for pod in guide.pods()
    ]


def test_only_the_listed_address_enters(guide: Walkthrough) -> None:
    guide.apply("ingress-07-whitelist")
    assert guide.settled(PATH, status=403).text == "Forbidden"
    for told in from_inside(guide, "-H", "Host: localhost"):
        assert told.startswith("gm-v1: game dm1\n")
        assert told.endswith("\n200")
    assert guide.get("/dm0/gm/call").text.startswith("gm-v1: game dm0\n")


def test_several_ranges_and_forwarded_addresses(guide: Walkthrough) -> None:
    *_, ingress = guide.objects("ingress-07-whitelist")
    ingress["metadata"]["annotations"] |= {RANGES: "1.2.3.0/24, fe80::/16", FORWARDED: "true"}
    guide.put(ingress)
    guide.settled(PATH, status=403)
    for address, status in (("1.2.3.4", 200), ("fe80::1", 200), ("1.2.4.4", 403), ("fe90::1", 403)):
        assert guide.get(PATH, X_Forwarded_For=address).status == status, address
