"""Two replicas on a real API server: Ingress status and Events are written, by one of them, with few permissions."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from support.cluster.control_plane import ControlPlane
from support.manifests import account, ingress, service
from support.running import Running
from support.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(120)]
WRITES = [
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses/status"], "verbs": ["update"]},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
    {
        "apiGroups": ["coordination.k8s.io"],
        "resources": ["leases"],
        "resourceNames": ["pointsman"],
        "verbs": ["get", "update"],
    },
    {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
]
READS = [
    {"apiGroups": [""], "resources": ["services", "endpoints", "secrets"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list", "watch"]},
]


def token(plane: ControlPlane, namespace: str, rules: list[dict[str, Any]]) -> str:
    """Of a service account with these rights."""
    for manifest in account(namespace, "proxy", rules):
        plane.api.create(manifest)
    return plane.api.account_token(namespace, "proxy")


@contextlib.contextmanager
def replicas(
    plane: ControlPlane, namespace: str, rules: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Running, Running]]:
    """Two of them, as pods of that namespace would be."""
    monkeypatch.setenv("POD_NAMESPACE", namespace)
    flags = (
        "--kubernetes",
        f"--kubernetes.endpoint={plane.url}",
        f"--kubernetes.token={token(plane, namespace, rules)}",
        f"--kubernetes.certauthfilepath={plane.ca}",
        f"--kubernetes.namespaces={namespace}",
        "--kubernetes.ingressendpoint.ip=192.0.2.7",
        "--loglevel=INFO",
    )
    with Running(*flags) as first, Running(*flags) as second:
        first.ready()
        second.ready()
        yield first, second


def address(plane: ControlPlane, path: str) -> object:
    found = plane.api.http.get(path).json()
    return found.get("status", {}).get("loadBalancer", {}).get("ingress")


def messages(plane: ControlPlane, namespace: str) -> list[str]:
    """Of the Events on the Ingress `one`."""
    query = {"fieldSelector": "involvedObject.name=one,involvedObject.kind=Ingress"}
    found = plane.api.http.get(f"/api/v1/namespaces/{namespace}/events", params=query).json()["items"]
    assert all(event["involvedObject"]["uid"] for event in found)
    return [event["message"] for event in found]


def test_status_and_events_are_written_by_one_replica_and_then_by_the_other(
    cluster: ControlPlane, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.api.create(service(namespace))
    one = ingress(namespace, "one", "one.test")
    one["metadata"]["annotations"] = {"traefik.ingress.kubernetes.io/rule-type": "Paht"}
    cluster.api.create(one)
    cluster.api.create(ingress(namespace, "two", "two.test"))
    collection = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"
    wanted = [{"ip": "192.0.2.7"}]
    with replicas(cluster, namespace, READS + WRITES, monkeypatch) as (first, second):
        until(lambda: address(cluster, f"{collection}/two") == wanted, what="the status")
        until(lambda: messages(cluster, namespace), what="the Event")
        writing = [replica for replica in (first, second) if "writes Ingress status" in replica.told()]
        assert len(writing) == 1
        other = second if writing[0] is first else first
        writing[0].stop()
        cluster.api.create(ingress(namespace, "three", "three.test"))
        until(lambda: "writes Ingress status" in other.told(), what="the other takes over")
        until(lambda: address(cluster, f"{collection}/three") == wanted, what="the status of a new one")
        told = messages(cluster, namespace)
        assert any("Paht" in message for message in told)
        assert len(told) == len(set(told)), "one Event for each Problem"


def test_with_the_permissions_of_1_7_all_is_served_and_what_is_missing_is_told(
    cluster: ControlPlane, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.api.create(ingress(namespace, "one", "one.test"))
    with replicas(cluster, namespace, READS, monkeypatch) as (first, _):
        for told in ("every replica writes", "allow update of ingresses/status", "allow create and patch of events"):
            until(lambda told=told: told in first.told(), what=told)  # type: ignore[misc]
        assert first.admin("/ready").status == 200
