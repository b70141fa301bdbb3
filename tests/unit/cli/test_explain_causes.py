"""Every cause of a 404 and a 503 that `explain` has to name, on manifests and rules, answered by the real router."""

import pytest

from pointsman.cli import offline
from pointsman.cli.explain import decisions
from pointsman.explain import Decision, requests

pytestmark = pytest.mark.timeout(60)

RULES = """
[entryPoints.http]
address = ":80"
[entryPoints.inner]
address = ":81"
[file]
[backends.a.servers.s]
url = "http://10.0.0.1:80"
[frontends.post]
backend = "a"
routes.r.rule = "Host:method.test;Method:POST"
[frontends.tenant]
backend = "a"
routes.r.rule = "Host:header.test;Headers:X-Tenant,a"
[frontends.search]
backend = "a"
routes.r.rule = "Host:query.test;Query:page={n:[0-9]+}"
[frontends.inner]
backend = "a"
entryPoints = ["inner"]
routes.r.rule = "HostRegexp:{any:.+}.inner.test"
[frontends.broken]
backend = "a"
routes.r.rule = "Host:broken.test;Nonsense:x"
[frontends.anywhere]
backend = "none"
routes.r.rule = "PathPrefix:/anywhere"
[kubernetes]
manifests = "{manifests}"
namespaces = ["shop"]
labelSelector = "team!=other"
"""

INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}, namespace: {namespace}, labels: {{team: {team}}}, annotations: {{{annotations}}}}}
spec:
  {more}
  rules:
  - host: "{host}"
    http:
      paths:
      - {{path: {path}, pathType: {path_type}, backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}
---
"""
SERVICES = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {pointsman.io/servers: "10.0.0.9:80"}}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: empty, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: shop}
spec: {type: ExternalName, externalName: example.com, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: nowhere, namespace: shop}
spec: {type: ExternalName, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: theirs}
spec: {controller: example.com/other}
---
"""


def ingress(name: str, **more: str) -> str:
    values = {
        "namespace": "shop",
        "team": "web",
        "annotations": "",
        "more": "",
        "host": f"{name}.test",
        "path": "/",
        "path_type": "Prefix",
        "service": "web",
    }
    return INGRESS.format(name=name, **{**values, **more})


INGRESSES = (
    ingress("path", path="/only"),
    ingress("nginx", annotations="kubernetes.io/ingress.class: nginx", path="/a"),
    ingress("unknown", more="ingressClassName: haproxy"),
    ingress("theirs", more="ingressClassName: theirs"),
    ingress("wild", annotations="kubernetes.io/ingress.class: nginx", host="*.wild.test"),
    ingress("hostless", annotations="kubernetes.io/ingress.class: nginx", host="", path="/hostless"),
    ingress("gone", service="gone"),
    ingress("empty", service="empty"),
    ingress("outside", service="outside"),
    ingress("nowhere", service="nowhere"),
    ingress("type", annotations="traefik.ingress.kubernetes.io/rule-type: Nonsense"),
    ingress("weights", annotations="traefik.ingress.kubernetes.io/service-weights: 'web: x'"),
    ingress("whitelist", annotations="traefik.ingress.kubernetes.io/whitelist-source-range: nonsense"),
    ingress("far", namespace="far"),
    ingress("team", team="other"),
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> offline.Offline:
    folder = tmp_path_factory.mktemp("causes")
    (folder / "manifests").mkdir()
    (folder / "manifests" / "all.yaml").write_text(SERVICES + "".join(INGRESSES))
    rules = folder / "rules.toml"
    rules.write_text(RULES.replace("{manifests}", str(folder / "manifests")))
    return offline.read(("explain", f"--configFile={rules}"), {})


def ask(found: offline.Offline, url: str) -> Decision:
    question = requests.from_url(f"http://{url}", method="GET", headers=(), entry_point="http")
    return decisions(found, [question], {})[0]


@pytest.mark.parametrize(
    ("url", "frontend", "condition", "because"),
    [
        ("path.test/else", "path.test/only (Prefix)", "Path:/only (pathType Prefix)", "the path is /else"),
        ("method.test/", "post", "Method:POST", "the method is GET"),
        ("header.test/", "tenant", "Headers:X-Tenant=a", "there is no X-Tenant"),
        ("query.test/?page=x", "search", "Query:page=^(?:[0-9]+)$", "the query is page=x"),
        ("a.inner.test/", "inner", "entry point inner", "it came in by http"),
    ],
)
def test_the_condition_that_fails(
    found: offline.Offline, url: str, frontend: str, condition: str, because: str
) -> None:
    made = ask(found, url)
    assert made.status == 404
    assert (made.missed[0].frontend, made.missed[0].condition, made.missed[0].because) == (frontend, condition, because)


@pytest.mark.parametrize(
    ("url", "name", "because", "remedy"),
    [
        (
            "nginx.test/a/b",
            "shop/nginx",
            "its class is nginx (annotation kubernetes.io/ingress.class)",
            "write traefik",
        ),
        ("unknown.test/", "shop/unknown", "haproxy (spec.ingressClassName), of which no", "create an IngressClass"),
        ("theirs.test/", "shop/theirs", "belongs to the controller 'example.com/other'", "ingressClassName to traefik"),
        ("x.wild.test:8000/", "shop/wild", "its class is nginx", "--kubernetes.ingressClass=nginx"),
        ("any.test/hostless", "shop/hostless", "its class is nginx", "write traefik"),
        ("far.test/", "far/far", "its namespace far is not watched", "kubernetes.namespaces"),
        ("team.test/", "shop/team", "its labels do not fit", "kubernetes.labelSelector"),
    ],
)
def test_an_ingress_that_is_left_to_others(
    found: offline.Offline, url: str, name: str, because: str, remedy: str
) -> None:
    made = ask(found, url)
    assert made.status == 404
    (away,) = made.kept_away
    assert (away.object, away.provider) == (f"Ingress {name}", "kubernetes")
    assert "all.yaml:" in away.origin
    assert because in away.because
    assert remedy in away.remedy


@pytest.mark.parametrize("url", ["nginx.test/else", "a.b.wild.test/", "wild.test/", "nobody.test/"])
def test_an_ingress_for_something_else_is_not_named(found: offline.Offline, url: str) -> None:
    assert ask(found, url).kept_away == ()


@pytest.mark.parametrize(
    ("url", "status", "problem"),
    [
        ("gone.test/", 404, "Service shop/gone does not exist"),
        ("type.test/", 404, "is not a rule type"),
        ("weights.test/", 404, "service-weights"),
        ("whitelist.test/", 404, "no address or CIDR range"),
        ("broken.test/", 404, "Nonsense"),
        ("other.test/anywhere/x", 404, "none"),
        ("empty.test/", 503, "Service empty has no endpoints"),
        ("nowhere.test/", 503, "has no externalName"),
    ],
)
def test_what_is_not_in_force_is_named_with_its_problem(
    found: offline.Offline, url: str, status: int, problem: str
) -> None:
    made = ask(found, url)
    assert made.status == status, made.answer
    told = [*made.problems, *(text for one in made.rejected for text in one.problems)]
    assert any(problem in text for text in told), told


def test_an_external_name_answers(found: offline.Offline) -> None:
    made = ask(found, "outside.test/")
    assert made.winner is not None
    assert [server.url for server in made.winner.servers] == ["http://example.com"]
