"""Chapter 4: the longest rule wins, unless priorities say otherwise."""

import pytest

from support.walkthrough.walkthrough import Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]

PATH, HOST = "/cheddar/wensleydale/xxx", "cheeses.minikube"


def test_the_longest_rule_wins_until_priorities_are_given(guide: Walkthrough) -> None:
    guide.apply("ingress-04-default-priority")
    guide.settled(PATH, HOST, start="wensleydale-", has=": GET /xxx HTTP/1.1\n")
    guide.apply("ingress-04-set-priority")
    guide.settled(PATH, HOST, start="cheddar-", has=": GET /wensleydale/xxx HTTP/1.1\n")
    assert guide.get("/cheddar/x", HOST).text.startswith("cheddar-")


def test_a_rule_without_a_priority_beats_small_ones(guide: Walkthrough) -> None:
    cheddar, wensleydale = guide.objects("ingress-04-set-priority")
    del wensleydale["metadata"]["annotations"]["traefik.ingress.kubernetes.io/priority"]
    guide.put(cheddar, wensleydale)
    guide.settled(PATH, HOST, start="wensleydale-", has=": GET /xxx HTTP/1.1\n")
