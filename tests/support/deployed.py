"""The files of deploy/ as objects, in the forms that tests compare."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from support.charts.program import rendered
from support.dry_run import Object, objects

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
MANIFESTS = DEPLOY / "manifests"
CHART = DEPLOY / "helm" / "pointsman"
_OF_HELM = ("app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart")


def plain(*folders: str) -> list[Object]:
    """What `kubectl apply -f` of these folders of deploy/manifests applies."""
    files = [file for folder in folders for file in sorted((MANIFESTS / folder).glob("*.yaml"))]
    return [thing for file in files for thing in objects(file.read_text())]


def chart(*arguments: str, release: str = "pointsman", namespace: str = "pointsman") -> list[Object]:
    """What the Helm chart becomes."""
    return list(objects(rendered("helm", "template", release, str(CHART), "--namespace", namespace, *arguments)))


def kustomized(folder: Path) -> list[Object]:
    """What a kustomization becomes."""
    return list(objects(rendered("kustomize", str(folder))))


def named(things: Iterable[Object]) -> dict[tuple[str, str], Object]:
    """By kind and name."""
    things = list(things)
    found = {(thing["kind"], thing["metadata"]["name"]): thing for thing in things}
    assert len(found) == len(things), "two objects of one name"
    return found


def meaning(value: Any) -> Any:
    """An object without what only Helm adds: its labels, the configuration's checksum, defaults that it spells out."""
    if isinstance(value, list):
        return [meaning(item) for item in value]
    if not isinstance(value, dict):
        return value
    left_out = {*_OF_HELM, "checksum/config", "imagePullPolicy"}
    made = {key: meaning(item) for key, item in value.items() if key not in left_out}
    if isinstance(made.get("metadata"), dict):
        made["metadata"].pop("labels", None)
    if isinstance(made.get("traefik.toml"), str):
        made["traefik.toml"] = tomllib.loads(made["traefik.toml"])
    if isinstance(made.get("rules"), list):
        made["rules"] = sorted(made["rules"], key=str)
    return made


def workloads(things: Iterable[Object]) -> list[Object]:
    """Deployments and DaemonSets."""
    return [thing for thing in things if thing["kind"] in ("Deployment", "DaemonSet")]


def configuration(things: Iterable[Object]) -> str:
    """The text of `traefik.toml`."""
    (found,) = [thing["data"]["traefik.toml"] for thing in things if thing["kind"] == "ConfigMap"]
    assert isinstance(found, str)
    return found
