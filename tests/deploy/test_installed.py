"""Installed with kubectl on a cluster whose pods run: ready, routing an example, replaced without a lost request."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest
import yaml

from support.client import get
from support.cluster.cluster import Cluster
from support.deployed import DEPLOY, kustomized, workloads
from support.dry_run import Object
from support.looping import Looping
from support.waiting import until
from support.walkthrough.images import images

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]
PORT, HOST = 30080, "shop.example.com"
"""Of deploy/kustomize/overlays/nodeport, and of the examples."""
PATH = "/dm0/gm/call"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The nodeport overlay, and the two services that deploy/examples/canary.yaml is about."""
    things = kustomized(DEPLOY / "kustomize" / "overlays" / "nodeport")
    (workload,) = workloads(things)
    # This checkout stands for the image, and other users than root may not read it.
    workload["spec"]["template"]["spec"]["securityContext"] = {"runAsUser": 0}
    with Cluster(tmp_path_factory.mktemp("installed"), images()) as cluster:
        apply(cluster, *things)
        apply(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        apply(cluster, server("shop", "demo-gm:v1"), server("shop-next", "demo-gm:v2"))
        rolled_out(cluster, "shop", "shop")
        rolled_out(cluster, "shop", "shop-next")
        rolled_out(cluster, "pointsman", "pointsman")
        yield cluster


def apply(cluster: Cluster, *things: Object) -> None:
    cluster.kubectl("apply", "-f", "-", text=yaml.safe_dump_all(things))


def rolled_out(cluster: Cluster, namespace: str, name: str) -> None:
    cluster.kubectl("-n", namespace, "rollout", "status", f"deployment/{name}", "--timeout=90s")


def server(name: str, image: str) -> Object:
    labels = {"app": name}
    container = {
        "name": "server",
        "image": image,
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container]},
            },
        },
    }


def asked(cluster: Cluster) -> str:
    answer = get(PORT, PATH, HOST, address=cluster.address)
    return f"{answer.status} {answer.text.partition(chr(10))[0]}"


def test_it_routes_an_example_and_is_replaced_without_a_lost_request(installed: Cluster) -> None:
    assert asked(installed).startswith("404 ")
    apply(installed, *yaml.safe_load_all((DEPLOY / "examples" / "canary.yaml").read_text()))
    until(lambda: [asked(installed)[:4] for _ in range(4)] == ["200 "] * 4, what="the example is served")
    shares = Counter(asked(installed) for _ in range(200))
    assert shares.total() == shares["200 gm-v1: game dm0"] + shares["200 gm-v2: game dm0"]
    # Each replica is exact over its own requests, and the node port may not deal them out evenly.
    assert abs(shares["200 gm-v2: game dm0"] - 20) <= 2

    def pods() -> set[str]:
        told = installed.kubectl(
            "-n", "pointsman", "get", "pods", "-l", "app.kubernetes.io/name=pointsman", "-o", "json"
        )
        return {item["metadata"]["name"] for item in json.loads(told)["items"]}

    before = pods()
    with Looping(PORT, PATH, HOST, address=installed.address) as clients:
        installed.kubectl("-n", "pointsman", "rollout", "restart", "deployment/pointsman")
        rolled_out(installed, "pointsman", "pointsman")
        until(lambda: not pods() & before, within=90, what="the old pods are gone")
    assert clients.failures == []
    assert clients.bad() == {}
    assert clients.total > 50


def test_one_replica_holds_the_lease(installed: Cluster) -> None:
    def held() -> bool:
        lease = json.loads(installed.kubectl("-n", "pointsman", "get", "lease", "pointsman", "-o", "json"))
        return bool(lease["spec"]["holderIdentity"].startswith("pointsman-"))

    until(held, within=60, what="a pod holds the Lease")
