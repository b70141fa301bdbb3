"""What `pointsman migrate` writes, today's API server takes to the last field; what it refuses, it refuses too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.migrate import Options, Outcome, migrate
from pointsman.migrate.objects import REMOVED
from support import migrate_golden
from support.cluster.control_plane import ControlPlane
from support.dry_run import DryRun, objects

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(120)]


def outcomes(source: Path) -> Iterator[tuple[dict[str, object], Outcome]]:
    result = migrate(source.read_text(), Options())
    things = [thing for thing in objects(result.text) if "kind" in thing]
    for thing, report in zip(things, result.objects, strict=True):
        yield thing, report.outcome


def test_everything_that_changed_is_accepted(cluster: ControlPlane) -> None:
    server, seen = DryRun(cluster.api), 0
    for source in migrate_golden.inputs():
        for thing, outcome in outcomes(source):
            partial = thing["kind"] == "Deployment" and "template" not in thing["spec"]  # type: ignore[operator]
            if outcome is Outcome.CHANGED and not partial:
                server.applied(thing)
                seen += 1
    assert seen >= 40


def test_what_is_not_supported_is_not_accepted_with_another_version_alone(cluster: ControlPlane) -> None:
    """Refusing more than the API server does would keep users from migrating."""
    server, refused = DryRun(cluster.api), 0
    for thing, outcome in outcomes(migrate_golden.FOLDER / "not-supported.in.yaml"):
        name = thing["metadata"]["name"]  # type: ignore[index]
        if outcome is not Outcome.NOT_SUPPORTED or thing["kind"] != "Ingress" or name == "two-classes":
            continue
        made = _forced(thing)
        with pytest.raises(AssertionError, match=r"Invalid|invalid|required"):
            server.applied(made)
        refused += 1
    assert refused > 10


def test_versions_that_count_as_removed_are_not_served(cluster: ControlPlane) -> None:
    assert len(REMOVED) > 10
    assert [version for version in REMOVED if cluster.api.exists(f"/apis/{version}")] == []


def _forced(thing: dict[str, object]) -> dict[str, object]:
    """The object in the new form, its names and hosts as they are."""

    def backend(old: dict[str, object]) -> dict[str, object]:
        port = old.get("servicePort")
        ported = {"number" if isinstance(port, int) else "name": port} if port is not None else {}
        return {"service": {"name": old.get("serviceName", ""), "port": ported}}

    spec = dict(thing["spec"])  # type: ignore[call-overload]
    if "backend" in spec:
        spec["defaultBackend"] = backend(spec.pop("backend"))
    for rule in spec.get("rules", []):
        for path in rule["http"]["paths"]:
            path["backend"], path["pathType"] = backend(path["backend"]), "ImplementationSpecific"
    return {**thing, "apiVersion": "networking.k8s.io/v1", "spec": spec}
