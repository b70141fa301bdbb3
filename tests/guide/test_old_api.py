"""Chapters 1, 2, 4 and 5 with nothing migrated, on an API that has extensions/v1beta1 and no networking.k8s.io."""

import json
from collections.abc import Iterator

import pytest

from support.cluster.binary import kube_binary
from support.cluster.cluster import Cluster, Failed
from support.cluster.old.server import OldServer
from support.walkthrough.images import images
from support.walkthrough.manifests import write_old
from support.walkthrough.walkthrough import SYSTEM, Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(240)]

HOST = "cheeses.minikube"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walkthrough]:
    """A cluster of yesterday with what chapter 6 deploys, from the manifests as they are."""
    kube_binary()
    directory = tmp_path_factory.mktemp("old")
    (directory / "cluster").mkdir()
    cluster = Cluster(directory / "cluster", images())
    server = OldServer(cluster.plane)
    try:
        cluster.start(server.port)
        server.start()
        made = Walkthrough(cluster, write_old(directory / "manifests"), server=server.url)
        made.deploy("06-deployment")
        yield made
    finally:
        server.stop()
        cluster.stop()


@pytest.fixture
def guide(old: Walkthrough) -> Iterator[Walkthrough]:
    """The old cluster without Ingresses, before and after."""
    yield old
    old.clear()


def test_the_server_has_what_it_had_then(guide: Walkthrough) -> None:
    versions = guide.kubectl("api-versions").split()
    assert "extensions/v1beta1" in versions
    assert not [version for version in versions if version.startswith(("networking", "discovery"))]
    with pytest.raises(Failed, match="NotFound"):
        guide.kubectl("get", "--raw", "/apis/networking.k8s.io/v1/ingresses")
    guide.apply("ingress-02-cheeses")
    stored = json.loads(guide.kubectl("get", "ingress", "cheeses", "-o", "json"))
    assert stored["apiVersion"] == "extensions/v1beta1"
    assert stored["spec"] == guide.objects("ingress-02-cheeses")[0]["spec"]


def test_pointsman_reads_the_old_api_with_the_rights_of_1_7(guide: Walkthrough) -> None:
    account = f"--as=system:serviceaccount:{SYSTEM}:traefik-ingress-controller"
    assert guide.kubectl("auth", "can-i", "list", "ingresses.extensions", account).strip() == "yes"
    for pod in guide.pods():
        told = guide.kubectl("-n", SYSTEM, "logs", pod.name)
        assert "read completely" in told
        assert "level=error" not in told


def test_hosts_and_paths_lead_to_their_services(guide: Walkthrough) -> None:
    guide.apply("ingress-02-cheeses")
    guide.settled("/", "stilton.minikube", start="stilton-", has="GET / HTTP/1.1")
    guide.settled("/cheddar/call", HOST, start="cheddar-", has="GET /call HTTP/1.1")
    guide.settled("/wensleydale/x?y=%20z", HOST, start="wensleydale-", has="GET /x?y=%20z HTTP/1.1")
    assert guide.get("/brie", HOST).status == 404


def test_the_longest_rule_wins_until_priorities_are_given(guide: Walkthrough) -> None:
    path = "/cheddar/wensleydale/xxx"
    guide.apply("ingress-04-default-priority")
    guide.settled(path, HOST, start="wensleydale-", has=": GET /xxx HTTP/1.1\n")
    guide.apply("ingress-04-set-priority")
    guide.settled(path, HOST, start="cheddar-", has=": GET /wensleydale/xxx HTTP/1.1\n")


def test_weights_share_and_pods_that_go_are_asked_no_more(guide: Walkthrough) -> None:
    guide.apply("ingress-05-weights")
    guide.settled("/", HOST)
    assert guide.shares("/", HOST, count=40) == {"cheddar": 30, "wensleydale": 10}
    guide.kubectl("scale", "deployment", "wensleydale", "--replicas=0")
    guide.settled("/", HOST, start="cheddar-")
    guide.shared("/", HOST, wanted={"cheddar": 40})
