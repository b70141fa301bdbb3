"""Before all chapters: the test cluster's pods live as on a real node."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.waiting import until
from support.walkthrough.walkthrough import Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]


@pytest.fixture
def pod(deployed: Walkthrough) -> Iterator[dict[str, Any]]:
    """A pod's manifest, to be completed; the pod is deleted afterwards."""
    metadata = {"name": "probe", "labels": {"app": "probe"}}
    container = {"name": "main", "image": "test-shell:1", "args": []}
    yield {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
    deployed.kubectl("delete", "pod", "probe", "--ignore-not-found", "--grace-period=0", "--force")
    deployed.kubectl("delete", "configmap", "probe", "--ignore-not-found")


def started(deployed: Walkthrough, pod: dict[str, Any], script: str, **more: Any) -> None:
    pod["spec"]["containers"][0] |= {"args": [script], **more}
    deployed.put(pod)


def told(deployed: Walkthrough, *flags: str) -> str:
    return deployed.kubectl("logs", "probe", *flags)


def test_a_pod_has_a_name_an_address_and_variables_of_its_own(deployed: Walkthrough, pod: dict[str, Any]) -> None:
    address = {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
    started(deployed, pod, "hostname; echo $POD_IP; hostname -I; id -u; sleep 100", env=[address])
    pod["spec"]["securityContext"] = {"runAsUser": 1000}
    lines = until(lambda: told(deployed).split() if len(told(deployed).split()) == 4 else None, what="four lines")
    assert lines is not None
    assert lines[0] == "probe"
    assert lines[1] == lines[2]
    assert told(deployed, "--tail=1").strip() == lines[3]


def test_a_changed_config_map_changes_the_mounted_files(deployed: Walkthrough, pod: dict[str, Any]) -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}, "data": {"word": "one"}}
    deployed.put(config)
    pod["spec"]["volumes"] = [{"name": "config", "configMap": {"name": "probe"}}]
    script = "while sleep 0.1; do cat /config/word; echo; touch /config/new 2>/dev/null && echo writable; done"
    started(deployed, pod, script, volumeMounts=[{"name": "config", "mountPath": "/config"}])
    until(lambda: "one" in told(deployed), what="the first word")
    deployed.put(config | {"data": {"word": "two"}})
    until(lambda: "two" in told(deployed), what="the second word")
    assert "writable" not in told(deployed)


def test_host_paths_are_on_the_nodes_disk(deployed: Walkthrough, pod: dict[str, Any]) -> None:
    pod["spec"]["volumes"] = [{"name": "disk", "hostPath": {"path": "/var/probe"}}]
    started(deployed, pod, "echo here > /disk/file; sleep 100", volumeMounts=[{"name": "disk", "mountPath": "/disk"}])
    file = deployed.cluster.disk / "var" / "probe" / "file"
    until(lambda: file.exists() and file.read_text() == "here\n", what="the file")


def test_probes_decide_on_ready_and_restart(deployed: Walkthrough, pod: dict[str, Any]) -> None:
    probes = {
        "readinessProbe": {"exec": {"command": ["test", "-e", "/tmp/ready"]}},
        "livenessProbe": {
            "exec": {"command": ["test", "!", "-e", "/tmp/dead"]},
            "periodSeconds": 1,
            "failureThreshold": 1,
        },
    }
    pod["spec"]["terminationGracePeriodSeconds"] = 1
    started(deployed, pod, "echo lives; sleep 1; touch /tmp/ready; sleep 2; touch /tmp/dead; sleep 100", **probes)
    deployed.kubectl("wait", "--for=condition=Ready", "pod/probe", "--timeout=30s")
    count = ("get", "pod", "probe", "-o", "jsonpath={.status.containerStatuses[0].restartCount}")
    until(lambda: deployed.kubectl(*count) == "1", what="a restart")
    assert told(deployed, "--previous") == "lives\n"


def test_a_deleted_pod_has_its_grace_period(deployed: Walkthrough, pod: dict[str, Any]) -> None:
    pod["spec"]["volumes"] = [{"name": "disk", "hostPath": {"path": "/var/probe"}}]
    script = "trap 'sleep 1; echo done > /disk/ended; exit 0' TERM; echo up; while :; do sleep 0.1; done"
    started(deployed, pod, script, volumeMounts=[{"name": "disk", "mountPath": "/disk"}])
    until(lambda: "up" in told(deployed), what="the pod")
    deployed.kubectl("delete", "pod", "probe", "--grace-period=20")
    file = deployed.cluster.disk / "var" / "probe" / "ended"
    assert file.read_text() == "done\n"


def test_an_image_that_nobody_knows_is_told(deployed: Walkthrough, pod: dict[str, Any]) -> None:
    pod["spec"]["containers"][0]["image"] = "brie:1"
    started(deployed, pod, "true")
    path = "jsonpath={.status.containerStatuses[0].state.waiting.reason}"
    until(lambda: deployed.kubectl("get", "pod", "probe", "-o", path) == "ErrImagePull", what="the reason")
