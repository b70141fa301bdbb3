"""One cluster for all chapters, with Pointsman and its services deployed; every chapter starts without Ingresses."""

from collections.abc import Iterator

import pytest

from support.cluster.cluster import Cluster
from support.cluster.fixture import build_first
from support.cluster.node.settings import Image
from support.walkthrough.images import images
from support.walkthrough.manifests import write_migrated, write_old
from support.walkthrough.walkthrough import ADDRESS, Walkthrough


def pytest_collection_finish(session: pytest.Session) -> None:
    """What takes minutes is built before any test\'s time limit runs."""
    build_first(session, "deployed")


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walkthrough]:
    """A cluster of today with everything of chapter 1, from migrated manifests."""
    directory = tmp_path_factory.mktemp("guide")
    manifests = write_migrated(write_old(directory / "old"), directory / "migrated")
    (directory / "cluster").mkdir()
    shell = Image(entrypoint=("/bin/sh", "-c"))
    with Cluster(directory / "cluster", {**images(), "test-shell:*": shell}) as cluster:
        made = Walkthrough(cluster, manifests)
        made.deploy()
        yield made


@pytest.fixture(scope="session")
def complete(deployed: Walkthrough) -> Walkthrough:
    """The same with what a production Deployment has besides: probes, and an address for `kubectl get ingress`."""
    (_, deployment, _) = deployed.objects("03-deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["args"] += ["--ping", f"--kubernetes.ingressEndpoint.hostname={ADDRESS}"]
    container["readinessProbe"] = {"httpGet": {"path": "/ready", "port": "admin"}, "periodSeconds": 1}
    container["livenessProbe"] = {"httpGet": {"path": "/ping", "port": "admin"}, "timeoutSeconds": 5}
    before = deployed.every_pod()
    deployed.put(deployment)
    deployed.replaced(before)
    return deployed


@pytest.fixture
def operated(complete: Walkthrough) -> Iterator[Walkthrough]:
    """The completed Deployment with the Ingress of chapter 2 alone."""
    complete.clear()
    complete.apply("ingress-02-cheeses")
    complete.settled("/cheddar", "cheeses.minikube", start="cheddar-")
    yield complete
    complete.clear()


@pytest.fixture
def guide(deployed: Walkthrough) -> Iterator[Walkthrough]:
    """The deployed cluster without Ingresses, before and after."""
    yield deployed
    deployed.clear()
