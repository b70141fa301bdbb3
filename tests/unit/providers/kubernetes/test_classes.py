"""Why an Ingress is not ours, for each way of naming a class; and which Ingresses a request may be meant for."""

import pytest

from pointsman.providers.kubernetes.classes import is_ours, why_not_ours
from pointsman.providers.kubernetes.meant import for_request
from pointsman.providers.kubernetes.objects import Ingress, IngressBackend, IngressClass, IngressPath, IngressRule, seen
from pointsman.providers.kubernetes.translator import Translator, TranslatorOptions

KEY = "kubernetes.io/ingress.class"
CLASSES = {
    one.name: one
    for one in (
        IngressClass(name="ours", controller="pointsman.io/ingress-controller"),
        IngressClass(name="theirs", controller="example.com/other"),
    )
}


def made(annotation: str = "", field: str | None = None) -> Ingress:
    annotations = {KEY: annotation} if annotation else {}
    return Ingress(namespace="n", name="i", annotations=annotations, class_name=field)


@pytest.mark.parametrize(
    ("ingress", "wanted", "reason", "remedy"),
    [
        (made("nginx"), "", f"its class is nginx (annotation {KEY})", "write traefik there or remove the annotation"),
        (made("nginx"), "edge", f"its class is nginx (annotation {KEY})", "of class edge alone: write edge there, or"),
        (made(field="none"), "", "of which no IngressClass is known", "set spec.ingressClassName to traefik or ours"),
        (made(field="none"), "edge", "of which no IngressClass is known", "set spec.ingressClassName to edge, or"),
        (made(field="theirs"), "", "belongs to the controller 'example.com/other'", "to traefik or ours"),
        (made(field="ours"), "edge", "its class is ours (spec.ingressClassName)", "--kubernetes.ingressClass=ours"),
        (made(), "ours", "it has no class", "of class ours alone: set spec.ingressClassName to ours"),
        (made(), "theirs", "it has no class", f"set the annotation {KEY} to theirs"),
    ],
)
def test_why_an_ingress_is_not_ours(ingress: Ingress, wanted: str, reason: str, remedy: str) -> None:
    assert not is_ours(ingress, CLASSES, wanted)
    told = why_not_ours(ingress, CLASSES, wanted)
    assert reason in told[0]
    assert remedy in told[1]


def ruled(name: str, host: str, path: str = "/", path_type: str = "", *, default: bool = False) -> Ingress:
    paths = (IngressPath(path=path, path_type=path_type, backend=IngressBackend(service="s", port=80)),)
    rules = (IngressRule(host=host, paths=paths),)
    return Ingress(
        namespace="n", name=name, rules=rules, default_backend=IngressBackend(service="s", port=80) if default else None
    )


def test_those_that_name_the_host_come_first() -> None:
    ingresses = [
        ruled("default", "b.test", default=True),
        ruled("any", ""),
        ruled("wild", "*.test"),
        ruled("a", "A.test"),
    ]
    assert [one.name for one in for_request(ingresses, "a.test", "/x")] == ["a", "wild", "any", "default"]
    assert for_request([ruled("b", "b.test")], "a.test", "/") == []


@pytest.mark.parametrize(
    ("path", "path_type", "asked", "fits"),
    [
        ("/a", "Exact", "/a", True),
        ("/a", "Exact", "/a/", False),
        ("/a", "Prefix", "/a/b", True),
        ("/a/", "Prefix", "/a", True),
        ("/a", "Prefix", "/ab", False),
        ("/a", "ImplementationSpecific", "/ab", True),
        ("/a(/|$)(.*)", "ImplementationSpecific", "/a/b", True),
        ("/a/{id:[0-9]+}", "", "/a/7", True),
        ("", "", "/", True),
        ("/a", "", "/b", False),
    ],
)
def test_paths(path: str, path_type: str, asked: str, fits: bool) -> None:
    assert bool(for_request([ruled("i", "a.test", path, path_type)], "a.test", asked)) is fits


def test_the_translator_tells_ours_from_others() -> None:
    translator = Translator(TranslatorOptions())
    other = Ingress(namespace="n", name="other", annotations={KEY: "nginx"}, rules=ruled("i", "a.test").rules)
    translator.apply([seen(ruled("ours", "a.test")), seen(other)])
    told = {one.object: bool(one.kept_away) for one in translator.meant("a.test", "/")}
    assert told == {"Ingress n/ours": False, "Ingress n/other": True}
