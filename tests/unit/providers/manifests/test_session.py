"""A folder to Changes, one look after the other."""

from pathlib import Path
from typing import Any

import pytest

from pointsman.model.dynamic import Change
from pointsman.model.problem import Severity
from pointsman.model.static import Kubernetes
from pointsman.providers.manifests.provider import Session

INGRESS = """apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: i%(more)s}
spec: {rules: [{host: %(host)s, http: {paths: [{path: /, backend: {serviceName: s, servicePort: http}}]}}]}
"""
SERVICE = """apiVersion: v1
kind: Service
metadata: {name: s%s}
spec: {ports: [{name: http, port: 80}, {name: https, port: 443}, {name: admin, port: 8080}]}
"""


def ingress(host: str = "h", more: str = "") -> str:
    return INGRESS % {"host": host, "more": more}


def service(servers: str | None = None) -> str:
    return SERVICE % (f", annotations: {{pointsman.io/servers: {servers!r}}}" if servers is not None else "")


def session(folder: Path, strict: bool = False, **options: Any) -> Session:
    return Session(Kubernetes(manifests=str(folder), **options), strict=strict)


def urls(change: Change, name: str = "h/") -> list[str]:
    backend = change.backends[name]
    assert backend is not None
    return [server.url for server in backend.servers.values()]


def told(change: Change) -> list[str]:
    return [str(problem) for found in change.problems.values() for problem in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ingress.yaml").write_text(ingress())
    (tmp_path / "service.yaml").write_text(service("127.0.0.1:9001, [::1]:9002,web:80"))
    return tmp_path


def test_servers_from_the_annotation(folder: Path) -> None:
    change = session(folder).read()
    assert urls(change) == ["http://127.0.0.1:9001", "http://[::1]:9002", "http://web:80"]
    assert not change.problems


@pytest.mark.parametrize(("port", "url"), [("https", "https://1.1.1.1:9"), (8080, "http://1.1.1.1:9")])
def test_servers_answer_on_every_port(folder: Path, port: object, url: str) -> None:
    (folder / "ingress.yaml").write_text(ingress().replace("servicePort: http", f"servicePort: {port}"))
    (folder / "service.yaml").write_text(service("1.1.1.1:9"))
    assert urls(session(folder).read()) == [url]


def test_a_service_without_servers_says_how_to_get_some(folder: Path) -> None:
    (folder / "service.yaml").write_text(service())
    change = session(folder).read()
    assert urls(change) == []
    assert change.frontends["h/"] is not None
    (problem,) = [problem for found in change.problems.values() for problem in found]
    assert (problem.object, problem.origin) == ("Ingress default/i", f"{folder}/ingress.yaml:1")
    assert "503" in problem.message
    assert "pointsman.io/servers" in problem.remedy


def test_weights_work_beside_a_service_without_servers(folder: Path) -> None:
    weights = ", annotations: {traefik.ingress.kubernetes.io/service-weights: 's: 50%'}"
    text = ingress(more=weights).replace(
        "backend:", "backend: {serviceName: t, servicePort: http}}, {path: /, backend:"
    )
    (folder / "ingress.yaml").write_text(text)
    (folder / "other.yaml").write_text(service().replace("name: s", "name: t"))
    assert len(urls(session(folder).read())) == 3


@pytest.mark.parametrize("servers", ["nonsense", "host", "host:0", "host:99999", "http://a:80", "a b:80", "::1:80"])
def test_servers_that_are_no_addresses(folder: Path, servers: str) -> None:
    (folder / "service.yaml").write_text(service(servers))
    change = session(folder).read()
    assert urls(change) == []
    assert any("is not host:port" in line and "service.yaml:1" in line for line in told(change))


def test_endpoints_and_slices_of_the_folder(folder: Path) -> None:
    (folder / "service.yaml").write_text(service())
    (folder / "endpoints.yaml").write_text(
        "apiVersion: v1\nkind: Endpoints\nmetadata: {name: s}\n"
        "subsets: [{addresses: [{ip: 1.1.1.1}], ports: [{name: http, port: 8080}]}]\n"
    )
    assert urls(session(folder).read()) == ["http://1.1.1.1:8080"]
    (folder / "slice.yaml").write_text(
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
        "metadata: {name: s-1, labels: {kubernetes.io/service-name: s}}\naddressType: IPv4\n"
        "endpoints: [{addresses: [2.2.2.2]}]\nports: [{name: http, port: 8080}]\n"
    )
    assert urls(session(folder).read()) == ["http://2.2.2.2:8080"]
    (folder / "service.yaml").write_text(service("3.3.3.3:1"))
    assert urls(session(folder).read()) == ["http://3.3.3.3:1"]


def test_changes_come_one_by_one(folder: Path) -> None:
    reading = session(folder)
    assert reading.read()
    assert not reading.read()
    (folder / "service.yaml").write_text(service("1.1.1.1:1"))
    change = reading.read()
    assert urls(change) == ["http://1.1.1.1:1"]
    assert not change.frontends
    (folder / "more.yaml").write_text(ingress("other", "2"))
    assert set(reading.read().frontends) == {"other/"}
    (folder / "ingress.yaml").unlink()
    assert reading.read().frontends == {"h/": None}


def test_a_broken_file_keeps_what_was_read_from_it(folder: Path) -> None:
    reading = session(folder)
    reading.read()
    (folder / "ingress.yaml").write_text(ingress() + "---\nbroken: [\n")
    change = reading.read()
    assert not change.frontends
    assert told(change) == [
        f"{folder}/ingress.yaml:7: file {folder}/ingress.yaml: did not find expected node content: the objects last "
        "read from it stay; correct the file; it is read again by itself"
    ]
    (folder / "service.yaml").write_text(service("1.1.1.1:1"))
    assert urls(reading.read()) == ["http://1.1.1.1:1"]
    (folder / "ingress.yaml").write_text(ingress("fixed"))
    change = reading.read()
    assert set(change.frontends) == {"h/", "fixed/"}
    assert change.problems == {f"{folder}/ingress.yaml": ()}


def test_a_file_broken_from_the_start_spares_the_others(folder: Path) -> None:
    (folder / "bad.json").write_text("{")
    change = session(folder).read()
    assert set(change.frontends) == {"h/"}
    assert "bad.json:1" in told(change)[0]


def test_one_wrong_object_keeps_its_last_state_and_spares_its_file(folder: Path) -> None:
    (folder / "ingress.yaml").write_text(ingress() + "---\n" + ingress("b", "2"))
    reading = session(folder)
    reading.read()
    (folder / "ingress.yaml").write_text(ingress("new", ", annotations: {a: 1}") + "---\n" + ingress("c", "2"))
    change = reading.read()
    assert change.frontends.keys() == {"b/", "c/"}
    assert "last good state stays" in told(change)[0]


def test_a_folder_that_goes_and_comes_back(folder: Path) -> None:
    reading = session(folder)
    reading.read()
    folder.rename(folder.with_name("away"))
    change = reading.read()
    assert not change.frontends
    assert "stays" in told(change)[0]
    folder.with_name("away").rename(folder)
    assert reading.read() == Change(problems={str(folder): ()})


def test_a_folder_that_is_missing_from_the_start(tmp_path: Path) -> None:
    change = session(tmp_path / "nowhere").read()
    assert not change.frontends
    assert "there are no routes yet" in told(change)[0]


def test_a_mounted_config_map_is_swapped(tmp_path: Path) -> None:
    for version, host in (("..1", "one"), ("..2", "two")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "all.yaml").write_text(ingress(host) + "---\n" + service("1.1.1.1:1"))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "all.yaml").symlink_to("..data/all.yaml")
    reading = session(tmp_path)
    assert set(reading.read().frontends) == {"one/"}
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert reading.read().frontends.keys() == {"one/", "two/"}


def test_the_same_object_twice(folder: Path) -> None:
    (folder / "zz.yaml").write_text(ingress("last"))
    change = session(folder).read()
    assert set(change.frontends) == {"last/"}
    (problem,) = change.problems[f"{folder}/zz.yaml"]
    assert problem.severity is Severity.WARNING
    assert "ingress.yaml:1" in problem.message


def test_namespaces_and_labels_select(folder: Path) -> None:
    (folder / "more.yaml").write_text(ingress("labelled", "2, labels: {app: web}"))
    assert set(session(folder, label_selector="app in (web)").read().frontends) == {"labelled/"}
    assert not session(folder, namespaces=("other",)).read().frontends
    assert len(session(folder, namespaces=("other", "default")).read().frontends) == 2


def test_a_bad_selector_serves_nothing_and_says_so(folder: Path) -> None:
    change = session(folder, label_selector="%").read()
    assert not change.frontends
    assert any("invalid label selector '%'" in line for line in told(change))


def test_options_reach_the_translator(folder: Path) -> None:
    assert not session(folder, ingress_class="other").read().frontends
    frontend = session(folder, disable_pass_host_headers=True).read().frontends["h/"]
    assert frontend is not None
    assert not frontend.pass_host_header


def test_other_kinds_and_empty_files_are_passed_over(folder: Path) -> None:
    (folder / "empty.yaml").write_text("")
    (folder / "other.yaml").write_text("# only\n---\nkind: Deployment\napiVersion: apps/v1\nmetadata: {name: x}\n")
    assert not session(folder).read().problems
