"""A real API server takes every object of deploy/, whichever way it is installed, and its rights suffice."""

import re
from collections.abc import Iterator

import pytest

from support.cluster.control_plane import ControlPlane
from support.deployed import CHART, DEPLOY, chart, kustomized, plain
from support.dry_run import DryRun, Object, objects
from support.manifests import ingress, service
from support.running import Running
from support.upstream import Upstream
from support.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(120)]
MOST = (
    "--set=autoscaling.create=true,networkPolicy.create=true,ingressClass.default=true,ports.http.nodePort=30080",
    "--set=kubernetes.namespaces={default,kube-system},kubernetes.ingressClass=edge,service.type=NodePort",
    "--set=lowPorts=capability,nodeSelector.disk=ssd,tolerations[0].operator=Exists,priorityClassName=",
)


def everything() -> Iterator[Object]:
    yield from plain("common", "deployment", "daemonset", "networkpolicy")
    for overlay in sorted((DEPLOY / "kustomize" / "overlays").iterdir()):
        yield from kustomized(overlay)
    yield from chart()
    yield from chart(*MOST)
    yield from chart("--set=kind=DaemonSet,ports.http.hostPort=80")
    for example in sorted((DEPLOY / "examples").glob("*.yaml")):
        yield from objects(example.read_text())


def test_every_object_is_accepted(cluster: ControlPlane) -> None:
    assert CHART.is_dir()
    server, seen = DryRun(cluster.api), 0
    for thing in everything():
        server.applied(thing)
        seen += 1
    assert seen > 90


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream("pod") as made:
        yield made


def test_the_rights_of_the_service_account_suffice(cluster: ControlPlane, upstream: Upstream) -> None:
    api = cluster.api
    if not api.exists("/api/v1/namespaces/pointsman"):
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "pointsman"}})
    for thing in plain("common"):
        if thing["kind"] not in ("Namespace", "ConfigMap", "Service"):
            api.create(thing)
    port = [{"port": upstream.port}]
    api.create(service("default", type="ExternalName", externalName="127.0.0.1", ports=port, clusterIP=None))
    routed = ingress("default", "one", "rights.test")
    routed["spec"]["ingressClassName"] = "pointsman"
    routed["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"]["number"] = upstream.port
    api.create(routed)
    flags = (
        "--kubernetes",
        f"--kubernetes.endpoint={cluster.url}",
        f"--kubernetes.token={api.account_token('pointsman', 'pointsman')}",
        f"--kubernetes.certauthfilepath={cluster.ca}",
        "--kubernetes.ingressEndpoint.ip=192.0.2.1",
    )
    with Running(*flags, env={"POD_NAMESPACE": "pointsman"}) as running:
        running.ready()
        running.served("/", "rights.test", start="pod")
        place = f"{api.collection(routed)}/one"
        until(lambda: "192.0.2.1" in api.http.get(place).text, what="the status of the Ingress")
        leases = "/apis/coordination.k8s.io/v1/namespaces/pointsman/leases"
        assert api.http.get(f"{leases}/pointsman").json()["spec"]["holderIdentity"]
        broken = ingress("default", "broken", "broken.test")
        broken["metadata"]["annotations"] = {"ingress.kubernetes.io/whitelist-source-range": "nonsense"}
        broken["spec"]["ingressClassName"] = "pointsman"
        api.create(broken)
        events = "/api/v1/namespaces/default/events"
        until(lambda: "whitelist" in api.http.get(events).text.lower(), what="an Event")
        assert running.stop() == 0
        told = running.told()
    assert not re.search("forbidden|may not be", told, re.IGNORECASE), told
