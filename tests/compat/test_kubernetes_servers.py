"""Where a path leads: service, port, endpoints, scheme; and the answer when it leads nowhere."""

import pytest

from support.folder import Folder
from support.objects import Object, endpoints, ingress, served, service, subset
from support.upstream import Upstream

WEIGHTS = "ingress.kubernetes.io/service-weights"
PROTOCOL = "ingress.kubernetes.io/protocol"
NOT_FOUND = (404, "404 page not found\n")
UNAVAILABLE = (503, "Service Unavailable")
MAIN, OTHER = (200, "main\n"), (200, "other\n")

CASES = [
    # host, service, port, annotations, answer
    ("number", "web", 80, {}, MAIN),
    ("number-text", "web", "80", {}, MAIN),
    ("name", "web", "http", {}, MAIN),
    ("missing-service", "nowhere", 80, {}, NOT_FOUND),
    ("missing-port", "web", 81, {}, UNAVAILABLE),
    ("missing-name", "web", "htt", {}, UNAVAILABLE),
    ("zero-port", "web", 0, {}, UNAVAILABLE),
    ("no-endpoints", "bare", 80, {}, UNAVAILABLE),
    ("no-subsets", "hollow", 80, {}, UNAVAILABLE),
    ("not-ready", "unready", 80, {}, UNAVAILABLE),
    ("other-name", "renamed", 80, {}, UNAVAILABLE),
    ("no-subset-ports", "portless", "direct", {}, MAIN),
    ("unnamed", "unnamed", 80, {}, MAIN),
    ("two-ports-first", "double", "cheddar", {}, MAIN),
    ("two-ports-second", "double", "stilton", {}, OTHER),
    ("two-ports-number", "double", 81, {}, OTHER),
    ("first-port-wins", "ambiguous", 80, {}, MAIN),
    ("external", "external", "direct", {}, MAIN),
    ("external-no-port", "external", 9, {}, UNAVAILABLE),
    ("headless", "headless", 80, {}, MAIN),
    ("bad-protocol", "web", 80, {PROTOCOL: "ftp"}, UNAVAILABLE),
    ("protocol-case", "web", 80, {PROTOCOL: "HTTP"}, UNAVAILABLE),
    ("protocol-http-on-443", "tls", 443, {PROTOCOL: "http"}, MAIN),
    ("protocol-http-on-name", "https-name", "https-x", {PROTOCOL: "http"}, MAIN),
    ("protocol-empty", "web", 80, {PROTOCOL: ""}, MAIN),
    ("weights-missing-service", "nowhere", 80, {WEIGHTS: "web: 50%"}, NOT_FOUND),
    ("weights-missing-port", "web", 81, {WEIGHTS: "web: 100%"}, UNAVAILABLE),
    ("weights-no-subsets", "hollow", 80, {WEIGHTS: "hollow: 100%"}, UNAVAILABLE),
    ("weights-not-ready", "unready", 80, {WEIGHTS: "unready: 100%"}, UNAVAILABLE),
    ("weights-bad-protocol", "web", 80, {WEIGHTS: "web: 100%", PROTOCOL: "ftp"}, UNAVAILABLE),
    ("weights-whole", "web", 80, {WEIGHTS: "web: 100%"}, MAIN),
    ("weights-omitted", "web", 80, {WEIGHTS: "nobody: 30%"}, MAIN),
    ("other-namespace", "elsewhere", 80, {}, NOT_FOUND),
]


@pytest.fixture(scope="module")
def objects(upstream: Upstream, other: Upstream) -> list[Object]:
    made: list[Object] = [
        *served("web", upstream),
        service("bare"),
        service("hollow"),
        endpoints("hollow"),
        service("unready"),
        endpoints("unready", subset(upstream, ready=False)),
        service("renamed"),
        endpoints("renamed", subset(upstream, port="web")),
        service("portless", [("direct", upstream.port)]),
        endpoints("portless", {"addresses": [{"ip": "127.0.0.1"}]}),
        service("unnamed", [("", 80)]),
        endpoints("unnamed", subset(upstream, port="")),
        service("double", [("cheddar", 80), ("stilton", 81)]),
        endpoints("double", subset(upstream, port="cheddar"), subset(other, port="stilton")),
        service("ambiguous", [("a", 80), ("80", 82)]),
        endpoints("ambiguous", subset(upstream, port="a"), subset(other, port="80")),
        service("external", [("direct", upstream.port)], type="ExternalName", externalName="127.0.0.1"),
        *served("headless", upstream, clusterIP="None"),
        service("tls", [("https", 443)]),
        endpoints("tls", subset(upstream, port="https")),
        service("https-name", [("https-x", 80)]),
        endpoints("https-name", subset(upstream, port="https-x")),
        *served("elsewhere", upstream, namespace="elsewhere"),
    ]
    for host, name, port, annotations, _ in CASES:
        made.append(ingress(host, [(f"{host}.test", [("", name, port)])], annotations))
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_where_a_path_leads(folder: Folder, case: tuple[str, str, int | str, dict[str, str], tuple[int, str]]) -> None:
    assert folder.running is not None
    answer = folder.running.get("/", f"{case[0]}.test")
    assert (answer.status, answer.text) == case[4], folder.running.told()
