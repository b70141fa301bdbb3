"""Chapter 2: hosts and paths lead to services; the rule's type says what they see."""

import pytest

from support.walkthrough.walkthrough import Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]

HOST = "cheeses.minikube"


def test_hosts_and_paths_lead_to_their_services(guide: Walkthrough) -> None:
    guide.apply("ingress-02-cheeses")
    guide.settled("/", "stilton.minikube", start="stilton-", has="GET / HTTP/1.1")
    seen = {
        "/cheddar/call": ("cheddar-", "/call"),
        "/cheddar": ("cheddar-", "/"),
        "/cheddar/": ("cheddar-", "/"),
        "/cheddarx": ("cheddar-", "/x"),
        "/wensleydale/x?y=%20z": ("wensleydale-", "/x?y=%20z"),
    }
    for path, (service, target) in seen.items():
        answer = guide.get(path, HOST)
        assert answer.status == 200, path
        assert answer.text.startswith(service), path
        assert answer.text.partition("\n")[0].endswith(f": GET {target} HTTP/1.1"), path
    for path, host in (("/", HOST), ("/brie", HOST), ("/", "brie.minikube")):
        assert guide.get(path, host).text == "404 page not found\n"


def test_each_type_of_rule_matches_and_strips_in_its_way(guide: Walkthrough) -> None:
    guide.apply("02-rule-types")
    guide.settled("/cheddar/a/123", "types.minikube", has="GET /cheddar/a/123 HTTP/1.1")
    seen = {
        "/exact": "/exact",
        "/exact/more": None,
        "/prefix/more": "/prefix/more",
        "/strip": "/",
        "/strip/more": None,
        "/prefix-strip/more": "/more",
        "/cheddar/a/123/more": "/cheddar/a/123/more",
        "/cheddar/a/x": None,
        "/regex-strip/1": None,
        "/not-allowed/1": None,
    }
    for path, target in seen.items():
        answer = guide.get(path, "types.minikube")
        assert answer.status == (404 if target is None else 200), path
        if target is not None:
            assert f": GET {target} HTTP/1.1\n" in answer.text, path
