"""Which key gives an annotation, and that annotations can do nothing but what they are for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.providers.kubernetes.annotations import KINDS, TABLE, Kind, On, ingress_class, resolve, strange
from pointsman.providers.kubernetes.objects import (
    Ingress,
    IngressBackend,
    IngressPath,
    IngressRule,
    Service,
    ServicePort,
    seen,
)
from pointsman.providers.kubernetes.report import MAX_PROBLEMS
from pointsman.providers.kubernetes.translator import Translator, TranslatorOptions

LEGACY = {
    "traefik.frontend.passHostHeader": "preserve-host",
    "traefik.frontend.passTLSCert": "pass-tls-cert",
    "traefik.frontend.entryPoints": "frontend-entry-points",
    "traefik.frontend.priority": "priority",
    "traefik.frontend.rule.type": "rule-type",
    "traefik.frontend.redirect.entrypoint": "redirect-entry-point",
    "traefik.frontend.redirect.regex": "redirect-regex",
    "traefik.frontend.redirect.replacement": "redirect-replacement",
    "traefik.backend.circuitbreaker": "circuit-breaker-expression",
    "traefik.backend.loadbalancer.method": "load-balancer-method",
    "traefik.backend.loadbalancer.stickiness": "affinity",
    "traefik.backend.loadbalancer.stickiness.cookieName": "session-cookie-name",
    "traefik.backend.loadbalancer.sticky": "sticky",
}


@pytest.mark.parametrize("row", [row for row in TABLE if row.name != "sticky"], ids=lambda row: row.name)
def test_plain_and_prefixed_keys(row) -> None:  # type: ignore[no-untyped-def]
    for key in (f"ingress.kubernetes.io/{row.name}", f"traefik.ingress.kubernetes.io/{row.name}"):
        assert resolve({key: "x"}, row.on)[row.name].key == key
        assert not list(strange({key: "x"}, row.on))


@pytest.mark.parametrize(("key", "name"), LEGACY.items())
def test_legacy_keys(key: str, name: str) -> None:
    on = On.SERVICE if ".backend." in key else On.INGRESS
    assert resolve({key: "x"}, on)[name].value == "x"


def test_no_other_legacy_keys() -> None:
    assert {row.legacy for row in TABLE if row.legacy} == set(LEGACY)
    assert set(KINDS.values()) == set(Kind)


def test_the_first_key_that_is_present_counts_even_when_empty() -> None:
    keys = {
        "traefik.frontend.priority": "3",
        "traefik.ingress.kubernetes.io/priority": "2",
        "ingress.kubernetes.io/priority": "",
    }
    assert resolve(keys, On.INGRESS)["priority"].value == ""
    del keys["ingress.kubernetes.io/priority"]
    assert resolve(keys, On.INGRESS)["priority"].value == "2"


def test_the_class_key() -> None:
    both = {"traefik.kubernetes.io/ingress.class": "b", "kubernetes.io/ingress.class": "a"}
    found = ingress_class(both)
    assert found is not None
    assert found.value == "a"
    assert ingress_class({}) is None


def test_hints() -> None:
    found = dict(strange({"traefik.frontend.priorty": "1", "traefik.foo": "", "other.io/x": ""}, On.INGRESS))
    assert found == {"traefik.frontend.priorty": "did you mean traefik.frontend.priority?", "traefik.foo": ""}


HOSTILE = st.text(alphabet=st.sampled_from("\n\r\0;,}{#`'\"\\$|)(: /ab*x{"), max_size=30) | st.sampled_from(
    [
        "a\nb",
        "x;Host:evil",
        '"]\n[frontends.evil]',
        "`id`",
        "${HOME}",
        "{{ env `HOME` }}",
        "\0",
        "&a [*a]",
        "!!python/object:os.system x",
        "a: " * 40,
        "[" * 300,
    ]
)


def _ingress(name: str, annotations: dict[str, str]) -> Ingress:
    path = IngressPath(path="/p", backend=IngressBackend(service="s", port=80))
    return Ingress(
        namespace="n", name=name, annotations=annotations, rules=(IngressRule(host=f"{name}.com", paths=(path,)),)
    )


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([key for row in TABLE for key in row.keys]), HOSTILE, min_size=1, max_size=4))
def test_hostile_annotations_stay_with_their_object(annotations: dict[str, str]) -> None:
    service = Service(
        namespace="n", name="s", type="ExternalName", external_name="e.com", ports=(ServicePort(port=80),)
    )
    translator = Translator(TranslatorOptions())
    translator.apply([seen(_ingress("good", {})), seen(service)])
    good = translator.dynamic
    translator.apply([seen(_ingress("bad", annotations))])
    made = translator.dynamic
    assert made.frontends["good.com/p"] == good.frontends["good.com/p"]
    assert made.backends["good.com/p"] == good.backends["good.com/p"]
    assert len(made.frontends) <= 2
    for frontend in made.frontends.values():
        assert all(_is_narrow(name, rule.rule, rule.literal) for name, rule in frontend.routes.items())
    assert all(problem.object == "Ingress n/bad" for problem in made.problems)


def _is_narrow(name: str, rule: str, literal: bool) -> bool:
    """A rule in force is the one of the host or path; annotations add modifiers only, and never a second matcher."""
    if literal:
        return rule.startswith(("AddPrefix:", "ReplacePath:", "ReplacePathRegex:"))
    parts = rule.split(";")
    modifiers = ("AddPrefix:", "ReplacePath:", "ReplacePathRegex:")
    return all(part.startswith(modifiers) for part in parts[1:]) and parts[0].partition(":")[2] == name


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "value",
    [
        "a" * 262_144 + '"',
        "a:b||" * 52_000,
        "||" * 131_072,
        "[" * 262_144,
        "{a: " * 65_536,
        "\n".join(f"k{number}: 1%" for number in range(26_000)),
        "&a " * 87_000,
    ],
    ids=["quote", "map", "bars", "lists", "maps", "keys", "anchors"],
)
def test_huge_annotations_are_read_or_refused_soon(value: str) -> None:
    for row in TABLE:
        if row.on is On.INGRESS:
            translator = Translator(TranslatorOptions())
            translator.apply([seen(_ingress("huge", {row.keys[0]: value}))])
            assert len(translator.dynamic.problems) <= MAX_PROBLEMS + 1
            assert all(len(str(problem)) < 2000 for problem in translator.dynamic.problems)


@pytest.mark.timeout(30)
def test_many_unknown_annotations_are_told_in_part() -> None:
    translator = Translator(TranslatorOptions())
    translator.apply([seen(_ingress("odd", {f"traefik.odd.{number}": "" for number in range(15_000)}))])
    assert 0 < len(translator.dynamic.problems) <= MAX_PROBLEMS + 1
