"""Which Ingresses count, how their annotations are found, and the rules, priorities and merges that follow."""

import collections

import pytest

from support.client import Connection
from support.folder import Folder
from support.objects import Object, endpoints, ingress, served, service, subset
from support.upstream import Upstream

PLAIN, TRAEFIK = "ingress.kubernetes.io/", "traefik.ingress.kubernetes.io/"
CLASS = "kubernetes.io/ingress.class"
NOT_FOUND = "404 page not found\n"
MAIN, OTHER = "main\n", "other\n"
WEIGHTS = PLAIN + "service-weights"

CLASSES = [({}, MAIN), ({CLASS: ""}, MAIN), ({CLASS: "traefik"}, MAIN), ({CLASS: "other"}, NOT_FOUND)]
CLASSES += [({"traefik." + CLASS: "traefik"}, MAIN), ({"traefik." + CLASS: "other"}, NOT_FOUND)]
CLASSES += [
    ({CLASS: "traefik", "traefik." + CLASS: "other"}, MAIN),
    ({CLASS: 'a"b'}, NOT_FOUND),
    ({CLASS: "Traefik"}, NOT_FOUND),
]

RULE_TYPES = [
    # annotations, path of the rule, target, target upstream (None: 404), X-Forwarded-Prefix, X-Replaced-Path
    ({}, "/p", "/px", "/px", None, None),
    ({PLAIN + "rule-type": "PathStrip"}, "/p", "/p", "/", "/p", None),
    ({TRAEFIK + "rule-type": "PathStrip"}, "/p", "/p", "/", "/p", None),
    ({"traefik.frontend.rule.type": "PathStrip"}, "/p", "/p", "/", "/p", None),
    ({PLAIN + "rule-type": "Path", "traefik.frontend.rule.type": "PathStrip"}, "/p", "/p", "/p", None, None),
    ({PLAIN + "rule-type": "", "traefik.frontend.rule.type": "PathStrip"}, "/p", "/p/x", "/p/x", None, None),
    ({TRAEFIK + "rule-type": "Path", "traefik.frontend.rule.type": "PathStrip"}, "/p", "/p", "/p", None, None),
    ({PLAIN + "rule-type": "PathPrefixStripRegex"}, "/p", "/p", None, None, None),
    ({PLAIN + "rule-type": "pathprefix"}, "/p", "/p", None, None, None),
    ({PLAIN + "rule-type": "AddPrefix"}, "/p", "/p", None, None, None),
    ({PLAIN + "rule-type": "Foo: /bar"}, "/p", "/p", None, None, None),
    ({PLAIN + "rule-type": "PathPrefix "}, "/p", "/p", None, None, None),
    ({PLAIN + "rule-type": "ReplacePath"}, "/p", "/anything?x", "/p?x", None, "/anything"),
    ({PLAIN + "rule-type": "Foo"}, "", "/any", "/any", None, None),
    ({PLAIN + "rewrite-target": "/"}, "/api", "/api/x?y=z", "/x?y=z", None, "/api/x"),
    ({PLAIN + "rewrite-target": "/"}, "/api", "/apifoo?x=1", "/", None, "/apifoo"),
    ({PLAIN + "rewrite-target": "/"}, "/api", "/api", "/", None, "/api"),
    ({PLAIN + "rewrite-target": "/app"}, "/", "/x", "/app/x", None, "/x"),
    ({PLAIN + "rewrite-target": "/v2/"}, "/api", "/api/x", "/v2/x", None, "/api/x"),
    ({TRAEFIK + "rewrite-target": "/v2"}, "/api", "/api", "/v2", None, "/api"),
    ({PLAIN + "rewrite-target": "/v2", PLAIN + "rule-type": "PathPrefixStrip"}, "/api", "/api/x", "/x", "/api", None),
    ({PLAIN + "rewrite-target": "/v2", PLAIN + "rule-type": "ReplacePath"}, "/api", "/api/x", None, None, None),
    ({PLAIN + "rewrite-target": "/v2"}, "", "/api/x", "/api/x", None, None),
    ({PLAIN + "request-modifier": "AddPrefix: /foo"}, "/p", "/p/x", "/foo/p/x", None, None),
    ({PLAIN + "request-modifier": " AddPrefix:/foo"}, "/p", "/p/x", "/foo/p/x", None, None),
    ({PLAIN + "request-modifier": "AddPrefix:/foo:bar"}, "/p", "/p/x", "/foo/p/x", None, None),
    ({PLAIN + "request-modifier": "ReplacePath: /foo"}, "/p", "/p/x?y", "/foo?y", None, "/p/x"),
    ({PLAIN + "request-modifier": "ReplacePathRegex: ^/p/(.*) /q/$1"}, "/p", "/p/x", "/q/x", None, "/p/x"),
    ({PLAIN + "request-modifier": "AddPrefix: "}, "/p", "/p", None, None, None),
    ({PLAIN + "request-modifier": "Foo: /bar"}, "/p", "/p", None, None, None),
    ({PLAIN + "request-modifier": "  :  "}, "/p", "/p", None, None, None),
    ({PLAIN + "request-modifier": "    "}, "/p", "/p", None, None, None),
    ({PLAIN + "request-modifier": " : /bar"}, "/p", "/p", None, None, None),
    (
        {PLAIN + "request-modifier": "ReplacePathRegex: ^/p(.*) /m$1", PLAIN + "rewrite-target": "/t"},
        "/p",
        "/p/x",
        "/m/x",
        None,
        "/p/x",
    ),
    (
        {PLAIN + "request-modifier": "AddPrefix:/a", PLAIN + "rule-type": "PathPrefixStrip"},
        "/p",
        "/p/x",
        "/a/x",
        "/p",
        None,
    ),
    ({}, "/a,/b", "/b/x", "/b/x", None, None),
    ({}, "/n/{id:[0-9]+}", "/n/12/x", "/n/12/x", None, None),
    ({}, "/n/{id:[0-9]+}", "/n/x", None, None, None),
    ({PLAIN + "rule-type": "PathPrefixStrip"}, "/n/{id}", "/n/12", None, None, None),
    ({PLAIN + "rule-type": "Path"}, "/p", "/p/", None, None, None),
    ({}, "p", "/p", None, None, None),
    ({}, "/p/", "/p", None, None, None),
    ({}, "/P", "/p", None, None, None),
]

HOSTS = [
    # hosts with paths of Ingresses in order of their names (the first says main, the second other), request, answer
    ([("*.w1.test", "")], "a.w1.test", "/", MAIN),
    ([("*.w1.test", "")], "a.b.w1.test", "/", NOT_FOUND),
    ([("*.w1.test", "")], "w1.test", "/", NOT_FOUND),
    ([("*.w1.test", "")], "A.W1.test:8080", "/", MAIN),
    ([("*.w2.test", ""), ("a.w2.test", "/bar")], "a.w2.test", "/bar", MAIN),
    ([("*.w3.test", ""), ("a.w3.test", "/" + "b" * 40)], "a.w3.test", "/" + "b" * 40, OTHER),
    ([("x.w4.test", ""), ("x.w4.test", "/")], "x.w4.test", "/", OTHER),
    ([("x.w5.test", "/a"), ("x.w5.test", "/a/b")], "x.w5.test", "/a/b/c", OTHER),
    ([("x.w6.test,y.w6.test", "")], "y.w6.test", "/", MAIN),
    ([("x.w7.test", "/a")], "x.w7.test.", "/a", NOT_FOUND),
    ([("", "/only-path-w8")], "whatever.test", "/only-path-w8/x", MAIN),
    ([("a.*.w9.test", "")], "a.b.w9.test", "/", MAIN),
]


@pytest.fixture(scope="module")
def objects(upstream: Upstream, other: Upstream) -> list[Object]:
    made: list[Object] = [*served("web", upstream), *served("second", other)]
    for index, (annotations, _) in enumerate(CLASSES):
        made.append(ingress(f"class-{index}", [(f"class-{index}.test", [("", "web", 80)])], annotations))
    for index, (annotations, path, *_) in enumerate(RULE_TYPES):
        made.append(ingress(f"rule-{index}", [(f"rule-{index}.test", [(path, "web", 80)])], annotations))
    seen = set()
    for index, (rules, *_) in enumerate(HOSTS):
        if str(rules) not in seen:
            seen.add(str(rules))
            for number, (host, path) in enumerate(rules):
                name = ("web", "second")[number]
                made.append(ingress(f"host-{index}-{number}", [(host, [(path, name, 80)])]))
    return made + merging(upstream, other)


def merging(upstream: Upstream, other: Upstream) -> list[Object]:
    """Ingresses that meet on one host and path, and shares."""
    third = endpoints("pods", subset(upstream, pods=["pod"]), subset(other))
    return [
        ingress("m1-a", [("m1.test", [("/x", "web", 80)])], {PLAIN + "preserve-host": "false"}),
        ingress("m1-b", [("m1.test", [("/x", "second", 80)])], {PLAIN + "rule-type": "PathPrefixStrip"}),
        ingress("m2", [("m2.test", [("/x", "web", 80), ("/x", "second", 80)])]),
        ingress("m3-a", [("m3.test", [("/x", "web", 80)])], {PLAIN + "priority": "3"}),
        ingress("m3-b", [("m3.test", [("/x", "second", 80)])], {PLAIN + "priority": "2"}),
        ingress("m4", [("m4.test", [("/x", "web", 80), ("/x", "second", 80)])], {WEIGHTS: "web: 90%\nsecond: 10\n"}),
        ingress("m5", [("m5.test", [("/x", "web", 80), ("/x", "second", 80)])], {WEIGHTS: "second: 0%"}),
        ingress("m6", [("m6.test", [("/x", "pods", 80), ("/x", "second", 80)])], {WEIGHTS: "second: 20%"}),
        ingress("m7", [("m7.test", [("/x", "web", 80), ("/x", "nowhere", 80)])], {WEIGHTS: "second: 20%"}),
        ingress("m8", [("m8.test", [("/x", "web", 80), ("/y", "nowhere", 80)])]),
        ingress("m9", [("m9.test", [("/x", "web", 80), ("/x", "second", 80)])], {WEIGHTS: "web: 10 %"}),
        ingress("m10", [("m10.test", [("/x", "web", 80), ("/y", "second", 80)])], {WEIGHTS: "web: 90%"}),
        ingress("m11", [("m11.test", [("/x", "web", 80)])], {PLAIN + "priority": "-5"}),
        ingress("m12", [("m12.test", [("/x", "web", 80)])], {PLAIN + "priority": "ten"}),
        ingress("m13", [("m13.test", [("/x", "web", 80)])], {PLAIN + "frontend-entry-points": "traefik"}),
        ingress("m14", [("m14.test", [("/x", "web", 80)])], {PLAIN + "frontend-entry-points": "nowhere"}),
        ingress("m15", [("m15.test", [("/x", "web", 80)])], {"traefik.frontend.entryPoints": "nowhere, http"}),
        ingress("m16", [("m16.test", [("/x", "web", 80)])], {"traefik.frontend.passHostHeader": "false"}),
        ingress("m17", [("m17.test", [("/x", "web", 80)])], {PLAIN + "preserve-host": "herpderp"}),
        ingress("m18", [("m18.test", [("/x", "web", 80)])], namespace="elsewhere"),
        *served("web", other, namespace="elsewhere"),
        service("pods"),
        third,
    ]


@pytest.mark.parametrize("index", range(len(CLASSES)), ids=lambda index: str(CLASSES[index][0]))
def test_classes(folder: Folder, index: int) -> None:
    assert folder.running is not None
    assert folder.running.get("/", f"class-{index}.test").text == CLASSES[index][1]


@pytest.mark.parametrize("index", range(len(RULE_TYPES)), ids=lambda index: str(RULE_TYPES[index][:3]))
def test_rules_of_a_path(folder: Folder, upstream: Upstream, index: int) -> None:
    _, _, target, seen, prefix, replaced = RULE_TYPES[index]
    assert folder.running is not None
    upstream.received.clear()
    answer = folder.running.get(target, f"rule-{index}.test")
    if seen is None:
        assert (answer.status, upstream.received) == (301 if target == "/p/" else 404, [])
        return
    assert answer.status == 200
    (request,) = upstream.received
    assert request.target == seen
    assert request.values("X-Forwarded-Prefix") == ([prefix] if prefix else [])
    assert request.values("X-Replaced-Path") == ([replaced] if replaced else [])


@pytest.mark.parametrize("index", range(len(HOSTS)), ids=lambda index: str(HOSTS[index]))
def test_hosts_and_priorities(folder: Folder, index: int) -> None:
    _, host, target, answer = HOSTS[index]
    assert folder.running is not None
    assert folder.running.get(target, host).text == answer


def counts(folder: Folder, host: str, target: str, times: int) -> collections.Counter[str]:
    """Answers to requests of one connection, thus of one thread."""
    assert folder.running is not None
    with Connection(folder.running.port()) as connection:
        return collections.Counter(connection.get(target, host).text for _ in range(times))


@pytest.mark.parametrize(
    ("host", "target", "expected"),
    [
        ("m1.test", "/x/y", {MAIN: 30, OTHER: 30}),
        ("m2.test", "/x", {MAIN: 30, OTHER: 30}),
        ("m3.test", "/x", {MAIN: 60}),
        ("m4.test", "/x", {MAIN: 54, OTHER: 6}),
        ("m5.test", "/x", {MAIN: 60}),
        ("m6.test", "/x", {MAIN: 40, OTHER: 20}),
        ("m7.test", "/x", {NOT_FOUND: 60}),
        ("m8.test", "/x", {MAIN: 60}),
        ("m8.test", "/y", {NOT_FOUND: 60}),
        ("m9.test", "/x", {NOT_FOUND: 60}),
        ("m10.test", "/x", {NOT_FOUND: 60}),
        ("m10.test", "/y", {NOT_FOUND: 60}),
        ("m11.test", "/x", {MAIN: 60}),
        ("m12.test", "/x", {MAIN: 60}),
        ("m13.test", "/x", {NOT_FOUND: 60}),
        ("m14.test", "/x", {NOT_FOUND: 60}),
        ("m15.test", "/x", {MAIN: 60}),
        ("m18.test", "/x", {OTHER: 60}),
    ],
)
def test_merges_and_shares(folder: Folder, host: str, target: str, expected: dict[str, int]) -> None:
    assert counts(folder, host, target, 60) == expected


def test_a_merge_has_the_settings_of_the_first_and_the_path_rule_of_the_last(
    folder: Folder, upstream: Upstream, other: Upstream
) -> None:
    upstream.received.clear()
    other.received.clear()
    counts(folder, "m1.test", "/x/y", 2)
    for each in (upstream, other):
        (request,) = each.received
        assert request.target == "/y"
        assert request.values("Host") == [each.address]


@pytest.mark.parametrize(("host", "passed"), [("m16.test", False), ("m17.test", True)])
def test_the_host_header(folder: Folder, upstream: Upstream, host: str, passed: bool) -> None:
    assert folder.running is not None
    upstream.received.clear()
    folder.running.get("/x", host)
    (request,) = upstream.received
    assert request.values("Host") == [host if passed else upstream.address]
    assert request.values("X-Forwarded-Host") == [host]
