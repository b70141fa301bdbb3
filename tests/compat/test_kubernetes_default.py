"""The default backend: one for the cluster, and what a fault in it takes along."""

import pytest

from support.folder import Folder
from support.objects import Object, endpoints, ingress, served, service, subset
from support.upstream import Upstream
from support.waiting import until

PLAIN = "ingress.kubernetes.io/"
NOT_FOUND, UNAVAILABLE = "404 page not found\n", "Service Unavailable"
MAIN, OTHER = "main\n", "other\n"
RULES = [("rules.test", [("/x", "second", 80)])]


def with_default(service_name: str, port: int | str = 80, **annotations: str) -> Object:
    keys = {PLAIN + name.replace("_", "-"): value for name, value in annotations.items()}
    return ingress("default", RULES, keys, default=(service_name, port))


CASES = [
    # objects of Ingresses, what any host answers, what rules.test/x answers
    ([with_default("web")], MAIN, OTHER),
    ([with_default("web", "http")], MAIN, OTHER),
    ([with_default("nowhere")], NOT_FOUND, NOT_FOUND),
    ([with_default("web", 81)], UNAVAILABLE, OTHER),
    ([with_default("hollow")], NOT_FOUND, NOT_FOUND),
    ([with_default("unready")], UNAVAILABLE, OTHER),
    ([with_default("external", "direct")], MAIN, OTHER),
    ([with_default("web", protocol="ftp")], MAIN, UNAVAILABLE),
    ([with_default("web", rule_type="PathPrefixStrip")], MAIN, OTHER),
    ([with_default("web"), ingress("second", [("more.test", [("", "web", 80)])], default=("second", 80))], MAIN, OTHER),
    ([with_default("web", whitelist_source_range="10.0.0.0/8")], "Forbidden", "Forbidden"),
    ([with_default("web", frontend_entry_points="traefik")], NOT_FOUND, NOT_FOUND),
    ([with_default("web"), ingress("short", [("ab.de", [("", "second", 80)])])], MAIN, OTHER),
    ([ingress("bare", [("", [("", "web", 80)])]), ingress("rules", RULES)], MAIN, OTHER),
]


@pytest.fixture(autouse=True)
def _nothing_before(folder: Folder) -> None:
    """A default backend answers for the mark of the next objects, too: so there must be none before."""
    folder.apply()
    running = folder.running
    assert running is not None
    until(lambda: running.get("/", "any.test").status == 404, what="no default backend")


@pytest.mark.parametrize("index", range(len(CASES)))
def test_default_backends(folder: Folder, upstream: Upstream, other: Upstream, index: int) -> None:
    ingresses, anywhere, by_rule = CASES[index]
    folder.apply(
        *ingresses,
        *served("web", upstream),
        *served("second", other),
        service("hollow"),
        endpoints("hollow"),
        service("unready"),
        endpoints("unready", subset(upstream, ready=False)),
        service("external", [("direct", upstream.port)], type="ExternalName", externalName="127.0.0.1"),
    )
    assert folder.running is not None
    assert folder.running.get("/any", "any.test").text == anywhere
    assert folder.running.get("/x", "rules.test").text == by_rule


def test_a_second_default_backend_takes_its_rules_along(folder: Folder, upstream: Upstream, other: Upstream) -> None:
    second = ingress("second", [("more.test", [("/x", "second", 80)])], default=("second", 80))
    folder.apply(with_default("web"), second, *served("web", upstream), *served("second", other))
    assert folder.running is not None
    assert folder.running.get("/x", "more.test").text == MAIN


def test_the_default_backend_outranks_hosts_of_six_characters(
    folder: Folder, upstream: Upstream, other: Upstream
) -> None:
    hosts = [(host, [("", "second", 80)]) for host in ("abcde.fg", "x.y")]
    folder.apply(ingress("hosts", hosts, default=("web", 80)), *served("web", upstream), *served("second", other))
    assert folder.running is not None
    answers = [folder.running.get("/", host).text for host in ("x.y", "abcde.fg", "unknown.test")]
    assert answers == [MAIN, OTHER, MAIN]
