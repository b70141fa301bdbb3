"""The product on a real API server: flags in, requests out, through outages and kills."""

import os
import signal
from collections.abc import Iterator

import pytest

from support.cluster.control_plane import ControlPlane
from support.cluster.hand import Hand
from support.looping import Looping
from support.manifests import ingress, service
from support.running import Running
from support.upstream import Upstream
from support.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(120)]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream("pod") as made:
        yield made


def flags(plane: ControlPlane, namespace: str) -> tuple[str, ...]:
    return (
        "--kubernetes",
        f"--kubernetes.endpoint={plane.url}",
        f"--kubernetes.token={plane.token}",
        f"--kubernetes.certauthfilepath={plane.ca}",
        f"--kubernetes.namespaces={namespace}",
    )


def outside(namespace: str, upstream: Upstream) -> dict[str, object]:
    """A service that leads to a server on this machine, where pods have no addresses."""
    port = [{"port": upstream.port}]
    return service(namespace, type="ExternalName", externalName="127.0.0.1", ports=port, clusterIP=None)


def routed(namespace: str, name: str, upstream: Upstream) -> dict[str, object]:
    made = ingress(namespace, name, f"{name}.test")
    made["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"]["number"] = upstream.port
    return made


def test_an_ingress_is_served_from_its_creation_to_its_end(
    cluster: ControlPlane, namespace: str, upstream: Upstream
) -> None:
    with Running(*flags(cluster, namespace)) as running:
        running.ready()
        assert running.get("/", "one.test").status == 404
        one = routed(namespace, "one", upstream)
        cluster.api.create(one)
        running.served("/", "one.test", status=404)
        cluster.api.create(outside(namespace, upstream))
        running.served("/", "one.test", start="pod")
        foreign = routed(namespace, "foreign", upstream)
        foreign["metadata"]["annotations"] = {"kubernetes.io/ingress.class": "nginx"}
        cluster.api.create(foreign)
        url = "/api/v2/explain?url=http%3A%2F%2Fforeign.test%2F"
        until(lambda: f"Ingress {namespace}/foreign" in running.admin(url).text, what="explain names it")
        assert "its class is nginx" in running.admin(url).text
        cluster.api.delete(one)
        running.served("/", "one.test", status=404)


def test_an_outage_of_the_api_server_costs_no_request(
    cluster: ControlPlane, hand: Hand, namespace: str, upstream: Upstream
) -> None:
    cluster.api.create(outside(namespace, upstream))
    cluster.api.create(routed(namespace, "one", upstream))
    with Running(*flags(cluster, namespace)) as running:
        running.ready()
        with Looping(running.port(), "/", "one.test") as clients:
            cluster.stop_apiserver()
            until(lambda: "API server: cannot be watched" in running.told(), what="the outage is told")
            old = running.child("controller")
            os.kill(old, signal.SIGKILL)
            until(lambda: running.child("controller") != old, what="a new controller")
            seen = clients.total
            until(lambda: clients.total > seen + 50, what="clients go on")
            assert running.admin("/ready").status == 200
            cluster.start_apiserver()
            cluster.api.create(routed(namespace, "two", upstream))
            running.served("/", "two.test", start="pod")
        assert clients.failures == []
        assert clients.bad() == {}


def test_started_before_the_api_server_it_is_not_ready_before_it(
    cluster: ControlPlane, hand: Hand, namespace: str, upstream: Upstream
) -> None:
    cluster.api.create(outside(namespace, upstream))
    cluster.api.create(routed(namespace, "one", upstream))
    cluster.stop_apiserver()
    with Running(*flags(cluster, namespace)) as running:
        until(lambda: "nothing is served from Kubernetes yet" in running.told(), what="the outage is told")
        assert running.admin("/ready").status == 503
        assert running.admin("/ping").status == 200
        cluster.start_apiserver()
        running.ready()
        assert running.get("/", "one.test").text.startswith("pod")


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        (
            "--kubernetes.certAuthFilePath=/none.pem",
            "kubernetes.certAuthFilePath: cannot read certificates from /none.pem",
        ),
        ("--kubernetes.labelSelector=a b", "kubernetes.labelSelector"),
        ("--kubernetes.kubeconfig=/none", "kubernetes.kubeconfig: cannot read /none"),
    ],
)
def test_options_that_cannot_work_are_told_by_name(flag: str, told: str) -> None:
    with Running("--kubernetes.endpoint=https://127.0.0.1:1", flag) as running:
        until(lambda: told in running.told(), what=told)
        assert "Traceback" not in running.told()
        assert running.admin("/ready").status == 503
