"""What the text of a manifest may look like, and what of it survives."""

import json

import pytest
import yaml

from pointsman.migrate import Fault, Options, Outcome, Result, migrate

SPEC = "spec: {backend: {serviceName: a, servicePort: 80}}\n"
NEW_SPEC = "spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}\n"
HEAD = "apiVersion: extensions/v1beta1\nkind: Ingress\n"
NEW_HEAD = "apiVersion: networking.k8s.io/v1\nkind: Ingress\n"


def done(text: str) -> Result:
    return migrate(text, Options())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("\ufeff", "\ufeff"),
        ("--- # first\n", "--- # first\n"),
        ("# a comment\n\n", "# a comment\n\n"),
        ("a: 1\n...\n---\n", "a: 1\n...\n---\n"),
        ("a: 1\n... # the end\n# a comment\n---\n", "a: 1\n... # the end\n# a comment\n---\n"),
    ],
    ids=["nothing", "byte-order mark", "comment", "comments", "dots", "comment after dots"],
)
def test_what_surrounds_a_document_stays(before: str, after: str) -> None:
    assert done(f"{before}{HEAD}{SPEC}").text == f"{after}{NEW_HEAD}{NEW_SPEC}"


def test_documents_are_told_apart_by_their_lines() -> None:
    text = f"# top\n{HEAD}{SPEC}---\n# no content\n---\n{HEAD}{SPEC}...\n# after\n---\n{NEW_HEAD}{NEW_SPEC}"
    result = done(text)
    assert [(one.line, one.outcome) for one in result.objects] == [
        (1, Outcome.CHANGED),
        (7, Outcome.CHANGED),
        (13, Outcome.SAME),
    ]
    assert result.text.count(NEW_HEAD) == 3
    assert "...\n# after\n---\n" in result.text


def test_items_of_a_list_are_told_by_their_own_lines() -> None:
    item = "- apiVersion: extensions/v1beta1\n  kind: Ingress\n  " + SPEC
    text = f"# top\napiVersion: v1\nkind: List\nitems:\n{item}- kind: List\n  items: [{{kind: A}}, {{kind: B}}]\n{item}"
    assert [one.line for one in done(text).objects] == [5, 9, 9, 10]
    assert [one.line for one in done(f"a: 1\n---\n{text}").objects] == [7, 11, 11, 12]


def test_content_on_the_line_of_a_separator() -> None:
    line = '--- {apiVersion: extensions/v1beta1, kind: Ingress, spec: {backend: {serviceName: a, servicePort: "80"}}}\n'
    new = "--- {apiVersion: networking.k8s.io/v1, kind: Ingress, " + NEW_SPEC.strip() + "}\n"
    assert done(f"a: 1\n{line}{line}").text == f"a: 1\n{new}{new}"


def test_separators_inside_of_a_text_are_none() -> None:
    inside = "metadata:\n  annotations:\n    a: |\n      ---\n      kind: x\n    b: |+\n      ...\n\n"
    assert done(f"{HEAD}{inside}{SPEC}").text == f"{NEW_HEAD}{inside}{NEW_SPEC}"


def test_line_ends_of_windows_stay() -> None:
    text = f"{HEAD}metadata:\n  annotations: # c\n    a: |\n      b\n      c\n{SPEC}"
    made = done(text.replace("\n", "\r\n")).text
    assert made.count("\r\n") == made.count("\n") == 8
    assert made.replace("\r\n", "\n") == text.replace(HEAD, NEW_HEAD).replace(SPEC, NEW_SPEC)


def test_a_missing_last_line_end_stays_missing() -> None:
    assert done(f"{HEAD}{SPEC}".rstrip()).text == f"{NEW_HEAD}{NEW_SPEC}".rstrip()


@pytest.mark.parametrize(
    "annotations",
    [
        "a: yes, b: 0755, c: 0o17, d: 1_000, e: 12:30:45, f: 2020-01-01, h: NO, i: 1e3, k: .inf, l: 'it''s'",
        'm: "\\u00e9", n: é, o: !!str 12, p: "a b", q: [1, {a: 1}, [{b: 2}]], r: {}, s: []',
        f"long: {'word ' * 300}end",
    ],
    ids=["words that look like values", "quotes and kinds", "a long line"],
)
def test_values_mean_what_they_meant(annotations: str) -> None:
    text = f"{HEAD}metadata: {{annotations: {{{annotations}}}}}\n{SPEC}"
    made = done(text).text
    assert yaml.safe_load(made)["metadata"] == yaml.safe_load(text)["metadata"]
    assert done(text).objects[0].outcome is Outcome.CHANGED
    if "\\u" not in annotations:
        assert made == text.replace(HEAD, NEW_HEAD).replace(SPEC, NEW_SPEC)


@pytest.mark.parametrize("indent", [None, 2, 4, "\t"])
def test_json_stays_json(indent: int | str | None) -> None:
    thing = {"apiVersion": "extensions/v1beta1", "kind": "Ingress", "metadata": {"name": "é"}, **yaml.safe_load(SPEC)}
    made = done(json.dumps(thing, indent=indent, ensure_ascii=False)).text
    new = {**thing, "apiVersion": "networking.k8s.io/v1", **yaml.safe_load(NEW_SPEC)}
    assert made == json.dumps(new, indent=indent, ensure_ascii=False)


@pytest.mark.parametrize(
    "neighbour",
    [
        "  template: {metadata: {labels: {app: a}}}\n",
        "  template:\n    metadata:\n      labels:\n        app: a\n",
        "  template: {metadata: {labels: {app: a}}}\n  others:\n  - a\n  - b\n",
        "  template: {metadata: {labels: {app: a}}}\n  others:\n  - a\n  - b # both\n",
    ],
    ids=["on one line", "on several", "a list", "a list with a comment"],
)
def test_comments_around_what_is_dropped_stay(neighbour: str) -> None:
    text = (
        "apiVersion: apps/v1beta1\nkind: Deployment\nspec:\n"
        "  # Before.\n  rollbackTo: {revision: 1} # dropped\n  # How many.\n  replicas: 2\n"
        f"  selector: {{matchLabels: {{app: a}}}}\n{neighbour}"
        "  # Last.\n  templateGeneration: 4 # dropped\n  # Last of spec.\n# End.\n"
    )
    made = done(text).text
    kept = [line for line in text.splitlines() if "dropped" not in line]
    assert made.splitlines() == [line.replace("apps/v1beta1", "apps/v1") for line in kept]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a: [1", "did not find expected", 2),
        ("a: 1\na: 2\n", "given twice", 2),
        ("a: 1\nb: *none\n", "unknown or recursive alias", 2),
        ("a: &a [*a]\n", "unknown or recursive alias", 1),
        ("a: !!python/object:os.system x\n", "is not allowed", 1),
        ("[" * 200, "nested deeper", 1),
        ("a: \x00\n", "", 0),
        ("%YAML 1.1\n---\na: 1\n---\nb: 1\n", "directives", 0),
        ("{{ if .Values.on }}\nkind: Ingress\n{{ end }}\n", "is a template", 1),
        ("kind: Ingress\nmetadata:\n  name: {{ .Release.Name }}\n", "is a template", 3),
    ],
)
def test_what_cannot_be_read_is_a_fault_with_its_place(text: str, message: str, line: int) -> None:
    with pytest.raises(Fault) as caught:
        done(text)
    assert message in caught.value.message
    assert line in (0, caught.value.line)
    if "template" in message:
        assert "helm template" in caught.value.remedy


def test_an_alias_bomb_is_refused_before_it_costs_anything() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9))
    with pytest.raises(Fault, match="aliases counted"):
        done(f"l0: &l0 [a, b]\n{levels}")


def test_merge_keys_that_would_lose_their_meaning_are_refused_whole() -> None:
    text = f"base: &base {{serviceName: a, servicePort: 80}}\n{HEAD}spec:\n  backend:\n    <<: *base\n"
    result = done(text)
    assert result.text == text
    assert result.objects[0].outcome is Outcome.NOT_SUPPORTED
    assert "anchors" in result.objects[0].remedy


@pytest.mark.parametrize(
    "thing",
    [
        "spec: []",
        "spec: {rules: {}}",
        "spec: {rules: [1, null, {http: 1}]}",
        "spec: {rules: [{http: {paths: [1, {backend: 2}]}}]}",
        "spec: {rules: [{host: 1, http: {paths: [{backend: {serviceName: a, servicePort: 1}}]}}]}",
        "spec: {backend: {serviceName: [a], servicePort: {b: c}}}",
        "spec: {backend: {serviceName: a, servicePort: true}}",
        "metadata: 1\nspec: 2",
        "metadata: {annotations: 7, name: [x]}\nspec: {backend: {serviceName: a, servicePort: 1}, tls: [{hosts: [1]}]}",
        "spec: {tls: 3, rules: [{host: [a], http: {paths: [{path: {a: b}, backend: {serviceName: a}}]}}]}",
        "spec: {tls: [{hosts: 3, secretName: [x]}], backend: {serviceName: a, servicePort: 1}}",
        "metadata: {annotations: [x]}\nspec: {ingressClassName: {}, backend: {serviceName: a, servicePort: 1}}",
    ],
)
@pytest.mark.parametrize("kind", ["Ingress", "Deployment", "ClusterRole", "RoleBinding", "PodDisruptionBudget"])
def test_wrong_types_are_told_never_raised(kind: str, thing: str) -> None:
    versions = {"ClusterRole": "rbac.authorization.k8s.io/v1beta1", "RoleBinding": "rbac.authorization.k8s.io/v1alpha1"}
    versions["PodDisruptionBudget"] = "policy/v1beta1"
    text = f"apiVersion: {versions.get(kind, 'extensions/v1beta1')}\nkind: {kind}\n{thing}\n"
    result = done(text)
    assert len(result.objects) == 1
    if result.objects[0].outcome is not Outcome.CHANGED:
        assert result.text == text
