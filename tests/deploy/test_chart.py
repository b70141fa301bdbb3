"""The Helm chart: it means what the plain manifests mean, and each value does what its page says."""

import re
from typing import Any

import pytest
import yaml

from support.charts.program import called, rendered
from support.deployed import CHART, DEPLOY, chart, kustomized, meaning, named, plain, workloads

PAGE = (CHART / "README.md").read_text()


def pod(*arguments: str) -> dict[str, Any]:
    (found,) = workloads(chart(*arguments))
    spec: dict[str, Any] = found["spec"]["template"]["spec"]
    return spec


def test_lint_has_nothing_to_say() -> None:
    done = called("helm", "lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout
    assert "ERROR" not in done.stdout


@pytest.mark.parametrize(
    ("folder", "arguments"),
    [
        ("deployment", ()),
        ("daemonset", ("--set", "kind=DaemonSet,ports.http.hostPort=80,topologySpread=false")),
    ],
)
def test_it_means_what_the_manifests_mean(folder: str, arguments: tuple[str, ...]) -> None:
    wanted, made = named(plain("common", folder)), named(chart(*arguments))
    wanted.pop(("Namespace", "pointsman"))
    if folder == "daemonset":
        made.pop(("Service", "pointsman"))  # The host ports are the way in.
    assert sorted(made) == sorted(wanted)
    for name, thing in wanted.items():
        assert meaning(made[name]) == meaning(thing), name


def test_the_base_is_the_manifests() -> None:
    assert named(kustomized(DEPLOY / "kustomize" / "base")) == named(plain("common", "deployment"))


def test_the_network_policy_is_the_example() -> None:
    made = named(chart("--set", "networkPolicy.create=true"))["NetworkPolicy", "pointsman"]
    (wanted,) = plain("networkpolicy")
    assert meaning(made) == meaning(wanted)


@pytest.mark.parametrize(
    "setting",
    [
        "nonsense=1",
        "image.tagg=1",
        "kind=StatefulSet",
        "replicas=two",
        "lowPorts=yes",
        "ports.admin.port=1,ports.admin.containerPort=1",
        "ports.http.port=0",
        "service.type=ExternalName",
        "kubernetes.namespaces={Upper}",
        "ports.http.name=x",
        "terminationGracePeriodSeconds=0",
    ],
)
def test_wrong_values_are_refused(setting: str) -> None:
    done = called("helm", "template", "pointsman", str(CHART), "--set", setting)
    assert done.returncode != 0
    assert "schema" in done.stderr


def test_namespaces_get_roles_and_nothing_is_cluster_wide_but_classes() -> None:
    made = chart("--set", "kubernetes.namespaces={shop,blog}")
    (cluster,) = [thing for thing in made if thing["kind"] == "ClusterRole"]
    assert [rule["resources"] for rule in cluster["rules"]] == [["ingressclasses"]]
    where = sorted(thing["metadata"]["namespace"] for thing in made if thing["kind"] == "Role")
    assert where == ["blog", "pointsman", "shop"]
    bound = [thing for thing in made if thing["kind"] in ("RoleBinding", "ClusterRoleBinding")]
    assert len(bound) == 4
    for binding in bound:
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "pointsman", "namespace": "pointsman"}]
    assert (
        "--kubernetes.namespaces=shop,blog"
        in pod("--set", "kubernetes.namespaces={shop,blog}")["containers"][0]["args"]
    )


@pytest.mark.parametrize(
    ("ingress_class", "lease"), [("", "pointsman"), ("edge", "pointsman-edge"), ("Edge_1 x.", "pointsman-edge-1-x")]
)
def test_the_lease_of_a_class_is_the_one_it_may_hold(ingress_class: str, lease: str) -> None:
    made = named(chart("--set", f"kubernetes.ingressClass={ingress_class}"))
    named_rules = [rule for rule in made["Role", "pointsman"]["rules"] if "resourceNames" in rule]
    assert [rule["resourceNames"] for rule in named_rules] == [[lease]]


def test_releases_beside_each_other_do_not_collide() -> None:
    one = chart("--set", "ingressClass.name=a", release="a", namespace="one")
    two = chart("--set", "ingressClass.name=b", release="a", namespace="two")
    wide = [
        {(thing["kind"], thing["metadata"]["name"]) for thing in made if "namespace" not in thing["metadata"]}
        for made in (one, two)
    ]
    assert len(wide[0]) == 3
    assert not wide[0] & wide[1]


def test_everything_that_can_be_added_arrives() -> None:
    settings = [
        "image.repository=r.example.com/p,image.tag=v9,imagePullSecrets[0].name=key,priorityClassName=high",
        "extraArgs={--debug},extraEnv[0].name=A,extraEnv[0].value=b,podLabels.team=edge,podAnnotations.a=b",
        "extraVolumes[0].name=logs,extraVolumes[0].hostPath.path=/var/log/pointsman",
        "extraVolumeMounts[0].name=logs,extraVolumeMounts[0].mountPath=/logs,lowPorts=none",
        "nodeSelector.disk=ssd,tolerations[0].operator=Exists,ports.http.containerPort=8000",
        "autoscaling.create=true,ingressClass.default=true,service.annotations.a=b,service.type=NodePort",
        "ports.http.nodePort=30080,service.loadBalancerSourceRanges={10.0.0.0/8},serviceAccount.annotations.a=b",
    ]
    made = chart(*[word for setting in settings for word in ("--set", setting)])
    (workload,) = workloads(made)
    template = workload["spec"]["template"]
    assert template["metadata"]["labels"]["team"] == "edge"
    assert template["metadata"]["annotations"]["a"] == "b"
    spec = template["spec"]
    assert spec["imagePullSecrets"] == [{"name": "key"}]
    assert spec["nodeSelector"] == {"disk": "ssd"}
    assert "sysctls" not in spec["securityContext"]
    (container,) = spec["containers"]
    assert container["image"] == "r.example.com/p:v9"
    assert container["args"][-1] == "--debug"
    assert {"name": "A", "value": "b"} in container["env"]
    assert {"name": "logs", "mountPath": "/logs"} in container["volumeMounts"]
    assert {"name": "logs", "hostPath": {"path": "/var/log/pointsman"}} in spec["volumes"]
    assert "replicas" not in workload["spec"]
    by_name = named(made)
    assert by_name["HorizontalPodAutoscaler", "pointsman"]["spec"]["scaleTargetRef"]["kind"] == "Deployment"
    assert by_name["Service", "pointsman"]["spec"]["ports"] == [
        {"name": "http", "port": 80, "targetPort": "http", "nodePort": 30080}
    ]
    assert "is-default-class" in str(by_name["IngressClass", "pointsman"])


def test_a_changed_configuration_replaces_the_pods() -> None:
    def mark(*arguments: str) -> object:
        (found,) = workloads(chart(*arguments))
        return found["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

    assert mark() != mark("--set", "config=debug = true")


def test_notes_tell_the_way_in() -> None:
    done = rendered("helm", "install", "pointsman", str(CHART), "--dry-run=client", "--namespace", "edge")
    notes = done.partition("NOTES:")[2]
    assert "kubectl -n edge get service pointsman" in notes
    assert "port-forward service/pointsman-admin 8080" in notes


def _paths(values: dict[str, Any], depth: int = 0) -> list[str]:
    found = []
    for name, value in values.items():
        inner = (
            _paths(value, depth + 1) if isinstance(value, dict) and value and name not in ("resources", "ports") else []
        )
        found += [f"{name}.{rest}" for rest in inner] or [name]
    return found


def test_every_value_is_on_the_page_and_in_the_schema() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    told = set()
    for cell in re.findall(r"^\| (`[^|]+) \|", PAGE, re.MULTILINE):
        words = re.findall(r"`([^`]+)`", cell)
        first = words[0].rpartition(".")[0]
        told |= {f"{first}{word}" if word.startswith(".") else word for word in words}
    missing = [path for path in _paths(values) if path != "ports" and path not in told]
    assert missing == []
