"""Chapter 6: a new version takes over in steps, and no request fails."""

import collections
import contextlib
from collections.abc import Iterator

import pytest

from support.client import Connection
from support.looping import Looping
from support.waiting import until
from support.walkthrough.walkthrough import WEB, Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]

PATH = "/dm0/gm/call"
PLAYED = {"200 gm-v1: game dm0", "200 gm-v2: game dm0"}


def shares(guide: Walkthrough, count: int) -> dict[str, int]:
    """How many of so many requests on one connection each version answers."""
    found: collections.Counter[str] = collections.Counter()
    with Connection(WEB, host=guide.cluster.address) as connection:
        for _ in range(count):
            found[connection.get(PATH).text.partition(":")[0]] += 1
    return dict(found)


@contextlib.contextmanager
def none_fails(guide: Walkthrough, wanted: set[str]) -> Iterator[Looping]:
    """Clients that keep asking, on kept and on new connections: all get an answer, one of those wanted."""
    with guide.looping(PATH) as kept, guide.looping(PATH, keep=False) as fresh:
        yield kept
        seen = kept.total, fresh.total
        until(lambda: kept.total > seen[0] + 10 and fresh.total > seen[1] + 10, what="clients go on")
    for clients in (kept, fresh):
        assert clients.failures == []
        assert set(clients.answers) <= wanted


def test_the_demo_answers_what_it_was_asked(guide: Walkthrough) -> None:
    guide.apply("ingress-06-step1")
    assert guide.settled(PATH).text.startswith("gm-v1: game dm0\n")
    answer = guide.get("/dm0/gm/other")
    assert (answer.status, answer.text) == (404, "gm-v1: 404 not Found!\n")


def test_two_ingresses_with_one_rule_share_by_pods(guide: Walkthrough) -> None:
    one, two = guide.objects("ingress-06-two-ingresses")
    guide.put(one)
    guide.settled(PATH, start="gm-v1: game dm0")
    with none_fails(guide, PLAYED):
        guide.put(two)
        until(lambda: set(shares(guide, 40)) == {"gm-v1", "gm-v2"}, what="both versions")
    until(lambda: shares(guide, 40) == {"gm-v1": 20, "gm-v2": 20}, what="1:1")
    with none_fails(guide, PLAYED):
        guide.kubectl("delete", "ingress", "gm-v1")
        guide.settled(PATH, start="gm-v2: game dm0")
    guide.put(one)
    try:
        guide.kubectl("scale", "deployment", "gm-v2", "--replicas=4")
        guide.rolled_out("gm-v2")
        until(lambda: shares(guide, 60) == {"gm-v1": 20, "gm-v2": 40}, what="1:2")
    finally:
        guide.kubectl("scale", "deployment", "gm-v2", "--replicas=2")


def test_each_step_takes_effect_at_once_and_no_request_fails(guide: Walkthrough) -> None:
    guide.apply("ingress-06-step1")
    guide.settled(PATH, start="gm-v1: game dm0")
    with none_fails(guide, PLAYED) as clients:
        guide.apply("ingress-06-step2")
        until(lambda: clients.answers["200 gm-v2: game dm0"], what="the canary")
    until(lambda: shares(guide, 400) == {"gm-v1": 300, "gm-v2": 100}, what="75:25")
    with none_fails(guide, PLAYED):
        guide.apply("ingress-06-step3")
        guide.settled(PATH, start="gm-v2: game dm0")
