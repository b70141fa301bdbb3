"""Manifest texts to objects."""

import json

import pytest

from pointsman.providers.kubernetes.objects import Ingress, IngressClass, Secret, Service
from pointsman.providers.manifests.documents import TextError, parse

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n"


def faults(text: str, is_json: bool = False) -> list[str]:
    return [one.fault for one in parse(text.encode(), is_json) if one.object is None]


def test_kinds_versions_lines_and_the_default_namespace() -> None:
    text = f"""# first
{SERVICE}---
kind: Deployment
apiVersion: apps/v1
metadata: {{name: other}}
---
kind: ConfigMap
anything: [goes]
---
apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata: {{name: i, namespace: n, creationTimestamp: 2020-01-01T00:00:00Z}}
spec: {{rules: [{{http: {{paths: [{{path: /p, backend: {{serviceName: s, servicePort: 80}}}}]}}}}]}}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: c, namespace: ignored}}
"""
    found = parse(text.encode(), False)
    assert [one.key for one in found] == [
        ("Service", "default", "s"),
        ("Ingress", "n", "i"),
        ("IngressClass", "", "c"),
    ]
    assert [one.line for one in found] == [2, 14, 19]
    assert [type(one.object) for one in found] == [Service, Ingress, IngressClass]
    assert found[1].object.created == "2020-01-01T00:00:00Z"  # type: ignore[union-attr]


def test_lists() -> None:
    items = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}} for name in "ab"]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*items, {"kind": "List", "items": items[:1]}]})
    assert [one.name for one in parse(text.encode(), True)] == ["a", "b", "a"]
    bare = [{"metadata": {"name": name}} for name in "ab"]
    text = json.dumps({"apiVersion": "v1", "kind": "ServiceList", "items": bare})
    assert [one.key for one in parse(text.encode(), True)] == [
        ("Service", "default", "a"),
        ("Service", "default", "b"),
    ]


def test_plain_text_of_a_secret() -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {a: YQ==, b: Yg==}\nstringData: {b: other}\n"
    secret = parse(text.encode(), False)[0].object
    assert isinstance(secret, Secret)
    assert (secret.get("a"), secret.get("b")) == (b"a", b"other")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("just: a map", "no kind"),
        ("- a list", "no kind"),
        ("kind: Service\napiVersion: v1", "no metadata.name"),
        ("kind: Service\napiVersion: v1\nmetadata: {generateName: x-}", "no metadata.name"),
        ("kind: Service\napiVersion: v1\nmetadata: {name: x, namespace: yes}", "isn't text"),
        ("kind: Ingress\napiVersion: networking.k8s.io/v2\nmetadata: {name: x}", "unknown apiVersion"),
        (
            "kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: x, annotations: {a: true}}",
            "wrong type: Expected `str`, got `bool`",
        ),
        ("kind: Service\napiVersion: v1\nmetadata: {name: x}\nspec: {ports: [{port: '80'}]}", "wrong type"),
        ("kind: Secret\napiVersion: v1\nmetadata: {name: x}\nstringData: {a: 1}", "text only"),
    ],
)
def test_what_is_wrong_with_one_object(text: str, said: str) -> None:
    assert len(faults(text)) == 1
    assert said in faults(text)[0]
    assert faults(f"{text}\n---\n{SERVICE}") == faults(text)


@pytest.mark.parametrize(
    ("content", "is_json", "line"),
    [
        (b"a: [\n", False, 2),
        (b"a: 1\nb: \xff\n", False, 2),
        (b"a: !!python/object:x.y {}", False, 1),
        (b'{\n"a": }', True, 2),
        (b'{"a": 1, "a": 2}', True, 0),
        (b'{"a": "\\ud800"}', True, 0),
        (b"[" * 100_000, True, 0),
        (b'{"kind": "List", "items": [' * 900 + b"]}" * 900, True, 0),
    ],
)
def test_texts_that_cannot_be_read(content: bytes, is_json: bool, line: int) -> None:
    with pytest.raises(TextError) as caught:
        parse(content, is_json)
    assert caught.value.line == line
