"""Chapter 6: a new version takes over in steps, and no request fails."""

import pytest

from support.waiting import until
from support.walkthrough.walkthrough import Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]

PATH = "/dm0/gm/call"
GAMES = ("gm-v1: game dm0", "gm-v2: game dm0")


def test_the_demo_answers_what_it_was_asked(guide: Walkthrough) -> None:
    guide.apply("ingress-06-step1")
    assert guide.settled(PATH).text.startswith("gm-v1: game dm0\n")
    answer = guide.get("/dm0/gm/other")
    assert (answer.status, answer.text) == (404, "gm-v1: 404 not Found!\n")


def test_two_ingresses_with_one_rule_share_by_pods(guide: Walkthrough) -> None:
    one, two = guide.objects("ingress-06-two-ingresses")
    guide.put(one)
    guide.settled(PATH, start="gm-v1: game dm0")
    with guide.unbroken(PATH, by=GAMES) as clients:
        guide.put(two)
        until(lambda: clients.answers["200 gm-v2: game dm0"], what="both versions")
    guide.shared(PATH, wanted={"gm-v1": 20, "gm-v2": 20})
    with guide.unbroken(PATH, by=GAMES):
        guide.kubectl("delete", "ingress", "gm-v1")
        guide.settled(PATH, start="gm-v2: game dm0")
    guide.put(one)
    try:
        guide.kubectl("scale", "deployment", "gm-v2", "--replicas=4")
        guide.rolled_out("gm-v2")
        guide.shared(PATH, wanted={"gm-v1": 20, "gm-v2": 40})
    finally:
        guide.kubectl("scale", "deployment", "gm-v2", "--replicas=2")


def test_each_step_takes_effect_at_once_and_no_request_fails(guide: Walkthrough) -> None:
    guide.apply("ingress-06-step1")
    guide.settled(PATH, start="gm-v1: game dm0")
    with guide.unbroken(PATH, by=GAMES) as clients:
        guide.apply("ingress-06-step2")
        until(lambda: clients.answers["200 gm-v2: game dm0"], what="the canary")
    guide.shared(PATH, wanted={"gm-v1": 300, "gm-v2": 100})
    with guide.unbroken(PATH, by=GAMES):
        guide.apply("ingress-06-step3")
        guide.settled(PATH, start="gm-v2: game dm0")
