"""Dashboard and alert rules: queries that parse, about series that exist."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import yaml

from pointsman.compiler.labels import label_names
from pointsman.providers.labels import LABELS
from support.deployed import DEPLOY

MONITORING = DEPLOY / "monitoring"
CRATES = DEPLOY.parent / "crates"
COMPATIBLE = {
    "traefik_config_reloads_total": set[str](),
    "traefik_config_reloads_failure_total": set[str](),
    "traefik_config_last_reload_success": set[str](),
    "traefik_config_last_reload_failure": set[str](),
    "traefik_entrypoint_requests_total": {"code", "method", "protocol", "entrypoint"},
    "traefik_entrypoint_request_duration_seconds_bucket": {"code", "method", "protocol", "entrypoint", "le"},
    "traefik_entrypoint_open_connections": {"method", "protocol", "entrypoint"},
    "traefik_backend_requests_total": {"code", "method", "protocol", "backend"},
    "traefik_backend_request_duration_seconds_bucket": {"code", "method", "protocol", "backend", "le"},
    "traefik_backend_open_connections": {"method", "protocol", "backend"},
    "traefik_backend_retries_total": {"backend"},
    "traefik_backend_server_up": {"backend", "url"},
}
"""Traefik 1.7's families and their labels."""
OF_ROUTERS = {"router", "provider", *label_names(LABELS)}
OWN = {
    "pointsman_router_requests_total": OF_ROUTERS | {"class"},
    "pointsman_router_request_duration_seconds_bucket": OF_ROUTERS | {"le"},
    "pointsman_router_request_bytes_total": OF_ROUTERS,
    "pointsman_router_response_bytes_total": OF_ROUTERS,
    "pointsman_request_outcomes_total": {"reason"},
}
"""Families of ours with labels."""
OF_PROMETHEUS = {"job", "instance"}


def own_families() -> set[str]:
    sources = "\n".join(path.read_text() for path in CRATES.rglob("*.rs"))
    found = set(re.findall(r'"(pointsman_[a-z_]+)"', sources))
    return found | {f"{name}_bucket" for name in found if name.endswith("_seconds")}


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    return found


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> Iterator[str]:
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"].replace("$__rate_interval", "5m").replace("$job", "pointsman")
    for rule in rules():
        yield rule["expr"]


def selectors(query: str) -> Iterator[tuple[str, set[str]]]:
    """Each family that a query names, with the labels it selects by."""
    for name, matchers in re.findall(r"\b((?:traefik|pointsman|up)(?:_[a-z_]+)?)\{([^}]*)\}", query):
        yield name, set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", matchers))


def test_every_query_parses() -> None:
    seen = 0
    for query in queries():
        assert promql_parser.parse(query) is not None
        seen += 1
    assert seen > 25


def test_every_series_exists_with_its_labels() -> None:
    known = {**COMPATIBLE, **{name: set[str]() for name in own_families()}, "up": set[str]()}
    assert OWN.keys() <= known.keys()
    known |= OWN
    assert "pointsman_config_generation" in known
    for query in queries():
        found = list(selectors(query))
        assert found, query
        for name, labels in found:
            assert name in known, query
            assert labels <= known[name] | OF_PROMETHEUS, query
        allowed = set.union(*(known[name] for name, _ in found)) | OF_PROMETHEUS
        for grouped in re.findall(r"\bby \(([^)]*)\)", query):
            assert {label.strip() for label in grouped.split(",")} <= allowed, query
        assert all('job="' in query for _ in found)


def test_every_alert_says_what_happens_and_how_bad_it_is() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names) >= 10
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert set(rule["annotations"]) == {"summary", "description"}
        labels = re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))
        grouped = re.findall(r"\bby \(([^)]*)\)", rule["expr"])
        for label in labels:
            assert not grouped or all(label in by for by in grouped), rule["alert"]


def test_panels_are_named_and_do_not_overlap() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set[tuple[int, int]]()
    for panel in panels:
        assert panel["title"]
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_variables_are_defined_and_used() -> None:
    found = dashboard()
    defined = {variable["name"] for variable in found["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]+)\}?", json.dumps(found))) - {"__rate_interval", "__all"}
    assert used == defined
    assert Path(MONITORING / "grafana-dashboard.json").read_text().endswith("\n")
