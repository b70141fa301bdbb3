import sys
from pathlib import Path

from pointsman.api.endpoints import ENDPOINTS
from pointsman.api.openapi import description

ROOT = Path(__file__).parents[3]


def test_every_path_is_described_with_its_parameters() -> None:
    paths = description(ENDPOINTS)["paths"]
    assert set(paths) == {endpoint.path for endpoint in ENDPOINTS}
    parameters = {one["name"]: one for one in paths["/api/v2/routers"]["get"]["parameters"]}
    assert parameters["perPage"]["schema"]["maximum"] == 500
    assert "404" in paths["/api/v2/routers/{name}"]["get"]["responses"]


def test_every_reference_leads_somewhere() -> None:
    shown = description(ENDPOINTS)
    names = set(shown["components"]["schemas"])
    references = {part.split('"')[0].split("'")[0] for part in repr(shown).split("#/components/schemas/")[1:]}
    assert references <= names


def test_the_types_of_the_dashboard_are_those_of_the_documents() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import dashboard_types
    finally:
        sys.path.pop(0)
    there = (ROOT / "dashboard/src/api/documents.ts").read_text()
    assert there == dashboard_types.render(), "run `make golden`"
