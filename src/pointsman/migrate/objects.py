"""Which rule is for which object: one table by kind and API version."""

from collections.abc import Mapping

from pointsman.migrate import autoscaling, images, ingress, rbac, workloads
from pointsman.migrate.model import Node, Options, Rule, Unsupported, mapping

_SERVED = "is no longer served by Kubernetes"


def _plain(version: str) -> Rule:
    """A rule for kinds whose form stayed the same: only the version changes."""

    def rewrite(thing: Node, options: Options) -> list[str]:
        was, thing["apiVersion"] = thing["apiVersion"], version
        return [f"apiVersion {was} to {version}"]

    return rewrite


def _budget(thing: Node, options: Options) -> list[str]:
    selector = mapping(thing, "spec", "selector")
    if selector is not None and not selector:
        message = "its selector {} means no pod to policy/v1beta1 and every pod to policy/v1"
        raise Unsupported(message, "name labels, or remove the object")
    return _plain("policy/v1")(thing, options)


def _gone(remedy: str) -> Rule:
    """A rule for kinds whose successor needs what only their owner knows."""

    def refuse(thing: Node, options: Options) -> list[str]:
        raise Unsupported(f"{thing['kind']} of {thing['apiVersion']} {_SERVED}", remedy)

    return refuse


_OLD_APPS = ("extensions/v1beta1", "apps/v1beta1", "apps/v1beta2")
_OLD_RBAC = (f"{rbac.GROUP}/v1alpha1", f"{rbac.GROUP}/v1beta1")
_TABLE: Mapping[str, Mapping[str, Rule]] = {
    **{
        kind: dict.fromkeys(_OLD_APPS, workloads.rewrite)
        for kind in ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet")
    },
    "Ingress": dict.fromkeys(("extensions/v1beta1", "networking.k8s.io/v1beta1"), ingress.rewrite),
    "IngressClass": {"networking.k8s.io/v1beta1": _plain("networking.k8s.io/v1")},
    "NetworkPolicy": {"extensions/v1beta1": _plain("networking.k8s.io/v1")},
    "PodDisruptionBudget": {"policy/v1beta1": _budget},
    "CronJob": dict.fromkeys(("batch/v1beta1", "batch/v2alpha1"), _plain("batch/v1")),
    "PodSecurityPolicy": dict.fromkeys(
        ("extensions/v1beta1", "policy/v1beta1"), _gone("use Pod Security Admission instead")
    ),
    "HorizontalPodAutoscaler": dict.fromkeys(("autoscaling/v2beta1", "autoscaling/v2beta2"), autoscaling.rewrite),
    "PriorityClass": dict.fromkeys(
        ("scheduling.k8s.io/v1alpha1", "scheduling.k8s.io/v1beta1"), _plain("scheduling.k8s.io/v1")
    ),
    "StorageClass": {"storage.k8s.io/v1beta1": _plain("storage.k8s.io/v1")},
    "Lease": {"coordination.k8s.io/v1beta1": _plain("coordination.k8s.io/v1")},
    "APIService": {"apiregistration.k8s.io/v1beta1": _plain("apiregistration.k8s.io/v1")},
    "CustomResourceDefinition": {
        "apiextensions.k8s.io/v1beta1": _gone(
            "take the definition of a newer version of its product: v1 needs a schema"
        )
    },
    **{
        kind: {
            "admissionregistration.k8s.io/v1beta1": _gone(
                "write it for v1, which wants sideEffects and review versions"
            )
        }
        for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
    },
    "CertificateSigningRequest": {"certificates.k8s.io/v1beta1": _gone("write it for v1, which wants a signerName")},
    **{kind: dict.fromkeys((*_OLD_RBAC, rbac.TO), rbac.role) for kind in ("Role", "ClusterRole")},
    **{kind: dict.fromkeys(_OLD_RBAC, rbac.binding) for kind in ("RoleBinding", "ClusterRoleBinding")},
}
REMOVED = {
    *("extensions/v1beta1", "apps/v1beta1", "apps/v1beta2", "batch/v1beta1", "batch/v2alpha1", "policy/v1beta1"),
    *("autoscaling/v2beta1", "autoscaling/v2beta2", "discovery.k8s.io/v1beta1", "apiextensions.k8s.io/v1beta1"),
    *_OLD_RBAC,
}
"""API versions of which nothing is served any more; of others some kinds are."""
_PODS = {*["Pod", "Deployment", "DaemonSet", "ReplicaSet", "StatefulSet", "ReplicationController", "Job", "CronJob"]}


def rewrite(thing: Node, options: Options) -> list[str]:
    """Rewrites one object in place; says what it changed. Raises Unsupported, the object then being half done."""
    kind, version = thing.get("kind"), thing.get("apiVersion")
    rule = _TABLE.get(kind, {}).get(version) if isinstance(kind, str) and isinstance(version, str) else None
    notes = rule(thing, options) if rule is not None else []
    if rule is None and version in REMOVED:
        raise Unsupported(f"{kind} of {version} {_SERVED}", "write it for an API version of today")
    pod = images.pod_spec(thing) if kind in _PODS else None
    return notes + (images.swap(pod, options) if pod is not None else [])


def old_list(kind: str, version: object) -> bool:
    """Whether a list of this kind (`IngressList`) holds objects that would need a rule."""
    return version in _TABLE.get(kind.removesuffix("List"), {}) and version != rbac.TO


def concerns(thing: Node) -> bool:
    """Whether any rule could touch the object."""
    kind = thing.get("kind")
    return isinstance(kind, str) and (kind in _TABLE or kind in _PODS)
