"""Migrations of whatever: twice is once, comments stay, what no rule is about means the same, nothing is raised."""

import contextlib
import random
from typing import Any

import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pointsman.migrate import Fault, Options, Outcome, migrate

NAMES = st.from_regex(r"[a-z]([-a-z0-9]{0,10}[a-z0-9])?", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff"))
KEYS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters="{"), min_size=1, max_size=12
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXTS
MAPS = st.deferred(lambda: st.dictionaries(KEYS, VALUES, max_size=3))
VALUES = SCALARS | MAPS | st.lists(SCALARS | MAPS, max_size=3)
"""No list directly in a list: manifests have none, and comments between their dashes are not kept."""
BACKENDS = st.fixed_dictionaries({"serviceName": NAMES, "servicePort": st.integers(1, 65535) | NAMES})
PATHS = st.fixed_dictionaries({"backend": BACKENDS}, optional={"path": NAMES.map("/".__add__)})
RULES = st.fixed_dictionaries(
    {"http": st.fixed_dictionaries({"paths": st.lists(PATHS, min_size=1, max_size=3)})},
    optional={"host": NAMES.map("{}.test".format)},
)
METADATA = st.fixed_dictionaries(
    {"name": NAMES}, optional={"annotations": st.dictionaries(KEYS, VALUES, max_size=4), "labels": VALUES}
)
INGRESSES = st.builds(
    lambda meta, rules, others: {
        "apiVersion": "extensions/v1beta1",
        "kind": "Ingress",
        "metadata": meta,
        "spec": {**others, "rules": rules},
    },
    METADATA,
    st.lists(RULES, min_size=1, max_size=3),
    st.fixed_dictionaries({}, optional={"backend": BACKENDS, "unheard": VALUES}),
)
STRANGERS = st.builds(
    lambda kind, meta, value: {"apiVersion": "example.com/v1", "kind": kind, "metadata": meta, "spec": value},
    st.sampled_from(["Ingress", "Deployment", "Cheese"]),
    METADATA,
    VALUES,
)


def written(things: list[dict[str, Any]], flow: bool | None, indent: int, seed: int) -> tuple[str, list[str]]:
    """The objects as YAML with comment lines between its lines, and those comments."""
    text = yaml.safe_dump_all(
        things, default_flow_style=flow, indent=indent, width=1 << 20, allow_unicode=True, sort_keys=False
    )
    chance, lines, comments = random.Random(seed), list[str](), list[str]()
    for line in text.splitlines(keepends=True):
        if not flow and chance.random() < 0.3:
            comments.append(f"# {len(comments)}.")
            lines.append(" " * (len(line) - len(line.lstrip(" -"))) + comments[-1] + "\n")
        lines.append(line)
    return "".join(lines), comments


def modern(thing: dict[str, Any]) -> dict[str, Any]:
    """What an Ingress should become, said once more."""

    def backend(old: dict[str, Any]) -> dict[str, Any]:
        port = old["servicePort"]
        return {"service": {"name": old["serviceName"], "port": {"number" if isinstance(port, int) else "name": port}}}

    spec = {name: value for name, value in thing["spec"].items() if name != "backend"}
    if "backend" in thing["spec"]:
        spec["defaultBackend"] = backend(thing["spec"]["backend"])
    spec["rules"] = [
        {
            **rule,
            "http": {
                "paths": [
                    {**path, "pathType": "ImplementationSpecific", "backend": backend(path["backend"])}
                    for path in rule["http"]["paths"]
                ]
            },
        }
        for rule in thing["spec"]["rules"]
    ]
    return {**thing, "apiVersion": "networking.k8s.io/v1", "spec": spec}


@settings(max_examples=100, deadline=None, derandomize=True, phases=[Phase.generate])
@given(
    st.lists(INGRESSES | STRANGERS, min_size=1, max_size=3),
    st.sampled_from([None, False, True]),
    st.integers(2, 4),
    st.integers(),
)
def test_only_what_the_rules_say(things: list[dict[str, Any]], flow: bool | None, indent: int, seed: int) -> None:
    text, comments = written(things, flow, indent, seed)
    result = migrate(text, Options())
    assert len(result.objects) == len(things)
    wanted = [
        modern(thing) if one.outcome is Outcome.CHANGED else thing
        for thing, one in zip(things, result.objects, strict=True)
    ]
    assert list(yaml.safe_load_all(result.text)) == wanted
    assert [line.strip() for line in result.text.splitlines() if line.strip() in comments] == comments
    again = migrate(result.text, Options())
    assert again.text == result.text
    assert not [one for one in again.objects if one.outcome is Outcome.CHANGED]
    for thing, one in zip(things, result.objects, strict=True):
        assert (one.outcome is Outcome.SAME) == (thing["apiVersion"] == "example.com/v1"), one


KINDS = st.sampled_from([
    ("Ingress", "extensions/v1beta1"), ("Deployment", "apps/v1beta1"), ("DaemonSet", "extensions/v1beta1"),
    ("ClusterRole", "rbac.authorization.k8s.io/v1beta1"), ("RoleBinding", "rbac.authorization.k8s.io/v1alpha1"),
    ("PodDisruptionBudget", "policy/v1beta1"), ("Pod", "v1"), ("CronJob", "batch/v1beta1"), ("List", "v1"),
])  # fmt: skip
WORDS = st.sampled_from(
    """
    spec rules host http paths path backend serviceName servicePort tls hosts template metadata labels selector
    matchLabels containers image command traefik roleRef subjects kind apiVersion apiGroups resources verbs items
    """.split()  # noqa: SIM905 – a list would take a page
)
SHAPES = st.recursive(
    SCALARS | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4)
)


def told_never_raised(thing: dict[str, Any]) -> None:
    text = yaml.safe_dump(thing, allow_unicode=True)
    result = migrate(text, Options())
    assert migrate(result.text, Options()).text == result.text
    if not any(one.outcome is Outcome.CHANGED for one in result.objects):
        assert result.text == text


CONTAINERS = st.fixed_dictionaries(
    {"image": st.just("traefik:1.7") | SHAPES},
    optional={
        "command": st.just(["traefik"]) | SHAPES,
        "ports": st.lists(st.dictionaries(st.just("containerPort"), st.just(80) | SHAPES), max_size=2) | SHAPES,
        "securityContext": st.dictionaries(st.just("runAsUser"), SHAPES) | SHAPES,
    },
)
CONTEXTS = st.fixed_dictionaries({}, optional={"runAsUser": SHAPES, "sysctls": SHAPES})
PODS = st.fixed_dictionaries(
    {"containers": st.lists(CONTAINERS, max_size=2) | SHAPES},
    optional={"initContainers": SHAPES, "securityContext": CONTEXTS | SHAPES, "hostNetwork": SHAPES},
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(PODS)
def test_pods_of_any_shape_are_told_never_raised(spec: dict[str, Any]) -> None:
    told_never_raised({"apiVersion": "v1", "kind": "Pod", "spec": spec})


@settings(max_examples=150, deadline=None, derandomize=True)
@given(KINDS, st.dictionaries(WORDS, SHAPES, max_size=4))
def test_objects_of_any_shape_are_told_never_raised(kind: tuple[str, str], fields: dict[str, Any]) -> None:
    told_never_raised({**fields, "kind": kind[0], "apiVersion": kind[1]})


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("-.:{}[]&*!|>'\"%@#?, \t\n\r\ufeffabkind1\x00\u2028\x85")))
def test_texts_of_any_kind_are_a_fault_or_stay(text: str) -> None:
    with contextlib.suppress(Fault):
        assert migrate(text, Options()).text == text
